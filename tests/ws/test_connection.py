"""The connection itself: what is admitted, how bytes go out, and how it ends."""

from __future__ import annotations

import base64
import json
import os
import socket
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from flighttap.aircraft.observation import Observation
from flighttap.errors import RoomLimit
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits, RoomRules, normal_origin
from flighttap.ws.admission import Admission
from flighttap.ws.factory import RoomFactory
from flighttap.ws.protocol import RoomProtocol
from tests.rooms.peers import Spec, frames
from tests.ws.support import BIN, V1, masked, neighbour, serving, until

UPGRADE = {
    "Host": "127.0.0.1",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(b"0123456789abcdef").decode(),
}


def request(path: str, **changed: str | None) -> bytes:
    headers = {**UPGRADE, **{name.replace("_", "-"): value for name, value in changed.items()}}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items() if value is not None)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Raw(Protocol):
    """Collects bytes."""

    def __init__(self) -> None:
        self.got = b""
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)


async def raw(server: Any, sent: bytes) -> Raw:
    protocol: Raw = await connectProtocol(TCP4ClientEndpoint(server.reactor, "127.0.0.1", server.port), Raw())
    protocol.transport.write(sent)
    return protocol


@pytest.mark.parametrize(
    ("path", "changed", "status", "code"),
    [
        ("/ws/tracker/a/b/", {}, 404, "not_found"),
        ("/ws/tracker/", {}, 404, "not_found"),
        ("/ws/echo", {}, 404, "not_found"),  # unless asked for
        ("/ws/other/a/", {}, 404, "not_found"),
        ("/ws/tracker/-a/", {}, 404, "not_found"),
        ("/ws/tracker/a%2Fb/", {}, 404, "not_found"),
        ("/ws/tracker/a%2561/", {}, 404, "not_found"),
        ("/ws/tracker/%00/", {}, 404, "not_found"),
        ("/ws/tracker/" + "a" * 81 + "/", {}, 404, "not_found"),
        ("/ws/tracker/a/", {"Upgrade": None}, 426, "upgrade_required"),
        ("/ws/tracker/a/", {"Sec_WebSocket_Version": "8"}, 400, "bad_request"),
        ("/ws/tracker/a/", {"Sec_WebSocket_Key": None}, 400, "bad_request"),
        ("/ws/tracker/a/", {"Sec_WebSocket_Protocol": "other, more"}, 400, "bad_request"),
        ("/ws/tracker/a/?colour=red", {}, 400, "bad_request"),
        ("/ws/tracker/a/?hz=often", {}, 400, "bad_request"),
        ("/ws/tracker/a/?hz=1&hz=2", {}, 400, "bad_request"),
        ("/ws/tracker/a/?hz=nan", {}, 400, "bad_request"),
        ("/ws/tracker/a/?snapshot=yes", {}, 400, "bad_request"),
        ("/ws/tracker/a/?snapshot=1", {"Sec_WebSocket_Protocol": V1}, 400, "bad_request"),
        ("/ws/tracker/a/?bbox=1,2,3", {}, 400, "bad_request"),
        ("/ws/tracker/a/?bbox=1,2,3,nan", {}, 400, "bad_request"),
        ("/ws/tracker/a/?bbox=1,4,3,2", {}, 400, "bad_request"),
        ("/ws/tracker/a/?bbox=1,2,3,4", {"Sec_WebSocket_Protocol": V1}, 400, "bad_request"),
        ("/ws/tracker/a/?token=1", {}, 400, "not_available"),
        ("/ws/tracker/a/", {"Origin": "http://evil.example"}, 403, "forbidden"),
        ("/ws/tracker/a/", {"Origin": "null"}, 403, "forbidden"),
    ],
)
async def test_what_is_not_admitted_is_answered_in_http(
    path: str, changed: dict[str, str | None], status: int, code: str
) -> None:
    async with serving() as server:
        client = await raw(server, request(path, **changed))
        await until(lambda: b"}}" in client.got)
        head, _, body = client.got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 %d " % status)
        assert json.loads(body)["error"]["code"] == code
        assert not server.hub.rooms
        client.transport.loseConnection()
        await client.lost


