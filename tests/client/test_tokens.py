"""The client's token: shown, renewed before it ends, and what is said where it is wrong or lacking."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_twisted

from flighttap.client import Backoff, Publisher, Watcher, publish, watch
from flighttap.client.address import read_server
from flighttap.client.rooms import list_rooms
from flighttap.errors import BadToken, ConfigError, FlighttapError, Forbidden, NotAllowed, Unauthorized
from flighttap.rooms.policy import RoomRules
from tests.access.keys import Keys
from tests.ws.support import Server, serving, until

QUICK = Backoff(0.02, 0.05)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys(tmp_path_factory.mktemp("keys"))


@pytest_twisted.async_yield_fixture
async def server(keys: Keys) -> AsyncIterator[Server]:
    async with serving(wall=keys.wall, verify=keys.ring()) as server:
        server.hub.declare("club", RoomRules("token", "members"))
        yield server


@pytest.fixture
def opened() -> Iterator[list[Watcher | Publisher]]:
    """What is to be stopped at the end of a test."""
    services: list[Watcher | Publisher] = []
    yield services
    for service in services:
        pytest_twisted.blockon(service.stop())


def club(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/tracker/club"


async def refused(service: Watcher) -> FlighttapError:
    with pytest.raises(FlighttapError) as error:
        await service.when_ready()
    await service.stop()
    return error.value


async def test_a_watcher_and_a_publisher_show_their_tokens(server: Server, keys: Keys, opened: list[Any]) -> None:
    watcher = watch(club(server), token=keys.token(roles=["watch"]))
    publisher = publish(club(server), token=lambda: keys.token(roles=["publish"]))
    opened += [watcher, publisher]
    await publisher.send({"hex": "4ca7b5"})
    await watcher.when_ready()
    await until(lambda: "4ca7b5" in watcher.replica.aircraft)
    reader = publish(club(server), token=keys.token(roles=["watch"]))
    opened.append(reader)
    with pytest.raises(Forbidden):
        await reader.send({"hex": "4ca7b5"})


async def test_what_is_wrong_ends_it_with_a_sentence(server: Server, keys: Keys) -> None:
    lacking = await refused(watch(club(server)))
    assert isinstance(lacking, Unauthorized)
    assert "needs a token: give it as" in str(lacking)
    wrong = await refused(watch(club(server), token=keys.forged()["another secret"]))
    assert isinstance(wrong, BadToken)
    assert "the token is wrong (4500 The token was not made by a key of this server.)" in str(wrong)
    assert isinstance(await refused(watch(club(server), token=keys.token(rooms=["other"]))), NotAllowed)
    assert isinstance(await refused(watch(club(server), token=keys.token(roles=["publish"]))), Forbidden)
    assert isinstance(await refused(watch(club(server), token=keys.token(exp=keys.wall() - 1))), BadToken)


async def test_another_token_is_shown_before_the_first_ends(server: Server, keys: Keys, opened: list[Any]) -> None:
    lives = iter([2, 600])
    states: list[str] = []
    watcher = watch(
        club(server),
        token=lambda: keys.token(exp=keys.wall() + next(lives)),
        on_state=lambda state, why, pause: states.append(state),
    )
    opened.append(watcher)
    await watcher.when_ready()
    member = server.member(0, "club")
    first = member.standing.expires
    await until(lambda: member.standing.expires > first + 100)
    assert states == ["connecting", "live"]


async def test_a_client_whose_token_ended_comes_back_with_the_next(
    server: Server, keys: Keys, opened: list[Any]
) -> None:
    asked: list[float] = []

    def token() -> str:
        asked.append(keys.wall())
        return keys.token()

    states: list[str] = []
    watcher = watch(club(server), token=token, backoff=QUICK, on_state=lambda state, why, pause: states.append(state))
    opened.append(watcher)
    await watcher.when_ready()
    server.member(0, "club").close(4001, "The token has expired: come back with a new one.")
    await until(lambda: states.count("live") == 2)
    assert len(asked) == 2


async def test_the_list_has_the_rooms_for_members(server: Server, keys: Keys) -> None:
    address = read_server(f"127.0.0.1:{server.port}")
    assert await list_rooms(address, server.reactor) == []
    assert [room["room"] for room in await list_rooms(address, server.reactor, keys.token())] == ["club"]
    with pytest.raises(BadToken, match="does not take this token"):
        await list_rooms(address, server.reactor, keys.forged()["alg none"])


async def test_a_function_that_fails_leaves_the_token_before(
    server: Server, keys: Keys, opened: list[Any], logged_failures: Any
) -> None:
    answers = iter([keys.token()])
    states: list[str] = []
    watcher = watch(
        club(server),
        token=lambda: next(answers),
        backoff=QUICK,
        on_state=lambda state, why, pause: states.append(state),
    )
    opened.append(watcher)
    await watcher.when_ready()
    server.member(0, "club").close(4000, "drain")
    await until(lambda: states.count("live") == 2)
    assert logged_failures.flush(StopIteration)


@pytest.mark.parametrize("token", ["two words", "line\r\nX-Other: 1", "", "é"])
def test_a_text_that_can_be_no_token_is_refused_at_once(token: str) -> None:
    with pytest.raises(ConfigError, match="characters that no token has"):
        Watcher("host/demo", token=token)
