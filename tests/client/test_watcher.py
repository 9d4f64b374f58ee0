"""A watcher keeps its table through everything that happens to its connection."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionRefusedError, DNSLookupError

from flighttap.client import Backoff, Changes, Disconnected, Unreachable, Watcher
from flighttap.errors import BadField, NotAvailable, Refused, RoomCrowded
from flighttap.testing import FakeServer, snapshot, update
from tests.client.common import result


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


class Diary:
    """Everything that a watcher told."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ...]] = []

    def __call__(self, name: str):
        return lambda *said: self.told.append((name, *said))

    def only(self, name: str) -> list[tuple[Any, ...]]:
        return [entry[1:] for entry in self.told if entry[0] == name]


def watcher_of(server: FakeServer, **options: Any) -> Watcher:
    options = {"random": lambda: 1.0, "backoff": Backoff(1.0, 8.0), **options}
    watcher = Watcher(server.url, reactor=server.clock, endpoint=server.endpoint, **options)
    watcher.start()
    server.settle()
    return watcher


def ended(server: FakeServer, watcher: Watcher) -> None:
    """Stop it and see that nothing is left."""
    stopped = watcher.stop()
    server.advance(3)
    assert stopped.called
    assert server.clock.getDelayedCalls() == []


def test_it_says_what_it_wants_and_holds_what_comes(server):
    diary = Diary()
    watcher = watcher_of(server, on_change=diary("change"), on_removed=diary("removed"), hz=2)
    assert server.newest.path == "/ws/tracker/demo/"
    assert server.newest.heard == [{"op": "watch", "id": 1, "events": False, "presence": "none", "hz": 2}]
    ready = watcher.when_ready()
    assert not ready.called
    server.newest.say(snapshot(5, {"hex": "aaaaaa", "gs": 1.0}, {"hex": "bbbbbb"}))
    server.newest.say(update(5, 6, {"hex": "aaaaaa", "gs": 2.0}, removed=["bbbbbb"]))
    server.settle()
    assert result(ready) is watcher.replica
    assert watcher.replica.aircraft == {"aaaaaa": {"hex": "aaaaaa", "gs": 2.0}}
    assert diary.only("change")[-1] == ("aaaaaa", {"hex": "aaaaaa", "gs": 2.0})
    assert diary.only("removed") == [("bbbbbb",)]
    ended(server, watcher)
    assert server.newest.end == 1000


def test_events_are_asked_for_only_when_someone_listens(server):
    diary = Diary()
    watcher = watcher_of(server, on_event=diary("event"), on_lost=diary("lost"))
    assert server.newest.heard[0]["events"] is True
    server.newest.say(snapshot(5, eseq=3))
    server.newest.say({"t": "event", "eseq": 4, "from": "c9", "data": {"hello": 1}})
    server.newest.say({"t": "lost", "from": 5, "to": 9})
    server.settle()
    assert diary.told == [("event", {"hello": 1}, "c9"), ("lost", 5, 9)]
    ended(server, watcher)


def test_a_cut_connection_is_resumed_from_where_it_was(server):
    watcher = watcher_of(server, hz=2)
    server.newest.say(snapshot(5, {"hex": "aaaaaa", "gs": 1.0}, covers=[-180, -90, 180, 90], filter="f1"))
    server.newest.say(update(5, 9, {"hex": "aaaaaa", "gs": 2.0}))
    server.settle()
    server.newest.drop()
    server.settle()
    assert (watcher.state, watcher.replica.aircraft["aaaaaa"]["gs"]) == ("waiting", 2.0)
    server.advance(1)
    assert len(server.connections) == 2
    assert server.newest.heard == [
        {
            "op": "resume", "id": 1, "events": False, "presence": "none", "hz": 2, "session": "s1", "epoch": "e1",
            "seq": 9, "eseq": 0, "covers": [-180, -90, 180, 90], "filter": "f1",
        }
    ]  # fmt: skip
    server.newest.say(update(9, 12, {"hex": "aaaaaa", "gs": 3.0}, recovered=True))
    server.settle()
    assert (watcher.replica.aircraft["aaaaaa"]["gs"], watcher.replica.recovered) == (3.0, True)
    ended(server, watcher)