@pytest.mark.parametrize(
    ("path", "origin"),
    [
        ("/ws/tracker/ams/", None),
        ("/ws/tracker/ams", "http://127.0.0.1"),
        ("/ws/tracker/%61ms/", "http://127.0.0.1:80"),
        ("/ws/tracker/ams/", "https://club.example"),
    ],
)
async def test_what_is_admitted_is_upgraded(path: str, origin: str | None) -> None:
    async with serving(origins=[str(normal_origin("https://club.example:443"))]) as server:
        client = await raw(server, request(path, Origin=origin))
        await until(lambda: b"\r\n\r\n" in client.got)
        assert client.got.startswith(b"HTTP/1.1 101 ")
        assert list(server.hub.rooms) == ["ams"]
        client.transport.loseConnection()
        await client.lost


async def test_bytes_glued_to_the_request_are_not_lost() -> None:
    async with serving() as server:
        client = await raw(server, request("/ws/tracker/a/") + masked(b'{"id":1}') + masked(b'{"id":2}'))
        await until(lambda: b'{"data":{"id":2}}' in client.got)
        assert b'{"data":{"id":1}}' in client.got
        client.transport.loseConnection()
        await client.lost


async def test_a_request_cut_anywhere_is_upgraded_all_the_same() -> None:
    async with serving() as server:
        sent = request("/ws/tracker/a/") + masked(b'{"id":1}')
        client = await raw(server, b"")
        for byte in sent:
            client.transport.write(bytes((byte,)))
            await until(lambda: not client.transport.dataBuffer)
        await until(lambda: b'{"data":{"id":1}}' in client.got)
        client.transport.loseConnection()
        await client.lost


async def test_small_packets_are_not_delayed_and_the_kernel_holds_little() -> None:
    async with serving() as server:
        await server.connect()
        await until(lambda: server.factory.members)
        transport = server.member(0).transport
        assert transport.getTcpNoDelay()
        assert transport.socket.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * 65536  # Linux doubles it


async def test_what_comes_in_one_turn_goes_out_in_one_write_to_each() -> None:
    async with serving(Limits(publish_rate=0)) as server:
        ana, ben = await server.connect(), await server.connect()
        await until(lambda: server.hub.rooms["x"].members == 2)
        writes = []
        member = server.member(1)
        send = member._send
        member._send = lambda data: writes.append(data) or send(data)
        ana.transport.write(b"".join(masked(b'{"id":1,"n":%d}' % number) for number in range(100)))
        for _ in range(100):
            await ben.text()
        assert len(writes) < 10
        assert sum(len(frames(data)) for data in writes) == 100


async def test_a_reader_that_stalls_gets_one_merged_update_and_the_others_are_not_touched() -> None:
    async with serving(Limits(publish_rate=0)) as server:
        feed = server.hub.add_feed(Spec("x"))
        healthy, _ = await server.watcher(hz=20)
        slow, _ = await server.watcher(hz=20)
        slow.stop_reading()
        member = server.member(1)
        rounds = 0
        while not member.member.full:
            rounds += 1
            feed.observe([Observation(f"{key:06x}", 1.0, "adsb_icao", {"gs": rounds / 10}) for key in range(2000)])
            await healthy.message("update")
        waiting = member.waiting()
        for extra in range(1, 40):
            feed.observe(
                [Observation(f"{key:06x}", 1.0, "adsb_icao", {"gs": (rounds + extra) / 10}) for key in range(2000)]
            )
            await healthy.message("update")
        assert member.waiting() == waiting, "nothing is queued for a reader that stalls"
        slow.transport.resumeProducing()
        state: dict[str, float] = {}
        bases = []
        while len(state) < 2000 or set(state.values()) != {(rounds + 39) / 10}:
            update = await slow.message("update")
            bases.append((update["base"], update["seq"]))
            for row in update.get("full", []) + update.get("aircraft", []):
                state[row["hex"]] = row["gs"]
        stalled = [(base, seq) for base, seq in set(bases) if seq - base >= 39 * 2000]
        assert len(stalled) == 1, "one merged update for all that was missed"
        assert max(seq for _, seq in bases) == stalled[0][1]


