"""``/api/v1`` over real sockets, on the real hub."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from twisted.internet.defer import gatherResults

from flighttap import __version__
from flighttap.rooms.policy import RoomRules
from flighttap.web.answers import SECURITY_HEADERS
from tests.web.support import Served, assert_error, hear

ROOM = "/api/v1/rooms/ams"
AIRCRAFT = f"{ROOM}/aircraft"
FLIGHT = b'{"hex":"4CA7B5","flight":"RYR12AB","lat":52.5,"lon":4.25,"alt":36000,"gs":447.2}'


async def test_the_list_shows_what_may_be_listed(served: Served) -> None:
    assert (await served.ask("/api/v1/rooms")).json == {"version": __version__, "rooms": []}
    hear(served, "4ca7b5", lat=52.5, lon=4.25)
    served.hub.declare("hidden", RoomRules(listed=False))
    served.hub.declare("closed", RoomRules(watch="nobody"))
    served.hub.declare("quiet", RoomRules())
    rooms: dict[str, Any] = {}
    while not rooms:  # the empty list serves on for twenty times what it took to make
        rooms = {room["room"]: room for room in (await served.ask("/api/v1/rooms")).json["rooms"]}
    assert list(rooms) == ["ams", "quiet"]
    assert (rooms["ams"]["aircraft"], rooms["ams"]["with_position"], rooms["quiet"]["aircraft"]) == (1, 1, 0)
    assert rooms["ams"]["feeds"][0]["name"] == "roof"


async def test_a_feed_is_described_without_its_address_or_its_exact_place(served: Served) -> None:
    hear(served, "4ca7b5")
    answer = await served.ask(ROOM)
    assert b"192.0.2.9" not in answer.raw
    assert answer.json["feeds"][0]["receiver"] == [52.12, 4.65]


async def test_a_room_is_described_under_its_name_whatever_its_case(served: Served) -> None:
    hear(served, "4ca7b5")
    for path in (ROOM, ROOM + "/", "/api/v1/rooms/%61ms"):
        assert (await served.ask(path)).json["room"] == "ams"
    assert_error(await served.ask("/api/v1/rooms/AMS"), 404, "not_found")


async def test_flights_come_as_records_with_the_rooms_position(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.5, lon=4.25, callsign="RYR12AB", alt_baro=36000)
    hear(served, "~abc123", squawk="7000")
    answer = await served.ask(AIRCRAFT)
    assert answer.headers["content-type"] == "application/json"
    body = answer.json
    room = served.hub.rooms["ams"]
    assert (body["room"], body["epoch"], body["seq"], body["now"]) == ("ams", room.epoch, room.seq, 1_795_000_000.25)
    first, second = body["aircraft"]
    assert (first["hex"], first["flight"], first["lat"], first["lon"], first["alt_baro"]) == (
        "4ca7b5",
        "RYR12AB",
        52.5,
        4.25,
        36000,
    )
    assert 0 <= first["seen"] < 5
    assert 0 <= first["seen_pos"] < 5
    assert (second["hex"], second["squawk"]) == ("~abc123", "7000")


async def test_geojson_has_a_point_for_each_flight_with_a_position(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.5, lon=4.25, alt_baro=36000)
    hear(served, "~abc123", squawk="7000")
    await served.post(AIRCRAFT, b'{"flight":"klm1","lat":1,"lon":2}')
    answer = await served.ask(AIRCRAFT + ".geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json
    assert (body["type"], body["room"]) == ("FeatureCollection", "ams")
    first, second = body["features"]
    assert (first["type"], first["id"]) == ("Feature", "4ca7b5")
    assert first["geometry"] == {"type": "Point", "coordinates": [4.25, 52.5]}
    assert first["properties"]["alt_baro"] == 36000
    assert "lat" not in first["properties"]
    assert (second["id"], second["geometry"]["coordinates"]) == ("flight:KLM1", [2, 1])
    assert (await served.ask(AIRCRAFT + ".geojson", "HEAD")).body == b""
    refused = await served.post(AIRCRAFT + ".geojson", FLIGHT)
    assert_error(refused, 405, "method_not_allowed")
    assert refused.headers["allow"] == "GET, HEAD"


async def test_the_tag_is_the_rooms_position_and_saves_the_body(served: Served) -> None:
    hear(served, "4ca7b5", gs=100.0)
    first = await served.ask(AIRCRAFT)
    room = served.hub.rooms["ams"]
    etag = first.headers["etag"]
    assert etag == f'W/"{room.epoch}-{room.seq}"'
    assert first.headers["cache-control"] == "no-cache"
    again = await served.ask(AIRCRAFT, If_None_Match=etag)
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", etag)
    for name, value in SECURITY_HEADERS:
        assert again.headers[name.decode().lower()] == value.decode()
    hear(served, "4ca7b5", gs=200.0)
    changed = await served.ask(AIRCRAFT, If_None_Match=etag)
    assert changed.status == 200
    assert changed.headers["etag"] != etag
    assert changed.json["aircraft"][0]["gs"] == 200.0


@pytest.mark.parametrize("path", ["/api/v1/rooms/nobody", "/api/v1/rooms/nobody/aircraft"])
async def test_reading_never_makes_a_room(served: Served, path: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await served.ask(path, method)
        assert answer.status == 404
    assert_error(await served.ask(path), 404, "not_found")
    assert served.hub.rooms == {}


ABSENT = [
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/",
    "/api/v2/rooms",
    "/api/v1/rooms/-x",
    "/api/v1/rooms/a%2Fb",
    "/api/v1/rooms/a%00",
    "/api/v1/rooms//aircraft",
    "/api/v1/rooms/ams/planes",
    "/api/v1/rooms/ams/aircraft/4ca7b5",
    "/api/v1/rooms/ams/aircraft//",
    "/api/v1/rooms/ams/aircraft.csv",
    "/api/%00",
    "/api/v1/rooms/../../../etc/passwd",
]


async def test_what_is_not_there_is_404_in_json(served: Served) -> None:
    for path in ABSENT:
        hear(served, "4ca7b5")
        answer = await served.ask(path)
        if path == "/api":
            assert answer.status == 404
        else:
            assert_error(answer, 404, "not_found")


async def test_a_room_closed_to_watchers_is_closed_here(served: Served) -> None:
    served.hub.declare("ams", RoomRules(watch="nobody", publish="anyone"))
    for path in (ROOM, AIRCRAFT, AIRCRAFT + ".geojson"):
        assert_error(await served.ask(path), 403, "forbidden")
    assert (await served.post(AIRCRAFT, FLIGHT)).status == 200


CUTS = [
    ("bbox=3,50,6,53", ["4ca7b5"]),
    ("bbox=3,50,4.9,53", []),
    ("bbox=170,50,4,53", ["3c6444"]),
    ("bbox=-180,-90,180,90", ["3c6444", "4ca7b5"]),
    ("where=alt%3C10000", ["3c6444", "a00001"]),
    ("where=alt%3C10000&bbox=3,50,6,53", []),
    ("where=", ["3c6444", "4ca7b5", "a00001"]),
]


@pytest.mark.parametrize(("query", "keys"), CUTS)
async def test_a_box_and_a_filter_cut_the_list(served: Served, query: str, keys: list[str]) -> None:
    hear(served, "4ca7b5", lat=52.3, lon=5.0, alt_baro=36000)
    hear(served, "3c6444", lat=50.2, lon=2.5, alt_baro=900)
    hear(served, "a00001", alt_baro=700)
    body = (await served.ask(f"{AIRCRAFT}?{query}")).json
    assert sorted(row["hex"] for row in body["aircraft"]) == keys


async def test_fields_cut_the_records_but_never_what_the_form_needs(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.3, lon=5.0, alt_baro=36000)
    (row,) = (await served.ask(f"{AIRCRAFT}?fields=alt_baro")).json["aircraft"]
    assert set(row) == {"hex", "alt_baro", "seen", "seen_pos"}
    (feature,) = (await served.ask(f"{AIRCRAFT}.geojson?fields=alt_baro")).json["features"]
    assert feature["geometry"]["coordinates"] == [5.0, 52.3]


async def test_each_wish_has_a_tag_of_its_own(served: Served) -> None:
    hear(served, "4ca7b5", lat=52.3, lon=5.0, alt_baro=36000)
    tags = {(await served.ask(f"{AIRCRAFT}?{query}")).headers["etag"] for query, _ in CUTS[:4]}
    assert len(tags) == 4


@pytest.mark.parametrize(
    "query", ["bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,5,2,3", "bbox=nan,1,2,3", "where=alt%3C", "fields=zz", "fields=",
              "bbox=1,2,3,4&bbox=1,2,3,4"],
)  # fmt: skip
async def test_a_wish_that_cannot_be_is_refused(served: Served, query: str) -> None:
    hear(served, "4ca7b5")
    assert_error(await served.ask(f"{AIRCRAFT}?{query}"), 400, "bad_field")


async def test_an_unknown_option_is_refused_and_a_cache_buster_is_not(served: Served) -> None:
    hear(served, "4ca7b5")
    assert_error(await served.ask(f"{AIRCRAFT}?feilds=lat"), 400, "bad_field")
    assert (await served.ask(f"{AIRCRAFT}?_=1795000000")).status == 200


async def test_other_methods_are_told_which_there_are(served: Served) -> None:
    hear(served, "4ca7b5")
    for path, allowed in ((AIRCRAFT, "GET, HEAD, POST"), (ROOM, "GET, HEAD"), ("/api/v1/rooms", "GET, HEAD")):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "NONSENSE"):
            answer = await served.ask(path, method)
            assert_error(answer, 405, "method_not_allowed")
            assert answer.headers["allow"] == allowed
            assert "access-control-allow-origin" not in answer.headers


async def test_a_large_room_is_gzipped_and_made_once_for_all_who_ask(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear(served, *[f"{number:06x}" for number in range(3000)], lat=52.5, lon=4.25, callsign="RYR12AB", squawk="1000")
    made = 0
    rows = served.hub.snapshot_rows

    def counted(*asked: Any) -> list[dict[str, Any]]:
        nonlocal made
        made += 1
        return rows(*asked)

    monkeypatch.setattr(served.hub, "snapshot_rows", counted)
    packed = await served.ask(AIRCRAFT, Accept_Encoding="gzip")
    plain = await served.ask(AIRCRAFT)
    assert made == 1
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 4
    assert len(plain.json["aircraft"]) == 3000
    from twisted.internet.defer import Deferred

    answers = await gatherResults([Deferred.fromCoroutine(served.ask(AIRCRAFT)) for _ in range(20)])
    assert {answer.body for answer in answers} == {plain.body}
    assert made <= 3