def test_a_gap_is_resumed_on_the_same_connection_and_asked_for_once(server):
    watcher = watcher_of(server)
    server.newest.say(snapshot(5, {"hex": "aaaaaa", "gs": 1.0}))
    for seq in (8, 9, 10):
        server.newest.say(update(seq - 1, seq, {"hex": "aaaaaa", "gs": float(seq)}))
    server.settle()
    assert [said["op"] for said in server.newest.heard] == ["watch", "resume"]
    assert server.newest.heard[-1]["seq"] == 5
    server.newest.say(update(5, 10, {"hex": "aaaaaa", "gs": 10.0}))
    server.newest.say(update(10, 11, {"hex": "aaaaaa", "gs": 11.0}))
    server.settle()
    assert (len(server.connections), watcher.replica.position) == (1, 11)
    ended(server, watcher)


def test_a_resume_that_is_not_answered_ends_the_connection(server):
    watcher = watcher_of(server)
    server.newest.say(snapshot(5))
    server.newest.say(update(8, 9))
    server.advance(10)
    assert server.connections[0].end == 4004
    server.advance(1)
    assert server.newest.heard[0]["op"] == "resume"
    ended(server, watcher)


def test_what_makes_no_sense_is_answered_by_beginning_anew(server):
    for nonsense in (update(5, 6, {"hex": "bbbbbb", "gs": 1.0}), "{", "[]", {"t": "snapshot"}):
        watcher = watcher_of(server)
        server.newest.say(snapshot(5, {"hex": "aaaaaa"}))
        server.newest.say(nonsense)
        server.settle()
        server.advance(1)
        assert server.connections[-2].end == 4004
        assert server.newest.heard[0]["op"] == ("resume" if isinstance(nonsense, str) else "watch")
        ended(server, watcher)


def test_pauses_grow_at_random_up_to_their_bound_and_begin_anew_after_a_good_connection(server):
    drawn = iter([1.0, 0.5, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0])
    server.down = ConnectionRefusedError()
    diary = Diary()
    watcher = watcher_of(server, random=lambda: next(drawn), on_state=diary("state"))
    server.advance(40)
    gaps = [later - earlier for earlier, later in zip(server.attempts, server.attempts[1:], strict=False)]
    assert gaps[:6] == [1.0, 1.0, 4.0, 8.0, 8.0, 0.0]
    assert diary.only("state")[1] == ("waiting", "nothing answers at fake.example:8000 (connection refused)", 1.0)
    ended(server, watcher)

    server = FakeServer()
    watcher = watcher_of(server)
    for lived, pause in ((0.5, 1.0), (0.5, 2.0), (0.5, 4.0), (11.0, 1.0)):
        server.newest.say(snapshot(5))
        server.advance(lived)
        count = len(server.connections)
        server.newest.drop()
        server.advance(pause - 0.01)
        assert len(server.connections) == count
        server.advance(0.02)
        assert len(server.connections) == count + 1
    ended(server, watcher)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000, 4002, 4003, 4004, 4006, 4499])
def test_codes_that_pass_are_followed_by_another_attempt(server, code):
    watcher = watcher_of(server)
    server.newest.sendCloseFrame(code=code, isReply=False)
    server.settle()
    server.newest.transport.loseConnection()
    server.advance(1)
    assert len(server.connections) == 2
    ended(server, watcher)


@pytest.mark.parametrize(
    ("code", "reason", "kind", "words"),
    [
        (4504, "room_full", RoomCrowded, "The server refused: the room is full (4504 room_full)."),
        (4999, "", Refused, "The server refused: no reason that this version knows (4999)."),
    ],
)
def test_codes_that_do_not_pass_end_it_with_one_sentence(server, code, reason, kind, words):
    diary = Diary()
    watcher = watcher_of(server, on_state=diary("state"))
    waiting = watcher.when_ready()
    done = watcher.when_done()
    server.newest.close(code, reason)
    server.advance(60)
    assert len(server.connections) == 1
    assert diary.only("state")[-1] == ("refused", words, 0.0)
    for deferred in (waiting, done, watcher.when_ready(), watcher.when_done()):
        error = result(deferred)
        assert (type(error), str(error), error.close_code) == (kind, words, code)
    ended(server, watcher)