async def test_a_tutorial_reader_that_stalls_gets_the_newest_of_each_flight() -> None:
    async with serving(Limits(publish_rate=0)) as server:
        ana, slow = await server.connect(), await server.connect()
        await until(lambda: server.hub.rooms["x"].members == 2)
        slow.stop_reading()
        member = server.member(1)
        number = 0
        for _ in range(300):  # far more than all buffers hold
            number += 1
            ana.say({"id": number % 10, "n": number, "pad": "x" * 4000})
            await ana.text()
        assert member.member.full
        last = number + 500
        while number < last:
            number += 1
            ana.say({"id": number % 10, "n": number})
            await ana.text()
        slow.transport.resumeProducing()
        newest: dict[int, int] = {}
        received = 0
        while newest.get(last % 10) != last:
            data = json.loads(await slow.text())["data"]
            newest[data["id"]] = data["n"]
            received += 1
        assert newest == {n % 10: n for n in range(last - 9, last + 1)}
        assert received < last - 400


async def test_refusals_that_a_person_must_read_come_as_close_codes() -> None:
    async with serving(Limits(members=1)) as server:
        server.hub.declare("shut", RoomRules(watch="nobody"))
        assert (await (await server.connect("shut/")).closed)[0] == 4502
        await server.connect()
        assert (await (await server.connect()).closed)[0] == 4504


async def test_a_room_too_many_closes_with_4503() -> None:
    async with serving(Limits(rooms=1)) as server:
        await server.connect()
        assert (await (await server.connect("y/")).closed)[0] == 4503
        with pytest.raises(RoomLimit):
            server.hub.enter("z")


async def test_everybody_is_sent_away_and_waited_for_and_version_1_is_told_when_to_come_back() -> None:
    async with serving() as server:
        clients = [await server.connect(f"r{number}/") for number in range(3)]
        members = [await server.connect(f"r{number}/", [protocol]) for number, protocol in enumerate((V1, BIN))]
        await server.factory.close_all(2.0)
        assert [(await client.closed)[0] for client in clients] == [1001] * 3
        assert [(await client.closed)[0] for client in members] == [4000] * 2
        for client in members:
            assert await client.message("drain") == {"t": "drain", "after_ms": 1000, "spread_ms": 1000}
        assert not any(client.came.pending for client in clients)
        refused = await raw(server, request("/ws/tracker/a/"))
        await until(lambda: b"503" in refused.got and b"Retry-After" in refused.got)
        refused.transport.loseConnection()
        await refused.lost


async def test_a_fault_of_ours_closes_with_1011_and_a_sentence_that_says_nothing(logged_failures: Any) -> None:
    async with serving() as server:
        client = await server.connect()

        def broken(*args: Any) -> None:
            raise ZeroDivisionError("secret")

        await until(lambda: server.factory.members)
        server.hub.publish = broken
        client.say({"id": 1})
        assert await client.closed == (1011, "Something went wrong here.")
        assert len(logged_failures.flush(ZeroDivisionError)) == 1
        assert not server.factory.members


@pytest.mark.parametrize(
    ("flood", "reason"),
    [
        (b"".join(masked(b"", 0x01 if first else 0x00) for first in [True] + [False] * 70), b"too many fragments"),
        (b"".join(masked(b"", 0x89) for _ in range(12)), b"too many pings"),
    ],
)
async def test_floods_of_empty_frames_end_the_connection(flood: bytes, reason: bytes) -> None:
    async with serving() as server:
        client = await raw(server, request("/ws/tracker/a/") + flood)
        await until(lambda: reason in client.got)
        assert (1008).to_bytes(2, "big") + reason in client.got
        client.transport.abortConnection()
        await client.lost


async def test_a_message_far_over_the_limit_ends_the_connection_with_1009() -> None:
    async with serving() as server:
        client = await server.connect()
        client.say(b'"' + os.urandom(150_000).hex().encode() + b'"')
        assert (await client.closed)[0] == 1009


