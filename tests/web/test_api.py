"""``/api/v1`` over real sockets, on the real hub."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from twisted.internet.defer import gatherResults

from flighttap.aircraft.observation import Observation
from flighttap.errors import RateLimited
from flighttap.rooms.policy import Limits, RoomRules, normal_origin
from flighttap.web import api
from flighttap.web.answers import SECURITY_HEADERS, Representation
from flighttap.web.api import KEPT_BYTES, LARGE, REUSE, Live
from flighttap.web.rates import Rates
from tests.web.support import Answer, Served

ROOM = "/api/v1/rooms/ams"
AIRCRAFT = f"{ROOM}/aircraft"
FLIGHT = b'{"hex":"4CA7B5","flight":"RYR12AB","lat":52.5,"lon":4.25,"alt":36000,"gs":447.2}'


@dataclass
class Spec:
    name: str = "roof"
    rooms: tuple[str, ...] = ("ams",)
    source: str = "beast@tcp:192.0.2.9:30005"
    format: str = "beast"
    receiver: tuple[float, float] | None = (52.123456, 4.654321)
    share_position: str = "rounded"
    simulated: bool = False


def hear(served: Served, *keys: str, **values: Any) -> None:
    """A receiver hears these aircraft in ``ams``."""
    hub = served.hub
    feed = next(iter(hub.feeds), None) or hub.add_feed(Spec())
    feed.observe([Observation(key, hub.clock.seconds(), "adsb_icao", dict(values)) for key in keys])


def assert_error(answer: Answer, status: int, code: str, sent: object = None) -> None:
    assert (answer.status, answer.json["error"]["code"]) == (status, code), (sent, answer.raw)
    assert set(answer.json) == {"error"}
    assert set(answer.json["error"]) == {"code", "message"}
    assert answer.headers["content-type"] == "application/json"
    for name, value in SECURITY_HEADERS:
        assert answer.headers[name.decode().lower()] == value.decode()


# ---- reading


async def test_the_list_shows_what_may_be_listed(served: Served) -> None:
    assert (await served.ask("/api/v1/rooms")).json == {"rooms": []}
    hear(served, "4ca7b5", lat=52.5, lon=4.25)
    served.hub.declare("hidden", RoomRules(listed=False))
    served.hub.declare("closed", RoomRules(watch="nobody"))
    served.hub.declare("quiet", RoomRules())
    answer = await served.ask("/api/v1/rooms")
    rooms = {room["room"]: room for room in answer.json["rooms"]}
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


FILTERS = ["bbox=1,2,3,4", "where=alt%3C100", "fields=lat", "fields="]


async def test_filters_are_not_available_yet(served: Served) -> None:
    for query in FILTERS:
        hear(served, "4ca7b5")
        assert_error(await served.ask(f"{AIRCRAFT}?{query}"), 400, "not_available")


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

    def counted(name: str, now: float) -> list[dict[str, Any]]:
        nonlocal made
        made += 1
        return rows(name, now)

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


# ---- the keeper of bodies


class Watch:
    """A stopwatch that a test turns."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def maker(watch: Watch, cost: float, size: int) -> Callable[[], Representation]:
    def make() -> Representation:
        watch.now += cost
        return Representation(bytes(size), b"x", "t", 0)

    return make


def test_a_small_body_is_always_of_the_moment() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 1.0, LARGE - 1)
    first = live.get(("r", "json"), 1, make)
    assert live.get(("r", "json"), 1, make) is first
    assert live.get(("r", "json"), 2, make) is not first


def test_a_large_body_serves_in_proportion_to_its_cost() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 0.1, LARGE)
    first = live.get(("r", "json"), 1, make)
    watch.now += 0.1 * REUSE * 0.99
    assert live.get(("r", "json"), 2, make) is first
    watch.now += 0.1 * REUSE * 0.02
    assert live.get(("r", "json"), 2, make) is not first


def test_an_unchanged_body_is_made_anew_when_the_ages_in_it_are_old() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 0.0, 10)
    first = live.get(("r", "json"), 1, make)
    watch.now += 0.9
    assert live.get(("r", "json"), 1, make) is first
    watch.now += 0.2
    assert live.get(("r", "json"), 1, make) is not first