@pytest.mark.parametrize(("status", "again"), [(404, False), (403, False), (200, False), (503, True), (429, True)])
def test_an_answer_of_http_is_told_and_tried_again_only_where_it_may_pass(server, status, again):
    server.http_status = status
    watcher = watcher_of(server)
    server.advance(1)
    assert (len(server.connections) > 1) is again
    if not again:
        error = result(watcher.when_done())
        assert isinstance(error, Unreachable)
        assert f"answered {status} instead of opening a WebSocket" in str(error)
    ended(server, watcher)


def test_a_websocket_that_is_no_room_is_told(server):
    server.speaks = False
    watcher = watcher_of(server)
    server.advance(5)
    assert "does not speak flighttap.v1.json" in str(result(watcher.when_done()))
    assert len(server.connections) == 1
    ended(server, watcher)


@pytest.mark.parametrize("deaf", [True, False])
def test_a_server_that_never_greets_is_given_up_after_ten_seconds(server, deaf):
    server.deaf = deaf
    server.hello = None
    watcher = watcher_of(server)
    server.advance(9.9)
    assert len(server.attempts) == 1
    server.advance(1.2)
    assert len(server.attempts) == 2
    ended(server, watcher)


def test_silence_is_noticed_after_two_and_a_half_heartbeats_and_asked_about_before(server):
    watcher = watcher_of(server)
    server.newest.say(snapshot(5))
    server.settle()
    server.advance(30)
    assert {"op": "ping"} in server.newest.heard
    server.newest.say({"t": "heartbeat", "seq": 5, "eseq": 0, "now": 1030.0})
    server.advance(30)
    assert len(server.connections) == 1
    server.newest.freeze()
    server.advance(8)
    assert watcher.state == "waiting"
    server.advance(1)
    assert server.newest.heard[0]["op"] == "resume"
    ended(server, watcher)


def test_a_pause_of_this_process_is_not_held_against_the_server(server):
    watcher = watcher_of(server)
    server.newest.say(snapshot(5))
    server.settle()
    server.clock.advance(600)  # a laptop that slept: one late call, and not one byte read meanwhile
    server.advance(20)
    assert (watcher.state, len(server.connections)) == ("live", 1)
    ended(server, watcher)


def test_a_server_that_says_goodbye_and_stays_on_the_line_is_hung_up_on(server):
    watcher = watcher_of(server)
    server.newest.dropConnection = lambda abort=False: None
    server.newest.sendCloseFrame(code=1001, isReply=False)
    server.advance(1.9)
    assert watcher.state == "live"
    server.advance(0.2)
    assert watcher.state == "waiting"
    server.advance(1)
    assert len(server.connections) == 2
    ended(server, watcher)


def test_a_drain_is_followed_at_a_moment_of_its_own_and_without_a_pause(server):
    watcher = watcher_of(server, random=lambda: 0.25)
    server.newest.say(snapshot(5))
    server.newest.say({"t": "drain", "after_ms": 10000, "spread_ms": 60000})
    server.advance(24.9)
    assert len(server.connections) == 1
    server.advance(0.2)
    assert server.newest.heard[0]["op"] == "resume"
    ended(server, watcher)


def test_an_impatient_watcher_gives_up_when_the_first_attempt_fails_but_not_later(server):
    server.down = DNSLookupError()
    watcher = watcher_of(server, patient=False)
    assert str(result(watcher.when_ready())) == "There is no host named fake.example."
    ended(server, watcher)
    server.down = None
    watcher = watcher_of(server, patient=False)
    server.newest.drop()
    server.down = ConnectionRefusedError()
    server.advance(20)
    assert watcher.state == "waiting"
    ended(server, watcher)