class Pinged:
    """One connection on a clock and a transport that only keeps what was written."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.clock = Clock()
        self.hub = Hub(self.clock, limits or Limits(), lambda: "e", lambda: 0.0)
        factory = RoomFactory(self.hub, self.clock, new_session=lambda: "s", spread=lambda: 0.5)
        factory.startFactory()
        self.protocol: RoomProtocol = factory.buildProtocol(None)
        self.protocol.admission = Admission("x", V1)
        self.protocol.caller = neighbour(factory.hub)
        self.transport = Kept()
        self.protocol.makeConnection(self.transport)
        self.protocol.dataReceived(request("/ws/tracker/x/", Sec_WebSocket_Protocol=V1))
        self.transport.clear()

    def written(self) -> bytes:
        said = self.transport.value()
        self.transport.clear()
        return said


class Kept(StringTransport):
    """As a TCP transport looks to the protocol, where its buffers are concerned."""

    dataBuffer = b""
    offset = 0
    _tempDataLen = 0
    connected = True
    aborted = False

    @property
    def transport(self) -> Kept:
        return self

    def unregisterProducer(self) -> None:
        """As a real transport: nothing to complain of."""
        self.producer = None

    def setTcpNoDelay(self, enabled: bool) -> None:
        """No socket, no delay."""

    def abortConnection(self) -> None:
        self.aborted = True


def test_a_pong_in_time_keeps_the_connection_and_a_missing_one_ends_it_with_4003() -> None:
    pinged = Pinged()
    pinged.clock.pump([1.0] * 18)
    assert pinged.written() == b""
    pinged.clock.pump([1.0] * 2)
    assert pinged.written() == b"\x89\x00"
    pinged.protocol.dataReceived(masked(b"", 0x8A))
    pinged.clock.pump([1.0] * 25)
    assert b"\x89\x00" in pinged.written()
    pinged.clock.pump([1.0] * 11)
    assert (4003).to_bytes(2, "big") in pinged.written()
    pinged.clock.pump([1.0] * 3)
    assert pinged.transport.aborted


def test_a_pause_of_our_own_is_held_against_nobody() -> None:
    pinged = Pinged()
    pinged.clock.pump([1.0] * 20)
    assert pinged.written() == b"\x89\x00"
    pinged.clock.advance(60.0)
    assert b"\x0f\xa3" not in pinged.written()
    pinged.protocol.dataReceived(masked(b"", 0x8A))
    pinged.clock.pump([1.0] * 9)
    assert b"\x0f\xa3" not in pinged.written()


def test_a_full_socket_is_not_pinged_and_judged_only_by_what_it_accepts() -> None:
    pinged = Pinged(Limits(stall=30))
    pinged.transport.dataBuffer = b"x" * 100_000
    pinged.protocol.pauseProducing()
    pinged.clock.pump([1.0] * 29)
    assert pinged.written() == b""
    pinged.transport.offset = 1
    pinged.clock.pump([1.0] * 30)
    assert not pinged.transport.aborted
    pinged.clock.advance(40.0)
    assert not pinged.transport.aborted, "that pause was ours"
    pinged.clock.pump([1.0] * 30)
    assert pinged.transport.aborted
    assert not pinged.hub.rooms["x"].members


def test_seconds_that_come_a_little_late_do_not_save_who_takes_nothing() -> None:
    pinged = Pinged(Limits(stall=30))
    pinged.transport.dataBuffer = b"x" * 100_000
    pinged.protocol.pauseProducing()
    pinged.clock.pump([1.01, 0.99] * 15)
    assert not pinged.transport.aborted
    pinged.clock.pump([1.01, 0.99] * 2)
    assert pinged.transport.aborted


def test_one_for_which_little_waits_is_judged_the_same_way_whatever_is_written_meanwhile() -> None:
    """Bytes wait, but too few to call the socket full: no ping tells whether anybody is there."""
    pinged = Pinged(Limits(stall=30))
    transport, protocol = pinged.transport, pinged.protocol

    def written(data: bytes) -> None:
        transport.dataBuffer += data

    transport.write = written  # type: ignore[method-assign]
    protocol.reply(b"x" * 100)
    for second in range(60):
        protocol.reply(b"x" * 20)
        transport.offset += 1 if second < 40 else 0
        pinged.clock.advance(1.0)
        assert not transport.aborted
        protocol.dataReceived(masked(b"", 0x89))  # a pong for it waits too
    pinged.clock.pump([1.0] * 10)
    assert transport.aborted


def test_a_peer_that_does_not_answer_the_close_frame_is_dropped() -> None:
    pinged = Pinged()
    pinged.protocol.close(4000, "bye")
    assert not pinged.transport.aborted
    pinged.clock.advance(2.0)
    assert pinged.transport.aborted


def test_a_protocol_that_was_not_admitted_by_the_resource_is_refused() -> None:
    hub = Hub(Clock(), Limits(), lambda: "e", lambda: 0.0)
    protocol = RoomFactory(hub, Clock(), new_session=lambda: "s", spread=lambda: 0.5).buildProtocol(None)
    transport = Kept()
    protocol.makeConnection(transport)
    protocol.dataReceived(request("/ws/tracker/x/"))
    assert transport.value().startswith(b"HTTP/1.1 403 ")
