"""Tokens on the rooms' connections: which let in, what they let do, when they end; each attack on them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_twisted
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

from flighttap.rooms.policy import Limits, RoomRules
from tests.access.keys import Keys
from tests.ws.support import V1, Client, Server, later, serving, until

START = 1_795_000_000.0


class Wall:
    """A clock on the wall that is set by hand."""

    now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"), Wall())


@pytest_twisted.async_yield_fixture
async def server(keys: Keys) -> AsyncIterator[Server]:
    """A club's hub: ``club`` is for members, who publish by token; ``drop`` is for publishing only."""
    keys.wall.now = START  # type: ignore[attr-defined]
    async with serving(Limits(token=0.2), wall=keys.wall, verify=keys.ring()) as server:
        server.hub.declare("club", RoomRules("token", "members"))
        server.hub.declare("drop", RoomRules("token", "nobody"))
        server.hub.declare("shut", RoomRules("nobody", "nobody"))
        server.hub.declare("quiet", RoomRules("token", "anyone"))
        yield server


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every line that is logged meanwhile, whatever its level, with all that the event carries."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        lines.append(f"{formatEvent(event)} {event!r}")

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


async def ending(client: Client) -> int:
    code, _ = await client.closed
    return code


async def told(server: Server, room: str, token: str | None, **said: Any) -> Any:
    """What a member of version 1 is answered to one message, after its greeting."""
    client = await server.connect(f"{room}/", [V1], **({} if token is None else bearer(token)))
    await client.message("hello")
    client.say({"id": 1, **said})
    answer = await client.message()
    await client.leave()
    return answer


# ---- the door


async def test_a_room_for_members_asks_for_a_token_at_once_and_waits_a_while(server: Server) -> None:
    client = await server.connect("club/", [V1])
    assert (await client.message())["code"] == "unauthorized"
    assert server.hub.rooms["club"].members == 0
    assert await ending(client) == 4502
    assert not client.came.pending


async def test_a_token_said_first_opens_it_and_what_follows_in_the_same_breath_is_heard(
    server: Server, keys: Keys
) -> None:
    client = await server.connect("club/", [V1])
    client.say({"op": "auth", "id": 1, "token": keys.token(roles=["watch"])})
    client.say({"op": "watch", "id": 2})
    assert (await client.message())["code"] == "unauthorized"
    hello = await client.message()
    assert (hello["t"], hello["roles"], hello["expires"]) == ("hello", ["watch"], START + 600)
    assert "auth" in hello["features"]
    assert (await client.message())["id"] == 1
    assert (await client.message())["id"] == 2
    await client.message("snapshot")
    await later(0.3)
    assert client.state == client.STATE_OPEN, "the time in which a token was to come is over"


async def test_nothing_but_a_token_is_heard_at_the_door(server: Server) -> None:
    client = await server.connect("club/", [V1])
    await client.message()
    for said in (
        {"op": "watch", "id": 7},
        {"hex": "4ca7b5"},
        {"op": "publish", "id": 7, "aircraft": [{"hex": "4ca7b5"}]},
    ):
        client.say(said)
        assert (await client.message())["code"] == "unauthorized"
    client.say({"op": "auth", "id": 8, "token": 5})
    assert (await client.message())["code"] == "bad_op"
    assert not server.hub.rooms["club"].aircraft
    for _ in range(40):
        client.say({"op": "watch"})
    assert await ending(client) == 4501


async def test_who_waits_at_the_door_is_sent_away_in_order_when_the_server_stops(server: Server) -> None:
    client = await server.connect("club/", [V1])
    await client.message()
    await server.factory.close_all(2.0)
    assert (await client.message())["t"] == "drain"
    assert await ending(client) == 4000


async def test_a_client_that_cannot_say_a_token_is_refused_at_once(server: Server) -> None:
    assert await ending(await server.connect("club/")) == 4502


