"""The client against a real ``twistd flighttap``: what it holds is what the server has, through cuts and restarts."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.protocols.portforward import ProxyFactory, ProxyServer

from flighttap.client import Ack, Backoff, Publisher, Unreachable, Watcher, publish, watch
from flighttap.client.address import read_server
from flighttap.client.rooms import list_rooms
from flighttap.errors import BadField
from tests.daemon import Server, running

QUICK = Backoff(0.05, 0.2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running("--no-demo", cwd=tmp_path_factory.mktemp("server")) as server:
        yield server


class Line:
    """A way to the server that can be cut."""

    def __init__(self, port: int) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.open: list[Any] = []
        line = self

        class Joint(ProxyServer):
            def connectionMade(self) -> None:
                super().connectionMade()
                line.open.append(self)

        factory = ProxyFactory("127.0.0.1", port)
        factory.protocol = Joint
        factory.noisy = False
        self._port: Any = self.reactor.listenTCP(0, factory, interface="127.0.0.1")

    @property
    def endpoint(self) -> TCP4ClientEndpoint:
        return TCP4ClientEndpoint(self.reactor, "127.0.0.1", self._port.getHost().port)

    def cut(self) -> None:
        """Abort every connection."""
        joints, self.open = self.open, []
        for joint in joints:
            joint.transport.abortConnection()
            if joint.peer is not None:
                joint.peer.transport.abortConnection()

    async def close(self) -> None:
        self.cut()
        await self._port.stopListening()


async def until(condition: Callable[[], Any], what: str, seconds: float = 10.0) -> None:
    from twisted.internet import reactor

    end = reactor.seconds() + seconds  # type: ignore[attr-defined]
    while not condition():
        assert reactor.seconds() < end, what  # type: ignore[attr-defined]
        await deferLater(reactor, 0.01)  # type: ignore[arg-type]


async def truth(server: Server, room: str) -> dict[str, dict[str, Any]]:
    """The room as the API has it, without ages."""

    def get() -> Any:
        with urllib.request.urlopen(f"{server.http}/api/v1/rooms/{room}/aircraft", timeout=10) as answer:
            return json.load(answer)["aircraft"]

    rows = await deferToThread(get)
    return {row.get("hex") or row["key"]: plain(row) for row in rows}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("seen", "seen_pos", "messages")}


def held(watcher: Watcher) -> dict[str, dict[str, Any]]:
    return {key: plain(record) for key, record in watcher.replica.aircraft.items()}


async def test_what_is_published_is_what_is_watched(server: Server):
    changes: list[tuple[str, dict[str, Any]]] = []
    watcher = watch(server.page("plain"), on_change=lambda key, record: changes.append((key, dict(record))), hz=20)
    publisher = publish(server.room("plain"))
    await watcher.when_ready()
    ack = await publisher.send({"flight": " ryr12ab ", "lat": 52.37, "lon": 4.89, "alt": 36000, "gs": 447.2})
    assert ack == Ack()
    await until(lambda: changes, "the change arrives")
    assert changes[0][0] == "flight:RYR12AB"
    assert {"lat": 52.37, "lon": 4.89, "alt_baro": 36000, "gs": 447.2, "type": "member"}.items() <= changes[0][
        1
    ].items()
    with pytest.raises(BadField, match="lat must be"):
        await publisher.send({"id": 1, "lat": 95})
    await publisher.remove("flight:RYR12AB")
    await until(lambda: not watcher.replica.aircraft, "the removal arrives")
    assert watcher.replica.hz == 20
    await publisher.stop()
    await watcher.stop()


async def test_nagle_is_off(server: Server):
    watcher = watch(server.page("nodelay"))
    await watcher.when_ready()
    assert watcher._link._protocol.transport.getTcpNoDelay()
    await watcher.stop()


async def test_cuts_in_a_stream_of_changes_leave_nothing_wrong_and_events_come_once(server: Server):
    lines = Line(server.port), Line(server.port)
    events: list[Any] = []
    states: list[str] = []
    watcher = Watcher(
        server.page("cuts"), endpoint=lines[0].endpoint, backoff=QUICK, hz=20,
        on_event=lambda data, sender: events.append(data["n"]), on_state=lambda state, why, pause: states.append(state),
    )  # fmt: skip
    publisher = Publisher(server.page("cuts"), endpoint=lines[1].endpoint, backoff=QUICK)
    watcher.start()
    publisher.start()
    await watcher.when_ready()
    sent: list[Deferred[Ack]] = []
    for number in range(60):
        sent += [publisher.send({"id": each, "gs": (number * 7 + each) % 500}) for each in range(number % 5, 20, 5)]
        if number % 10 == 0:
            sent.append(publisher.event({"n": number}))
        if number % 7 == 3:
            sent.append(publisher.remove(f"id:{number % 20}"))
        if number % 15 == 8:
            lines[0].cut()
        if number == 31:
            lines[1].cut()
        await deferLater(lines[0].reactor, 0.02)
    await publisher.when_idle()
    assert [await each for each in sent] == [Ack()] * len(sent)
    wanted = await truth(server, "cuts")
    await until(lambda: held(watcher) == wanted, "the watcher holds what the server has")
    await until(lambda: len(events) >= 6, "all events arrive")
    assert sorted(set(events)) == [0, 10, 20, 30, 40, 50]
    assert events == sorted(events)  # at most one may have been published twice, by the cut of the publisher
    assert len(events) <= 7
    assert states.count("live") >= 4
    assert watcher.replica.recovered
    await publisher.stop()
    await watcher.stop()
    for line in lines:
        await line.close()


@pytest.mark.slow
async def test_a_restarted_server_is_a_new_epoch_and_its_state_the_only_one(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("restarted")
    with ExitStack() as stack:
        first = stack.enter_context(running("--no-demo", cwd=folder))
        page, port = first.page("again"), first.port
        states: list[str] = []
        watcher = watch(page, backoff=QUICK, on_state=lambda state, why, pause: states.append(state))
        publisher = publish(page, backoff=QUICK)
        await publisher.send({"id": "old", "gs": 1})
        await until(lambda: "id:old" in watcher.replica.aircraft, "the first flight arrives")
        epoch = watcher.replica.epoch
        await deferToThread(first.stop)
        await until(lambda: "waiting" in states, "the end is noticed")
        waiting = publisher.send({"id": "new", "gs": 2})
        assert "id:old" in watcher.replica.aircraft
        second = await deferToThread(
            stack.enter_context, running("--no-demo", listen=f"tcp:{port}:interface=127.0.0.1", cwd=folder)
        )
        await waiting
        await until(lambda: "id:new" in watcher.replica.aircraft, "the second flight arrives")
        assert "id:old" not in watcher.replica.aircraft
        assert held(watcher) == await truth(second, "again")
        assert watcher.replica.epoch != epoch
        await publisher.stop()
        await watcher.stop()


async def test_a_room_that_is_larger_than_one_message_comes_whole(server: Server):
    publisher = publish(server.page("large"))
    for start in range(0, 1500, 300):
        for number in range(start, start + 300):
            publisher.send({"id": number, "lat": number / 100, "lon": 4.0, "gs": number % 500, "desc": "x" * 60})
        await publisher.when_idle()
    watcher = watch(server.page("large"))
    replica = await watcher.when_ready()
    assert len(replica.aircraft) == 1500
    assert held(watcher) == await truth(server, "large")
    await watcher.stop()
    await publisher.stop()


async def test_the_rooms_are_listed(server: Server):
    from twisted.internet import reactor

    watcher = watch(server.page("listed"))
    await watcher.when_ready()
    rooms = {room["room"]: room for room in await list_rooms(read_server(server.http), reactor)}
    assert rooms["listed"]["watchers"] == 1
    await watcher.stop()


async def test_what_is_no_list_of_rooms_is_one_sentence(server: Server):
    from twisted.internet import reactor

    with pytest.raises(Unreachable, match=r"answered 404\. Is a flighttap there\?\Z"):
        await list_rooms(read_server(f"{server.http}/elsewhere/"), reactor)


async def test_following_changes_of_a_real_room(server: Server):
    watcher = watch(server.page("followed"), hz=20)
    publisher = publish(server.page("followed"))
    seen: set[str] = set()

    async def follow() -> None:
        async for changes in watcher.changes():
            seen.update(changes.changed)

    following = Deferred.fromCoroutine(follow())
    for number in range(5):
        await publisher.send({"id": number})
    await until(lambda: len(seen) == 5, "all changes arrive")
    await watcher.stop()
    await following
    await publisher.stop()


async def test_nobody_sees_a_member_leave_that_comes_back_at_once(server: Server):
    told: list[Any] = []
    line = Line(server.port)
    watcher = watch(server.page("seen"), presence="list", on_presence=lambda *said: told.append(said))
    other = Watcher(server.page("seen"), name=" Ana ", endpoint=line.endpoint, backoff=QUICK)
    other.start()
    await other.when_ready()
    names = {watcher.replica.id: None, other.replica.id: "Ana"}
    await until(lambda: told and told[-1] == (2, names), "the other is listed with its name")
    before, mine, hello = len(told), other.replica.id, other.replica.hello
    line.cut()
    await until(lambda: other.replica.hello != hello and other.replica.recovered, "the other is back")
    third = watch(server.page("seen"))
    await third.when_ready()
    await until(lambda: len(told) > before, "the third is listed")
    assert other.replica.id == mine != other.replica.hello["id"]
    assert told[before:] == [(3, {**names, third.replica.id: None})]
    for each in (watcher, other, third):
        await each.stop()
    await line.close()


@pytest.mark.slow
async def test_who_is_drained_comes_back_a_while_later_under_its_name(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("drained")
    with ExitStack() as stack:
        first = stack.enter_context(running("--no-demo", cwd=folder))
        port = first.port
        pauses: list[tuple[str, float]] = []
        watchers = [
            watch(
                first.page("again"), presence="list", name=name,
                on_state=lambda state, why, pause: state == "waiting" and pauses.append((why, pause)),
            )
            for name in ("Ana", "Eva", "Ida")
        ]  # fmt: skip
        for each in watchers:
            await each.when_ready()
        await deferToThread(first.stop)
        await until(lambda: len(pauses) == 3, "all are sent away")
        assert all("(4000" in why and pause < 2.0 for why, pause in pauses)
        assert len({pause for _, pause in pauses}) == 3
        await deferToThread(
            stack.enter_context, running("--no-demo", listen=f"tcp:{port}:interface=127.0.0.1", cwd=folder)
        )
        names = {"Ana", "Eva", "Ida"}
        await until(
            lambda: (
                all(set((each.replica.members or {}).values()) == names for each in watchers)
                and all(each.state == "live" for each in watchers)
            ),
            "all are back and see each other",
            20.0,
        )
        for each in watchers:
            await each.stop()
