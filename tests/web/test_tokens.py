"""Tokens over HTTP: 401 and 403 where a room is not for everybody, and each way to send one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flighttap.rooms.policy import RoomRules
from tests.access.keys import Keys
from tests.web.support import Served, assert_error, hear

CLUB = "/api/v1/rooms/club"
FLIGHT = b'{"hex": "4ca7b5", "lat": 52.5, "lon": 4.25}'


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def served(serve: Callable[..., Served], keys: Keys) -> Served:
    served = serve(verify=keys.ring())
    served.hub.declare("club", RoomRules("token", "members"))
    served.hub.declare("open", RoomRules())
    return served


def by(token: str) -> dict[str, Any]:
    return {"Authorization": f"Bearer {token}"}


async def test_what_a_room_for_members_shows_needs_a_token_that_lets_watch(served: Served, keys: Keys) -> None:
    hear(served, "4ca7b5", lat=52.5, lon=4.25)
    for path in ("", "/aircraft", "/aircraft.geojson", "/trails", "/trails/4ca7b5", "/reach"):
        answer = await served.ask(CLUB + path)
        assert_error(answer, 401, "unauthorized")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert_error(await served.ask(CLUB + path, **by(keys.forged()["alg none"])), 401, "unauthorized")
        assert_error(await served.ask(CLUB + path, **by(keys.token(rooms=["other"]))), 403, "forbidden")
        assert_error(await served.ask(CLUB + path, **by(keys.token(roles=["publish"]))), 403, "forbidden")
        if path in ("", "/aircraft", "/aircraft.geojson", "/trails"):
            assert (await served.ask(CLUB + path, **by(keys.token(roles=["watch"])))).status == 200


async def test_a_token_comes_by_header_cookie_or_query_beside_other_options(served: Served, keys: Keys) -> None:
    token = keys.token()
    for path, headers in (
        ("/aircraft?fields=lat", by(token)),
        ("/aircraft?fields=lat", {"Cookie": f"flighttap_token={token}"}),
        (f"/aircraft?token={token}&fields=lat", {}),
        (f"/trails?token={token}&bbox=1,2,3,4", {}),
        (f"/aircraft?fields=lat&token={token}", {"Authorization": "Basic dXNlcjpwYXNz"}),
    ):
        assert (await served.ask(CLUB + path, **headers)).status == 200, path
    for path, headers in (
        (f"/aircraft?token={token}&token={token}", {}),
        ("/aircraft?token=", {}),
        (f"/aircraft?token={token}", by("forged")),
    ):
        assert_error(await served.ask(CLUB + path, **headers), 401, "unauthorized")


async def test_the_list_shows_who_asks_the_rooms_that_are_for_them(served: Served, keys: Keys) -> None:
    served.hub.declare("club-b", RoomRules("token", "members"))
    served.hub.declare("hidden", RoomRules("token", "members", listed=False))

    async def names(**headers: Any) -> list[str]:
        return [room["room"] for room in (await served.ask("/api/v1/rooms", **headers)).json["rooms"]]

    assert await names() == ["open"]
    assert await names(**by(keys.token())) == ["club", "open"]
    assert await names(**by(keys.token(rooms=["*"]))) == ["club", "club-b", "open"]
    assert await names() == ["open"], "what was made for somebody else is not shown"


async def test_posting_needs_a_token_that_lets_publish(served: Served, keys: Keys) -> None:
    path = f"{CLUB}/aircraft"
    assert_error(await served.post(path, FLIGHT), 401, "unauthorized")
    assert_error(await served.post(path, FLIGHT, **by(keys.token(roles=["watch"]))), 403, "forbidden")
    assert_error(await served.post(path, FLIGHT, **by(keys.token(rooms=["open"]))), 403, "forbidden")
    for what in ("another secret", "expired", "another audience", "HS256 by the public RSA key"):
        assert_error(await served.post(path, FLIGHT, **by(keys.forged()[what])), 401, "unauthorized")
    assert not served.hub.rooms["club"].aircraft
    assert (await served.post(path, FLIGHT, **by(keys.token(roles=["publish"])))).status == 200
    assert (await served.post(path, FLIGHT, X_Forwarded_For="192.0.2.1", **by(keys.token()))).status == 200
    forwarded = await served.post("/api/v1/rooms/open/aircraft", FLIGHT, X_Forwarded_For="192.0.2.1")
    assert_error(forwarded, 401, "unauthorized")


async def test_a_page_of_another_site_may_not_post_with_the_cookie_of_somebody_here(served: Served, keys: Keys) -> None:
    cookie = {"Cookie": f"flighttap_token={keys.token()}"}
    for origin in ("https://evil.example", "null", f"https://127.0.0.1:{served.number}"):
        assert_error(await served.post(f"{CLUB}/aircraft", FLIGHT, Origin=origin, **cookie), 403, "forbidden")
    own = f"http://127.0.0.1:{served.number}"
    assert (await served.post(f"{CLUB}/aircraft", FLIGHT, Origin=own, **cookie)).status == 200


async def test_what_a_token_may_publish_is_counted_for_posts_too(served: Served, keys: Keys) -> None:
    token = by(keys.token(rate=1, flights=1))
    statuses = [(await served.post(f"{CLUB}/aircraft", FLIGHT, **token)).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    other = by(keys.token(flights=1))
    assert (await served.post(f"{CLUB}/aircraft", FLIGHT, **other)).status == 200
    assert_error(await served.post(f"{CLUB}/aircraft", b'{"hex": "3c6444"}', **other), 503, "room_full")


async def test_where_rooms_are_not_open_posting_makes_none(serve: Callable[..., Served]) -> None:
    served = serve()
    served.hub.open_rooms = False
    assert_error(await served.post("/api/v1/rooms/new/aircraft", FLIGHT), 404, "not_found")
    assert not served.hub.rooms


async def test_without_keys_a_token_is_not_looked_at(serve: Callable[..., Served]) -> None:
    served = serve()
    assert (await served.ask("/api/v1/rooms", **by("x"))).status == 200
    hear(served, "4ca7b5")
    assert_error(await served.ask("/api/v1/rooms/ams/aircraft?token=x"), 400, "bad_field")