def test_bodies_kept_are_bounded_in_bytes_and_go_when_forgotten() -> None:
    watch = Watch()
    live = Live(watch)
    make = maker(watch, 0.0, KEPT_BYTES // 4)
    for number in range(20):
        live.get((f"r{number}", "json"), 1, make)
    assert live._bytes == sum(len(kept.representation.plain) for kept in live._kept.values()) <= KEPT_BYTES
    live.forget("r19")
    assert ("r19", "json") not in live._kept
    assert live._bytes == sum(len(kept.representation.plain) for kept in live._kept.values())


# ---- publishing


async def test_what_is_posted_is_read_at_once(served: Served) -> None:
    assert (await served.ask(AIRCRAFT)).status == 404
    for gs in (100.0, 200.0, 300.0):
        answer = await served.post(AIRCRAFT, b'{"hex":"4CA7B5","gs":%f}' % gs)
        assert (answer.status, answer.json) == (200, {"accepted": 1, "shadowed": [[]]})
        assert (await served.ask(AIRCRAFT)).json["aircraft"][0]["gs"] == gs
    assert (await served.ask(ROOM)).json["aircraft"] == 1


async def test_a_body_kept_for_others_is_dropped_for_who_posts(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "REUSE", 1e9)
    monkeypatch.setattr(api, "LARGE", 0)
    for count in (1, 2, 3):
        await served.post(AIRCRAFT, b'{"id":%d}' % count)
        assert (await served.ask(ROOM)).json["aircraft"] == count
        assert (await served.ask("/api/v1/rooms")).json["rooms"][0]["aircraft"] == count
        assert len((await served.ask(AIRCRAFT)).json["aircraft"]) == count


async def test_a_list_is_taken_whole_and_says_what_a_receiver_owns(served: Served) -> None:
    hear(served, "4ca7b5", gs=100.0)
    answer = await served.post(AIRCRAFT, b' [{"hex":"4ca7b5","gs":999,"squawk":"7000"},{"id":7},{"event":"no key"}]')
    assert answer.json == {"accepted": 3, "shadowed": [["gs"], [], []]}
    rows = {row.get("hex") or row["key"]: row for row in (await served.ask(AIRCRAFT)).json["aircraft"]}
    assert rows["4ca7b5"]["gs"] == 100.0
    assert rows["4ca7b5"]["squawk"] == "7000"
    assert "id:7" in rows


BAD_BODIES = [
    (b"", "bad_json"),
    (b"{", "bad_json"),
    (b'{"hex":NaN}', "bad_json"),
    (b'{"hex":"4ca7b5"} trailing', "bad_json"),
    (b'{"a":"\xff"}', "bad_json"),
    (b"\xef\xbb\xbf{}", "bad_json"),
    (b'"text"', "not_object"),
    (b"7", "not_object"),
    (b"null", "not_object"),
    (b"[7]", "not_object"),
    (b"[[]]", "not_object"),
    (b"[" * 20000 + b"]" * 20000, "too_deep"),
    (b'{"a":' * 40 + b"1" + b"}" * 40, "too_deep"),
    (b'{"hex":"nonsense"}', "bad_field"),
    (b'{"hex":"4ca7b5","lat":91}', "bad_field"),
    (b'[{"hex":"4ca7b5"},{"hex":"4ca7b5","lat":91}]', "bad_field"),
]


async def test_bad_input_is_400_and_nothing_of_it_is_taken(served: Served) -> None:
    for body, code in BAD_BODIES:
        answer = await served.post(AIRCRAFT, body)
        assert_error(answer, 400, code, body)
        assert served.hub.rooms == {}
        assert b"msgspec" not in answer.raw
        assert b"Traceback" not in answer.raw


async def test_an_empty_list_is_nothing_and_makes_no_room(served: Served) -> None:
    answer = await served.post(AIRCRAFT, b"[]")
    assert_error(answer, 400, "bad_op")
    assert served.hub.rooms == {}


OTHER_TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json"]


async def test_only_json_is_taken_so_that_no_form_of_another_site_can_post(served: Served) -> None:
    for content_type in OTHER_TYPES:
        assert_error(await served.post(AIRCRAFT, FLIGHT, content_type), 415, "unsupported_type")
        assert served.hub.rooms == {}


async def test_a_type_may_name_a_charset(served: Served) -> None:
    assert (await served.post(AIRCRAFT, FLIGHT, "Application/JSON; charset=utf-8")).status == 200


async def test_a_post_without_a_type_is_refused(served: Served) -> None:
    assert_error(await served.ask(AIRCRAFT, "POST", FLIGHT), 415, "unsupported_type")


async def test_only_our_own_and_listed_origins_may_post(serve: Callable[..., Served]) -> None:
    listed = normal_origin("https://map.example.org")
    served = serve(origins=[listed])
    own = f"http://127.0.0.1:{served.number}"
    for origin in (own, "https://map.example.org", "https://map.example.org:443"):
        assert (await served.post(AIRCRAFT, FLIGHT, Origin=origin)).status == 200
    for origin in (
        "null",
        "",
        f"https://127.0.0.1:{served.number}",
        "http://127.0.0.1",
        "http://evil.example",
        own + ".x",
    ):
        assert_error(await served.post(AIRCRAFT, FLIGHT, Origin=origin), 403, "forbidden")


async def test_without_open_publish_only_this_machine_may_post(serve: Callable[..., Served]) -> None:
    served = serve()
    for header in ("X_Forwarded_For", "Forwarded", "Via", "X_Real_IP", "X_Forwarded_Host", "X_Forwarded_Proto"):
        assert_error(await served.post(AIRCRAFT, FLIGHT, **{header: "127.0.0.1"}), 403, "forbidden")
    for host in ("evil.example", f"evil.example:{served.number}", "127.0.0.1.evil.example", "192.0.2.1"):
        assert_error(
            await served.ask(AIRCRAFT, "POST", FLIGHT, host, Content_Type="application/json"), 403, "forbidden"
        )
    for host in ("localhost", f"LOCALHOST:{served.number}", "[::1]"):
        answer = await served.ask(AIRCRAFT, "POST", FLIGHT, host, Content_Type="application/json")
        assert answer.status == 200


async def test_with_open_publish_everybody_may_post_where_the_room_does_not_say_nobody(
    serve: Callable[..., Served],
) -> None:
    served = serve(open_publish=True)
    served.hub.declare("sealed", RoomRules(publish="nobody"))
    assert (await served.post(AIRCRAFT, FLIGHT, X_Forwarded_For="192.0.2.1")).status == 200
    assert_error(await served.post("/api/v1/rooms/sealed/aircraft", FLIGHT), 403, "forbidden")


async def test_a_body_over_the_limit_is_413_in_json(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(message=1000))
    assert_error(await served.post(AIRCRAFT, b'{"a":"' + b"x" * 1000 + b'"}'), 413, "too_big")


async def test_too_many_posts_are_429_and_told_when_to_come_again(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(publish_rate=0.5, publish_burst=2))
    assert [(await served.post(AIRCRAFT, FLIGHT)).status for _ in range(2)] == [200, 200]
    answer = await served.post(AIRCRAFT, FLIGHT)
    assert_error(answer, 429, "rate_limited")
    assert answer.headers["retry-after"] == "2"


async def test_a_full_room_and_a_full_server_are_503(serve: Callable[..., Served]) -> None:
    served = serve(limits=Limits(aircraft=1, rooms=1))
    assert (await served.post(AIRCRAFT, FLIGHT)).status == 200
    for path, body in ((AIRCRAFT, b'{"hex":"000001"}'), ("/api/v1/rooms/other/aircraft", FLIGHT)):
        answer = await served.post(path, body)
        assert_error(answer, 503, "room_full")
        assert answer.headers["retry-after"] == "60"


async def test_a_room_name_is_checked_before_anything_is_made(served: Served) -> None:
    for name in ("-x", "a%2Fb", "a%00", "x" * 81):
        assert_error(await served.post(f"/api/v1/rooms/{name}/aircraft", FLIGHT), 404, "not_found")
    assert served.hub.rooms == {}


# ---- how often


def test_permits_come_back_with_time_and_addresses_are_apart() -> None:
    rates = Rates(2.0, 3)
    one, two = "192.0.2.1", "192.0.2.2"
    for _ in range(3):
        rates.take(_at(one), 10.0)
    with pytest.raises(RateLimited) as refused:
        rates.take(_at(one), 10.0)
    assert 500 <= refused.value.retry_ms <= 502
    rates.take(_at(two), 10.0)
    rates.take(_at(one), 10.0 + refused.value.retry_ms / 1000)


def test_no_rate_is_no_limit_and_addresses_are_forgotten() -> None:
    free = Rates(0.0, 1)
    for _ in range(100):
        free.take(_at("192.0.2.1"), 0.0)
    rates = Rates(1.0, 2)
    for number in range(5000):
        rates.take(_at(f"10.0.{number // 256}.{number % 256}"), float(number))
    assert len(rates._buckets) <= 1025


def _at(host: str) -> object:
    from twisted.internet.address import IPv4Address

    return IPv4Address("TCP", host, 1)
