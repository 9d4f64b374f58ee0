"""Who is here and who we are, as the client holds it: lists, names, a session kept over connections, and drains."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.error import ConnectionRefusedError

from flighttap.client import Backoff, Inconsistent, Publisher, Replica, Watcher
from flighttap.errors import BadField
from flighttap.testing import FakeServer, snapshot, update


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


def started(kind: Any, server: FakeServer, **options: Any) -> Any:
    options = {"random": lambda: 0.5, "backoff": Backoff(1.0, 8.0), **options}
    client = kind(server.url, reactor=server.clock, endpoint=server.endpoint, **options)
    client.start()
    server.settle()
    return client


def ended(server: FakeServer, client: Any) -> None:
    stopped = client.stop()
    server.advance(3)
    assert stopped.called
    assert server.clock.getDelayedCalls() == []


def say(server: FakeServer, *said: dict[str, Any]) -> None:
    for each in said:
        server.newest.say(each)
    server.settle()


def names(server: FakeServer) -> list[str | None]:
    """The names said on the newest connection."""
    return [said["name"] for said in server.newest.heard if said["op"] == "name"]


def presence(pseq: int, count: int, **more: Any) -> dict[str, Any]:
    return {"t": "presence", "pseq": pseq, "count": count, **more}


def test_a_list_is_kept_up_to_date_and_told(server):
    told: list[Any] = []
    watcher = started(Watcher, server, presence="list", on_presence=lambda *said: told.append(said))
    assert server.newest.heard[0]["presence"] == "list"
    say(server, presence(4, 2, members=[{"id": "c1"}, {"id": "c2", "name": "Ana"}]))
    say(server, presence(7, 2, base=3, joined=[{"id": "c2", "name": "Eva"}, {"id": "c3"}], left=["c1", "c0"]))
    assert watcher.replica.members == {"c2": "Eva", "c3": None}
    say(server, presence(8, 201))
    assert told == [(2, {"c1": None, "c2": "Ana"}), (2, {"c2": "Eva", "c3": None}), (201, None)]
    assert (watcher.replica.count, watcher.replica.members) == (201, None)
    ended(server, watcher)


@pytest.mark.parametrize("before", [[], [presence(4, 201)], [presence(4, 1, members=[{"id": "c1"}])]])
def test_a_change_of_a_list_that_is_not_held_is_asked_for(server, before):
    told: list[Any] = []
    watcher = started(Watcher, server, presence="list", on_presence=lambda *said: told.append(said))
    say(server, *before)
    say(server, presence(9, 3, base=5, joined=[{"id": "c3"}], left=[]))
    assert server.newest.heard[-1] == {"op": "presence"}
    assert len(told) == len(before)
    say(server, presence(9, 2, members=[{"id": "c2"}, {"id": "c3"}]))
    assert told[-1] == (2, {"c2": None, "c3": None})
    ended(server, watcher)


def test_after_a_cut_the_old_list_stays_until_the_new_one_comes_and_is_not_changed(server):
    watcher = started(Watcher, server, presence="list")
    say(server, snapshot(5), presence(4, 1, members=[{"id": "c1"}]))
    server.newest.drop()
    server.advance(1)
    assert watcher.replica.members == {"c1": None}
    say(server, presence(9, 2, base=4, joined=[{"id": "c2"}], left=[]))
    assert server.newest.heard[-1] == {"op": "presence"}
    ended(server, watcher)


@pytest.mark.parametrize(
    "said",
    [
        {"t": "presence", "count": 1},
        presence(1, 1, members=[{"name": "Ana"}]),
        presence(1, 1, members=[{"id": 7}]),
        presence(1, 1, members=[{"id": "c1", "name": ["Ana"]}]),
        presence(1, 1, members=None),
        presence(1, 1, base=0, joined=[]),
        presence(1, 1, base=0, joined=[{"id": []}], left=[]),
    ],
)
def test_what_makes_no_sense_is_said_to_make_none(said: dict[str, Any]):
    replica = Replica()
    replica.apply(presence(0, 0, members=[]))
    with pytest.raises(Inconsistent):
        replica.apply(said)


def test_who_resumes_is_who_the_server_says_and_resumes_as_that_the_next_time(server):
    watcher = started(Watcher, server)
    say(server, snapshot(5))
    assert watcher.replica.id == "c1"
    for answered in ({"session": "s1", "as": "c1"}, {"session": "s3", "as": "c3"}, {"session": "s3", "as": "c3"}):
        held = watcher.replica._session
        server.newest.drop()
        server.advance(3)
        assert server.newest.heard[0]["session"] == held
        say(server, {"t": "ok", "id": 1, "hz": 2.0, **answered}, update(5, 5, recovered=True))
        assert (watcher.replica.id, watcher.replica._session) == (answered["as"], answered["session"])
    assert watcher.replica.hz == 2.0
    ended(server, watcher)


@pytest.mark.parametrize("kind", [Watcher, Publisher])
def test_a_name_is_said_on_every_connection_and_when_it_changes(server, kind):
    client = started(kind, server, name=" Ana ")
    assert names(server) == ["Ana"]
    client.set_name("Eva")
    client.set_name("Ida")
    server.settle()
    assert names(server) == ["Ana"], "one at a time"
    say(server, {"t": "ok", "id": "name"})
    assert names(server) == ["Ana", "Ida"]
    say(server, {"t": "ok", "id": "name"})
    server.newest.drop()
    server.advance(1)
    assert names(server) == ["Ida"]
    say(server, {"t": "ok", "id": "name"})
    client.set_name(None)
    server.settle()
    server.newest.drop()
    server.advance(2)
    assert names(server) == [None], "who has taken its name away says so, for the server may know it still"
    ended(server, client)


def test_who_has_no_name_says_nothing_and_one_given_before_the_start_is_said(server):
    watcher = started(Watcher, server)
    assert [said["op"] for said in server.newest.heard] == ["watch"]
    ended(server, watcher)
    watcher = Watcher(server.url, reactor=server.clock, endpoint=server.endpoint)
    watcher.set_name("Ana")
    watcher.start()
    server.settle()
    assert [said["op"] for said in server.newest.heard] == ["watch", "name"]
    ended(server, watcher)


def test_a_name_that_came_too_fast_is_said_again_and_a_refused_one_is_not(server):
    watcher = started(Watcher, server, name="Ana")
    too_fast = {"t": "error", "id": "name", "code": "rate_limited", "message": "Slowly.", "retry_ms": 500}
    say(server, snapshot(5), too_fast)
    server.advance(0.4)
    assert names(server) == ["Ana"]
    server.advance(0.2)
    assert names(server) == ["Ana", "Ana"]
    say(server, {"t": "error", "id": "name", "code": "bad_field", "message": "No."})
    server.advance(20)
    assert (names(server), watcher.state) == (["Ana", "Ana"], "live")
    watcher.set_name("Eva")
    server.settle()
    say(server, {**too_fast, "retry_ms": 60_000})
    ended(server, watcher)


@pytest.mark.parametrize("kind", [Watcher, Publisher])
def test_what_is_no_name_is_not_taken(server, kind):
    with pytest.raises(BadField):
        kind(server.url, reactor=server.clock, endpoint=server.endpoint, name="x" * 41)
    client = started(kind, server)
    with pytest.raises(BadField):
        client.set_name("a\nb")
    ended(server, client)


@pytest.mark.parametrize("kind", [Watcher, Publisher])
def test_who_is_drained_comes_back_at_a_moment_of_its_own_though_the_server_closes_at_once(server, kind):
    client = started(kind, server)
    say(server, {"t": "drain", "after_ms": 1000, "spread_ms": 6000})
    server.advance(0.5)
    server.newest.sendCloseFrame(code=4000, isReply=False)
    server.settle()
    assert client.state == "waiting"
    server.down = ConnectionRefusedError()
    server.advance(3.4)
    assert len(server.attempts) == 1
    server.advance(0.2)
    assert server.attempts == [0.0, 4.0]
    server.down = None
    server.advance(2)
    assert (client.state, len(server.attempts)) == ("live", 3)
    ended(server, client)