@pytest.mark.parametrize("how", ["header", "cookie", "query"])
@pytest.mark.parametrize("protocols", [(), (V1,)])
async def test_a_token_opens_a_room_by_header_cookie_and_query(
    server: Server, keys: Keys, how: str, protocols: tuple[str, ...]
) -> None:
    token = keys.token()
    headers = {
        "header": {"Authorization": f"bearer {token}"},
        "cookie": {"Cookie": f"a=b; flighttap_token={token}"},
        "query": {},
    }
    client = await server.connect(
        f"club/?token={token}" if how == "query" else "club/",
        protocols,
        headers=headers[how],
    )
    if protocols:
        assert (await client.message())["roles"] == ["watch", "publish"]
    client.say({"flight": "RYR12AB"})
    if not protocols:
        assert await client.message() == {"data": {"flight": "RYR12AB"}}
    await until(lambda: "flight:RYR12AB" in server.hub.rooms["club"].aircraft)


# ---- tokens that are not good


async def test_no_forged_token_opens_a_room_by_message(server: Server, keys: Keys) -> None:
    codes = {}
    for what, token in keys.forged().items():
        client = await server.connect("club/", [V1])
        client.say({"op": "auth", "token": token})
        codes[what] = await ending(client)
    assert {what: code for what, code in codes.items() if code != 4500} == {}
    assert server.hub.rooms["club"].members == 0


@pytest.mark.parametrize(
    "what", ["another secret", "alg none", "HS256 by the public RSA key", "another audience", "expired"]
)
async def test_a_forged_token_ends_the_connection_wherever_it_stands_and_in_an_open_room_too(
    server: Server, keys: Keys, what: str
) -> None:
    token = keys.forged()[what]
    for path, options in (
        ("open/", bearer(token)),
        ("open/", {"headers": {"Cookie": f"flighttap_token={token}"}}),
        (f"open/?token={token}", {}),
        (f"open/?token={token}&token={token}", {}),
    ):
        for protocols in ((), (V1,)):
            assert await ending(await server.connect(path, protocols, **options)) == 4500
    assert "open" not in server.hub.rooms
    client = (await server.watcher("open/"))[0]
    client.say({"op": "auth", "token": token})
    assert await ending(client) == 4500


async def test_a_token_for_another_room_is_refused(server: Server, keys: Keys) -> None:
    token = keys.token(rooms=["club-a", "klub", "Club"])
    assert await ending(await server.connect("club/", [V1], **bearer(token))) == 4502
    assert await ending(await server.connect("club/", **bearer(token))) == 4502
    client = await server.connect("club/", [V1])
    client.say({"op": "auth", "token": token})
    assert await ending(client) == 4502
    answer = await told(server, "quiet", token, op="publish", aircraft=[{"hex": "4ca7b5"}])
    assert answer["code"] == "forbidden"


# ---- what a token lets do


async def test_publishing_needs_the_role(server: Server, keys: Keys) -> None:
    flight = {"op": "publish", "aircraft": [{"hex": "4ca7b5", "lat": 52.0, "lon": 4.0}]}
    watching = keys.token(rooms=["*"], roles=["watch"])
    assert (await told(server, "quiet", None, **flight))["code"] == "unauthorized"
    assert (await told(server, "quiet", watching, **flight))["code"] == "forbidden"
    assert (await told(server, "quiet", watching, op="remove", key="4ca7b5"))["code"] == "forbidden"
    assert not server.hub.rooms["quiet"].aircraft
    assert (await told(server, "quiet", keys.token(rooms=["*"]), **flight))["t"] == "ok"
    assert "4ca7b5" in server.hub.rooms["quiet"].aircraft
    client = await server.connect("quiet/", **bearer(watching))
    client.say({"hex": "4ca7b5", "lat": 53.0})
    assert (await client.message())["error"]["code"] == "forbidden"


async def test_admin_of_a_room_may_watch_and_publish_there_and_is_admin_nowhere_else(
    server: Server, keys: Keys
) -> None:
    client = await server.connect("club/", [V1], **bearer(keys.token(roles=["admin"])))
    assert (await client.message())["roles"] == ["watch", "publish", "admin"]
    client = await server.connect("quiet/", [V1], **bearer(keys.token(roles=["admin"])))
    assert (await client.message())["roles"] == ["watch"]


