"""Trails and reach over real sockets, on the real hub."""

from __future__ import annotations

from flighttap.past import EVERY
from flighttap.rooms.policy import RoomRules
from flighttap.rooms.trail import HEAD, NAME, POINT
from tests.web.support import Served, assert_error, hear

TRAILS = "/api/v1/rooms/ams/trails"


def look(served: Served) -> None:
    """What the hub does every few seconds."""
    served.hub.past._due = 0.0
    served.hub.past.second_passed(served.hub.rooms.values(), served.hub.feeds, EVERY)


def keys(body: bytes) -> list[int]:
    _, count, _ = HEAD.unpack_from(body)
    at, found = HEAD.size, []
    for _ in range(count):
        address, points, length = NAME.unpack_from(body, at)
        assert length == 0
        found.append(address)
        at += NAME.size + points * POINT.size
    assert at == len(body)
    return found


async def test_trails_come_for_the_room_for_a_box_and_for_a_flight(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.5, lon=4.25)
    hear(served, "3c6444", lat=51.0, lon=7.0)
    look(served)
    whole = await served.ask(TRAILS)
    assert whole.headers["content-type"] == "application/octet-stream"
    assert sorted(keys(whole.body)) == [0x3C6444, 0x4CA7B5]
    assert keys((await served.ask(f"{TRAILS}?bbox=4,52,5,53")).body) == [0x4CA7B5]
    assert keys((await served.ask(f"{TRAILS}/4ca7b5")).body) == [0x4CA7B5]
    nought = HEAD.unpack_from(whole.body)[2]
    heard = POINT.unpack_from(whole.body, HEAD.size + NAME.size)[2] / 10
    assert abs(nought + heard - served.hub.wall()) < 30


async def test_a_flight_that_has_no_trail_yet_has_an_empty_answer(served: Served) -> None:
    look(served)
    hear(served, "4ca7b5", squawk="7000")
    assert keys((await served.ask(f"{TRAILS}/4ca7b5")).body) == []


async def test_wrong_questions_for_trails_are_refused(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.5, lon=4.25)
    served.hub.declare("closed", RoomRules(watch="nobody"))
    look(served)
    for query in ("bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,9,2,4", "bbox=nan,1,2,3", "hz=1", "bbox=1,2,3,4&bbox=1,2,3,4"):
        assert_error(await served.ask(f"{TRAILS}?{query}"), 400, "bad_field")
    assert_error(await served.ask(f"{TRAILS}/zz"), 400, "bad_field")
    assert_error(await served.ask(f"{TRAILS}/a00001"), 404, "not_found")
    assert_error(await served.ask(f"{TRAILS}/4ca7b5/more"), 404, "not_found")
    assert_error(await served.ask("/api/v1/rooms/none/trails"), 404, "not_found")
    assert_error(await served.ask("/api/v1/rooms/closed/trails"), 403, "forbidden")
    assert_error(await served.ask("/api/v1/rooms/closed/reach"), 403, "forbidden")


async def test_the_reach_is_told_from_the_receiver_as_it_is_shown(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.5, lon=4.65, alt_baro=3000)
    look(served)
    told = (await served.ask("/api/v1/rooms/ams/reach")).json
    assert (told["room"], told["feed"], told["receiver"], told["step"]) == ("ams", "roof", [52.12, 4.65], 5.0)
    assert told["farthest"][0] == [52.5, 4.65, 3000, 22.8]
    assert told["farthest"][1:] == [None] * 71


async def test_a_room_without_one_shown_receiver_has_no_reach(served: Served) -> None:
    served.hub.enter("other")
    look(served)
    assert_error(await served.ask("/api/v1/rooms/other/reach"), 404, "not_found")
