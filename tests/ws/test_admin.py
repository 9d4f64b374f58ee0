"""The operator's API over real sockets: what it shows, what it does to real members, and who is kept out."""

from __future__ import annotations

import json

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.wire.messages import Flight, read_flights
from tests.web.support import Spec
from tests.ws.asking import asked, posted
from tests.ws.support import V1, serving, until

ADMIN = "/api/v1/admin"
ACTIONS = (f"{ADMIN}/rooms/x/kick", f"{ADMIN}/rooms/x/close", f"{ADMIN}/drain")
FLIGHT = {"hex": "4ca7b5", "flight": "RYR12AB", "lat": 52.5, "lon": 4.25}


async def test_the_overview_says_how_the_server_does() -> None:
    async with serving() as server:
        server.hub.add_feed(Spec(rooms=("x", "y")))
        watcher, _ = await server.watcher()
        publisher = await server.connect("z/")
        publisher.say(FLIGHT)
        await publisher.text()
        said = (await asked(server, ADMIN)).json
        assert (said["state"], said["rooms"], said["aircraft"], said["lagging"]) == ("ready", 3, 1, 0)
        assert said["connections"] == {V1: 1, "tutorial": 1}
        assert said["uptime_s"] > 0
        assert (said["totals"]["opened"], said["totals"]["published"]) == (2, 1)
        assert [(room["room"], room["members"], room["feeds"]) for room in said["room_list"]] == [
            ("z", 1, []),
            ("x", 1, ["roof"]),
            ("y", 0, ["roof"]),
        ]
        assert sum(said["flush"]["counts"]) >= 1
        assert len(said["flush"]["counts"]) == len(said["flush"]["bounds"]) + 1
        await watcher.leave()
        await publisher.leave()


async def test_a_room_lists_its_members_without_their_sessions() -> None:
    async with serving() as server:
        watcher = await server.connect(protocols=[V1])
        hello = await watcher.message("hello")
        watcher.say({"op": "name", "name": "Ana", "id": 1})
        await watcher.message("ok")
        watcher.say({"op": "watch", "hz": 2})
        await watcher.message("snapshot")
        answer = await asked(server, f"{ADMIN}/rooms/x")
        (member,) = answer.json["member_list"]
        assert (member["id"], member["name"], member["address"], member["hz"]) == (hello["id"], "Ana", "127.0.0.1", 2)
        assert (member["speaks"], member["watches"], member["lagging"]) == (V1, True, False)
        assert hello["session"] not in {each for each in member.values() if isinstance(each, str)}
        assert "session" not in member
        await watcher.leave()


async def test_a_kicked_member_is_closed_with_4506_and_nobody_else_is() -> None:
    async with serving() as server:
        first, second = await server.connect(), await server.connect()
        await until(lambda: len(server.factory.members["x"]) == 2)
        whom = server.member(0).member.id
        assert (await posted(server, ACTIONS[0], {"id": "nobody"})).status == 404
        assert (await posted(server, ACTIONS[0], {})).status == 400
        assert (await posted(server, ACTIONS[0], {"id": whom})).json == {"closed": 1}
        assert (await first.closed)[0] == 4506
        second.say(FLIGHT)
        assert json.loads(await second.text()) == {"data": FLIGHT}
        await second.leave()


async def test_a_closed_room_is_empty_and_begins_anew_with_whoever_comes_next() -> None:
    async with serving() as server:
        client = await server.connect()
        client.say(FLIGHT)
        await client.text()
        assert (await posted(server, ACTIONS[1], {})).json == {"closed": 1}
        assert (await client.closed)[0] == 4506
        assert "x" not in server.hub.rooms
        assert (await posted(server, ACTIONS[1], {})).status == 404


async def test_closing_a_declared_room_forgets_what_members_said_and_nothing_else() -> None:
    async with serving() as server:
        room = server.hub.declare("x", RoomRules())
        feed = server.hub.add_feed(Spec(rooms=("x",)))
        server.hub.publish("x", _flights(), None)
        feed.observe([Observation("3c6444", server.hub.clock.seconds(), "adsb_icao", {"alt_baro": 1000})])
        assert set(room.aircraft) == {"4ca7b5", "3c6444"}
        await posted(server, ACTIONS[1], {})
        assert set(server.hub.rooms["x"].aircraft) == {"3c6444"}


def _flights() -> list[Flight]:
    return read_flights(json.dumps(FLIGHT).encode(), Limits())


async def test_a_drained_server_sends_everybody_away_and_lets_nobody_in() -> None:
    async with serving() as server:
        watcher, _ = await server.watcher()
        assert (await posted(server, ACTIONS[2], {})).json == {"closed": 1}
        assert (await watcher.message("drain"))["after_ms"] > 0
        assert (await watcher.closed)[0] == 4000
        assert (await asked(server, "/readyz")).body == b"draining\n"
        assert (await asked(server, ADMIN)).json["state"] == "draining"
        upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAA")
        assert (await asked(server, "/ws/tracker/x/", *upgrade)).status == 503
        assert (await posted(server, ACTIONS[2], {})).json == {"closed": 0}


@pytest.mark.parametrize("path", [ADMIN, f"{ADMIN}/rooms/x", *ACTIONS])
async def test_who_is_elsewhere_sees_and_does_nothing(path: str) -> None:
    async with serving(open_publish=True) as server:
        client = await server.connect()
        elsewhere = ("X-Forwarded-For: 192.0.2.1",), ("Host: hub.example.org",)
        for lines in elsewhere:
            ask = posted(server, path, {"id": "c1"}, *lines) if path in ACTIONS else asked(server, path, *lines)
            answer = await ask
            assert (answer.status, answer.code) == (403, "forbidden")
        assert not server.factory.stopping
        assert client.transport.connected
        await client.leave()


@pytest.mark.parametrize("path", ACTIONS)
async def test_a_page_of_another_site_cannot_steer_the_server(path: str) -> None:
    async with serving() as server:
        client = await server.connect()
        stranger = await posted(server, path, {"id": "c1"}, "Origin: https://elsewhere.example")
        form = await posted(server, path, {"id": "c1"}, kind="text/plain")
        get = await asked(server, path)
        assert [stranger.status, form.status, get.status] == [403, 415, 405]
        assert not server.factory.stopping
        assert client.transport.connected
        await client.leave()


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"[" * 100_000])
async def test_what_is_no_object_is_refused(body: bytes) -> None:
    async with serving() as server:
        server.hub.enter("x")
        lines = ("Content-Type: application/json", f"Content-Length: {len(body)}")
        answer = await asked(server, ACTIONS[0], *lines, method="POST", body=body)
        assert answer.status == (413 if len(body) > 65536 else 400)