async def test_on_this_machine_one_may_publish_but_not_enter_rooms_for_members_or_be_admin(server: Server) -> None:
    assert (await (await server.connect("open/", [V1])).message())["roles"] == ["watch", "publish"]
    assert (await (await server.connect("quiet/", [V1])).message())["roles"] == ["watch"]


async def test_who_may_only_publish_is_sent_nothing(server: Server, keys: Keys) -> None:
    token = keys.token(rooms=["club", "drop"], roles=["publish"])
    watcher = await server.connect("club/", **bearer(keys.token()))
    feeder = await server.connect("club/", **bearer(token))
    feeder.say({"flight": "RYR12AB"})
    assert await watcher.message() == {"data": {"flight": "RYR12AB"}}
    for op in ("watch", "presence"):
        assert (await told(server, "club", token, op=op))["code"] == "forbidden"
    resume = {"op": "resume", "session": "s1", "epoch": "e1", "seq": 0}
    assert (await told(server, "drop", token, **resume))["code"] == "forbidden"
    assert (await told(server, "drop", token, op="publish", aircraft=[{"hex": "4ca7b5"}]))["t"] == "ok"
    assert not feeder.came.pending
    assert await ending(await server.connect("shut/", [V1], **bearer(keys.token(rooms=["*"], roles=["admin"])))) == 4502


async def test_a_rate_in_a_token_holds_over_all_its_connections(server: Server, keys: Keys) -> None:
    token = keys.token(rate=1)
    first, second = [await server.connect("club/", **bearer(token)) for _ in range(2)]
    first.say({"n": 1})
    second.say({"n": 2})
    assert {json.dumps(await first.message()) for _ in range(2)} == {'{"data": {"n": 1}}', '{"data": {"n": 2}}'}
    first.say({"n": 3})
    error = (await first.message())["error"]
    assert error["code"] == "rate_limited"
    assert 0 < error["retry_ms"] <= 1001


async def test_a_token_keeps_so_many_flights(server: Server, keys: Keys) -> None:
    token = keys.token(flights=2)
    client = await server.connect("club/", [V1], **bearer(token))
    await client.message("hello")

    async def publish(*keys: str) -> str:
        client.say({"op": "publish", "id": 1, "aircraft": [{"hex": key} for key in keys]})
        answer = await client.message()
        return str(answer.get("code", "ok"))

    assert [await publish("4ca7b5", "3c6444"), await publish("a1b2c3"), await publish("4ca7b5")] == [
        "ok",
        "room_full",
        "ok",
    ]
    client.say({"op": "remove", "key": "4ca7b5"})
    assert await publish("a1b2c3") == "ok"
    tutorial = await server.connect("club/", **bearer(token))
    tutorial.say({"hex": "4ca7b5"})
    assert (await tutorial.message())["error"]["code"] == "room_full"


async def test_another_connection_of_a_member_may_do_as_much_and_ends_with_the_token(
    server: Server, keys: Keys
) -> None:
    member = await server.connect("club/", [V1], **bearer(keys.token(exp=START + 10)))
    session = (await member.message())["session"]
    other = await server.connect(f"club/?session={session}")
    other.say({"flight": "RYR12AB"})
    assert await other.message() == {"data": {"flight": "RYR12AB"}}
    assert await ending(await server.connect("club/?session=s999")) == 4502
    assert await ending(await server.connect(f"drop/?session={session}")) == 4502
    worse = bearer(keys.token(rooms=["other"]))
    assert await ending(await server.connect(f"club/?session={session}", **worse)) == 4502
    keys.wall.now = START + 10  # type: ignore[attr-defined]
    other.say({"flight": "RYR12AB"})
    assert await ending(other) == 4001


# ---- the end of a token