def test_a_refused_wish_ends_it_and_a_rate_limit_only_delays_it(server):
    watcher = watcher_of(server)
    server.newest.say({"t": "error", "id": 1, "code": "rate_limited", "message": "Slowly.", "retry_ms": 500})
    server.advance(0.5)
    assert [said["op"] for said in server.newest.heard] == ["watch", "watch"]
    server.newest.say({"t": "error", "id": 1, "code": "not_available", "message": "No such wish."})
    server.advance(3)
    error = result(watcher.when_done())
    assert (type(error), str(error)) == (NotAvailable, "No such wish.")
    ended(server, watcher)


def test_a_callback_that_raises_is_logged_and_the_watcher_goes_on(server, logged_failures):
    def broken(key: str, record: dict[str, Any]) -> None:
        raise RuntimeError(key)

    watcher = watcher_of(server, on_change=broken)
    server.newest.say(snapshot(5, {"hex": "aaaaaa"}))
    server.newest.say(update(5, 6, {"hex": "aaaaaa", "gs": 1.0}))
    server.settle()
    assert watcher.replica.position == 6
    assert len(logged_failures.flush(RuntimeError)) == 2
    ended(server, watcher)


def test_following_changes_brings_each_flight_once_however_slow_the_loop(server):
    watcher = watcher_of(server)
    got: list[Changes] = []
    gates: list[Deferred[None]] = []

    async def follow() -> str:
        async for changes in watcher.changes():
            got.append(changes)
            gates.append(Deferred())
            await gates[-1]
        return "over"

    following = Deferred.fromCoroutine(follow())
    server.newest.say(snapshot(5, {"hex": "aaaaaa"}, {"hex": "bbbbbb"}))
    server.settle()
    assert got == [Changes({"aaaaaa", "bbbbbb"}, set())]
    for seq in range(6, 30):
        server.newest.say(update(seq - 1, seq, {"hex": "aaaaaa", "gs": float(seq)}))
    server.newest.say(update(29, 30, removed=["bbbbbb"]))
    server.settle()
    gates.pop().callback(None)
    assert got[1:] == [Changes({"aaaaaa"}, {"bbbbbb"})]
    gates.pop().callback(None)
    ended(server, watcher)
    assert result(following) == "over"


def test_a_stopped_watcher_says_so_to_all_who_wait(server):
    watcher = watcher_of(server)
    ready, done = watcher.when_ready(), watcher.when_done()
    ended(server, watcher)
    assert isinstance(result(ready), Disconnected)
    assert result(done) is None
    assert watcher.state == "stopped"


@pytest.mark.parametrize("moment", ["before", "dialling", "upgrading", "waiting", "twice"])
def test_it_can_be_stopped_at_any_moment(server, moment):
    server.deaf = moment == "dialling"
    server.hello = None if moment == "upgrading" else server.hello
    server.down = ConnectionRefusedError() if moment == "waiting" else None
    watcher = Watcher(server.url, reactor=server.clock, endpoint=server.endpoint)
    if moment != "before":
        watcher.start()
        server.settle()
    if moment == "twice":
        watcher.stop()
    ended(server, watcher)
    assert watcher.state == "stopped"


def test_it_can_be_started_again(server):
    watcher = watcher_of(server)
    server.newest.say(snapshot(5, {"hex": "aaaaaa"}))
    server.settle()
    ended(server, watcher)
    watcher.start()
    watcher.start()
    server.settle()
    assert len(server.connections) == 2
    assert server.newest.heard[0]["op"] == "resume"
    ended(server, watcher)


def test_the_servers_clock_goes_on_between_messages(server):
    watcher = watcher_of(server)
    server.newest.say(snapshot(5, {"hex": "aaaaaa", "seen": 2.0}))
    server.settle()
    server.advance(4)
    assert watcher.replica.age("aaaaaa", watcher.now()) == pytest.approx(6.0)
    ended(server, watcher)


def test_an_unknown_error_code_is_still_an_error(server):
    watcher = watcher_of(server)
    server.newest.say({"t": "error", "id": 1, "code": "bad_field"})
    server.settle()
    assert isinstance(result(watcher.when_done()), BadField)
    ended(server, watcher)
