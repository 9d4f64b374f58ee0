"""Publishing by POST: who may, what is taken, how often."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flighttap.errors import RateLimited
from flighttap.rooms.policy import Limits, RoomRules, normal_origin
from flighttap.rooms.rates import Rates
from flighttap.web import api
from tests.web.support import Served, assert_error, hear

ROOM = "/api/v1/rooms/ams"
AIRCRAFT = f"{ROOM}/aircraft"
FLIGHT = b'{"hex":"4CA7B5","flight":"RYR12AB","lat":52.5,"lon":4.25,"alt":36000,"gs":447.2}'


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