async def test_a_token_that_ends_closes_the_connection_and_one_said_in_time_does_not(
    server: Server, keys: Keys
) -> None:
    first = await server.connect("club/", [V1], **bearer(keys.token(exp=START + 10)))
    second = await server.connect("club/", [V1], **bearer(keys.token(exp=START + 10)))
    third = await server.connect("club/", **bearer(keys.token(exp=START + 10)))
    second.say({"op": "auth", "id": 1, "token": keys.token(roles=["watch"], exp=START + 100)})
    answer = [await second.message() for _ in range(2)][1]
    assert answer == {"t": "ok", "id": 1, "roles": ["watch"], "expires": START + 100}
    members = list(server.factory.members["club"])
    for at, still_there in ((9.9, 3), (10.0, 1)):
        keys.wall.now = START + at  # type: ignore[attr-defined]
        for member in members:
            member.second_passed(server.reactor.seconds(), 0.0)
        assert server.hub.rooms["club"].members == still_there
    assert [await ending(client) for client in (first, third)] == [4001, 4001]
    second.say({"op": "publish", "id": 2, "aircraft": [{"hex": "4ca7b5"}]})
    assert (await second.message())["code"] == "forbidden", "the newer token counts, and it only watches"
    assert await ending(await server.connect("club/", [V1], **bearer(keys.token(exp=START + 10)))) == 4500


async def test_nothing_is_taken_after_the_end_of_a_token(server: Server, keys: Keys) -> None:
    client = await server.connect("club/", [V1], **bearer(keys.token(exp=START + 10)))
    await client.message("hello")
    keys.wall.now = START + 10  # type: ignore[attr-defined]
    client.say({"op": "publish", "id": 1, "aircraft": [{"hex": "4ca7b5"}]})
    assert await ending(client) == 4001
    assert not server.hub.rooms["club"].aircraft


async def test_another_token_that_does_not_open_the_room_ends_the_connection(server: Server, keys: Keys) -> None:
    for worse in (keys.token(rooms=["other"]), keys.token(roles=["publish"])):
        client = await server.connect("club/", [V1], **bearer(keys.token()))
        client.say({"op": "auth", "token": worse})
        assert await ending(client) == 4502


async def test_a_better_token_on_an_open_connection_gives_what_it_has(server: Server, keys: Keys) -> None:
    client = await server.connect("quiet/", [V1])
    assert (await client.message())["roles"] == ["watch"]
    client.say({"op": "auth", "id": 1, "token": keys.token(rooms=["quiet"])})
    assert (await client.message())["roles"] == ["watch", "publish"]
    client.say({"op": "publish", "id": 2, "aircraft": [{"hex": "4ca7b5"}]})
    assert (await client.message())["t"] == "ok"


# ---- rooms that are not there, servers without keys, and the log


async def test_where_rooms_are_not_open_an_unknown_one_closes_with_4505(keys: Keys) -> None:
    async with serving(open_rooms=False, wall=keys.wall, verify=keys.ring()) as server:
        server.hub.declare("club", RoomRules())
        for protocols in ((), (V1,)):
            assert await ending(await server.connect("other/", protocols)) == 4505
            assert await ending(await server.connect("other/", protocols, **bearer(keys.token(rooms=["*"])))) == 4505
            await server.connect("club/", protocols)
        assert list(server.hub.rooms) == ["club"]


async def test_without_keys_a_token_means_nothing(keys: Keys) -> None:
    async with serving() as server:
        client = await server.connect("x/", [V1], **bearer("whatever"))
        hello = await client.message()
        assert "auth" not in hello["features"]
        assert "expires" not in hello
        client.say({"op": "auth", "id": 1, "token": keys.token()})
        assert (await client.message())["code"] == "not_available"


async def test_no_token_is_ever_logged_and_one_in_an_address_is_warned_about_once(
    server: Server, keys: Keys, logged: list[str]
) -> None:
    good, bad = keys.token(), keys.forged()["another secret"]
    for token in (good, bad, good):
        for path, options in (
            (f"club/?token={token}", {}),
            ("club/", bearer(token)),
            ("club/", {"headers": {"Cookie": f"flighttap_token={token}"}}),
        ):
            client = await server.connect(path, [V1], **options)
            client.say({"op": "auth", "token": token})
            client.say({"op": "watch"})
            client.sendClose(1000)
            await client.closed
    ours = [line for line in logged if "flighttap" in line]
    assert sum("a token came in the address of a request" in line for line in logged) == 1
    assert ours
    secrets = [part for token in (good, bad) for part in (token, token.split(".")[2])]
    server_side = [line for line in logged if "WebSocketClient" not in line]
    assert not [line for line in server_side for secret in secrets if secret in line]
