"""A publisher's flights arrive in order, each is answered, and none is lost without a word."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.error import ConnectionRefusedError

from flighttap.client import Ack, Backoff, Disconnected, Publisher, QueueFull, Unreachable
from flighttap.errors import BadField, BadJson, Forbidden, RoomCrowded, TooBig, WireError
from flighttap.testing import FakeServer
from tests.client.common import result


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


def publisher_of(server: FakeServer, **options: Any) -> Publisher:
    options = {"random": lambda: 1.0, "backoff": Backoff(1.0, 8.0), **options}
    publisher = Publisher(server.url, reactor=server.clock, endpoint=server.endpoint, **options)
    publisher.start()
    server.settle()
    return publisher


def ended(server: FakeServer, publisher: Publisher) -> None:
    stopped = publisher.stop()
    server.advance(3)
    assert stopped.called
    assert server.clock.getDelayedCalls() == []


def flight(number: int, **more: Any) -> dict[str, Any]:
    return {"id": number, **more}


def ids(server: FakeServer) -> list[list[int]]:
    """What the newest connection was sent: the ids of each message's flights."""
    return [[each["id"] for each in said["aircraft"]] for said in server.newest.heard if said["op"] == "publish"]


def answer(server: FakeServer, kind: str = "ok", **more: Any) -> None:
    """Answer the last message."""
    server.newest.say({"t": kind, "id": server.newest.heard[-1]["id"], **more})
    server.settle()


def test_a_turns_flights_are_one_message_and_the_next_waits_for_its_answer(server):
    publisher = publisher_of(server)
    first = [publisher.send(flight(number)) for number in (1, 2)]
    assert server.newest.heard == []
    server.settle()
    assert server.newest.heard == [{"op": "publish", "id": 1, "aircraft": [{"id": 1}, {"id": 2}]}]
    later = [publisher.send(flight(number)) for number in (3, 4)]
    server.settle()
    assert ids(server) == [[1, 2]]
    assert publisher.waiting == 4
    idle = publisher.when_idle()
    answer(server, shadowed=["lat"])
    assert [result(each) for each in first] == [Ack(("lat",))] * 2
    assert ids(server) == [[1, 2], [3, 4]]
    assert not idle.called
    answer(server)
    assert [result(each) for each in later] == [Ack()] * 2
    assert idle.called
    assert publisher.when_idle().called
    ended(server, publisher)


def test_what_is_sent_is_what_it_was_at_the_call(server):
    publisher = publisher_of(server)
    said = flight(1, note="é\u2028", alt=1)
    publisher.send(said)
    said["alt"] = 2
    server.settle()
    assert server.newest.heard[0]["aircraft"] == [{"id": 1, "note": "é\u2028", "alt": 1}]
    answer(server)
    ended(server, publisher)


def test_events_and_removals_keep_their_place_in_the_order(server):
    publisher = publisher_of(server)
    publisher.send(flight(1))
    publisher.event({"hello": [1]})
    publisher.remove("flight:ab1")
    publisher.send(flight(2))
    for _ in range(4):
        server.settle()
        answer(server)
    assert server.newest.heard == [
        {"op": "publish", "id": 1, "aircraft": [{"id": 1}]},
        {"op": "publish", "id": 2, "event": {"hello": [1]}},
        {"op": "remove", "id": 3, "key": "flight:AB1"},
        {"op": "publish", "id": 4, "aircraft": [{"id": 2}]},
    ]
    ended(server, publisher)


def test_messages_stay_below_what_the_server_takes(server):
    server.hello = {**(server.hello or {}), "max_message": 1000}
    publisher = publisher_of(server)
    sent = [publisher.send(flight(number, note="x" * 300)) for number in range(5)]
    for _ in range(3):
        server.settle()
        answer(server)
    assert ids(server) == [[0, 1], [2, 3], [4]]
    assert [result(each) for each in sent] == [Ack()] * 5
    assert isinstance(result(publisher.send(flight(9, note="x" * 1000))), TooBig)
    ended(server, publisher)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"alt": 1}, BadField),
        ({"hex": "xyz"}, BadField),
        ({"id": 1, "lat": float("nan")}, BadJson),
        ({"id": 1, "when": object()}, BadJson),
        ({"id": 1, "text": "\ud800"}, BadJson),
    ],
)
def test_what_cannot_be_right_fails_before_it_is_sent(server, said, kind):
    publisher = publisher_of(server)
    assert isinstance(result(publisher.send(said)), kind)
    server.settle()
    assert server.newest.heard == []
    ended(server, publisher)


def test_one_bad_flight_among_many_is_found_and_the_others_are_taken_in_order(server):
    publisher = publisher_of(server)
    sent = [publisher.send(flight(number)) for number in range(9)]
    server.settle()
    taken: list[int] = []
    while publisher.waiting:
        batch = ids(server)[-1]
        if 5 in batch:
            answer(server, "error", code="bad_field", message="lat must be from -90 to 90 deg.")
        else:
            taken += batch
            answer(server)
    assert taken == [0, 1, 2, 3, 4, 6, 7, 8]
    results = [result(each) for each in sent]
    assert isinstance(results.pop(5), BadField)
    assert results == [Ack()] * 8
    assert len(ids(server)) <= 9
    ended(server, publisher)


def test_what_is_wrong_with_all_is_not_looked_for_in_each(server):
    publisher = publisher_of(server)
    sent = [publisher.send(flight(number)) for number in range(3)]
    server.settle()
    answer(server, "error", code="forbidden", message="Not from here.")
    assert [type(result(each)) for each in sent] == [Forbidden] * 3
    assert ids(server) == [[0, 1, 2]]
    ended(server, publisher)


def test_an_error_without_an_id_is_the_answer_to_what_was_sent(server):
    publisher = publisher_of(server)
    sent = publisher.send(flight(1))
    server.settle()
    server.newest.say({"t": "error", "code": "strange", "message": "What?"})
    server.settle()
    error = result(sent)
    assert (type(error), error.code, str(error)) == (WireError, "strange", "What?")
    ended(server, publisher)


def test_a_rate_limit_is_waited_for_and_the_next_messages_are_smaller(server):
    publisher = publisher_of(server)
    sent = [publisher.send(flight(number)) for number in range(4)]
    server.settle()
    answer(server, "error", code="rate_limited", message="Slowly.", retry_ms=800)
    late = publisher.send(flight(4))
    server.advance(0.7)
    assert ids(server) == [[0, 1, 2, 3]]
    server.advance(0.2)
    while publisher.waiting:
        answer(server)
    assert ids(server) == [[0, 1, 2, 3], [0, 1], [2, 3, 4]]
    assert [result(each) for each in (*sent, late)] == [Ack()] * 5
    ended(server, publisher)


def test_what_waits_while_there_is_no_server_is_sent_later_and_what_is_too_much_is_refused(server):
    server.down = ConnectionRefusedError()
    publisher = publisher_of(server, limit=3)
    sent = [publisher.send(flight(number)) for number in range(3)]
    refused = result(publisher.send(flight(3)))
    assert isinstance(refused, QueueFull)
    assert str(refused) == "3 flights wait for fake.example:8000 already; this one is not taken."
    server.down = None
    server.advance(1)
    assert ids(server) == [[0, 1, 2]]
    answer(server)
    assert [result(each) for each in sent] == [Ack()] * 3
    ended(server, publisher)


def test_a_cut_before_the_answer_sends_it_again_first(server):
    publisher = publisher_of(server)
    sent = [publisher.send(flight(1))]
    server.settle()
    sent.append(publisher.send(flight(2)))
    server.newest.drop()
    server.advance(1)
    assert ids(server) == [[1, 2]]
    answer(server)
    assert [result(each) for each in sent] == [Ack()] * 2
    ended(server, publisher)


def test_a_publish_that_is_never_answered_ends_the_connection(server):
    publisher = publisher_of(server)
    publisher.send(flight(1)).addErrback(lambda _: None)
    for _ in range(2):
        server.advance(10)
        server.newest.say({"t": "pong", "now": 1.0})
    server.advance(11)
    assert server.connections[0].end == 4004
    assert ids(server) == [[1]]
    ended(server, publisher)


def test_stopping_fails_what_has_no_answer(server):
    publisher = publisher_of(server)
    sent = [publisher.send(flight(1))]
    server.settle()
    sent.append(publisher.send(flight(2)))
    idle = publisher.when_idle()
    ended(server, publisher)
    assert [type(result(each)) for each in sent] == [Disconnected] * 2
    assert idle.called


def test_a_refusal_fails_everything_now_and_later(server):
    publisher = publisher_of(server)
    sent = publisher.send(flight(1))
    server.newest.close(4504, "room_full")
    server.settle()
    assert isinstance(result(sent), RoomCrowded)
    assert isinstance(result(publisher.send(flight(2))), RoomCrowded)
    ended(server, publisher)


def test_an_impatient_publisher_fails_when_nothing_answers(server):
    server.down = ConnectionRefusedError()
    publisher = publisher_of(server, patient=False)
    assert isinstance(result(publisher.send(flight(1))), Unreachable)
    ended(server, publisher)


def test_a_cancelled_send_is_not_missed(server):
    publisher = publisher_of(server)
    first, second = publisher.send(flight(1)), publisher.send(flight(2))
    first.addErrback(lambda _: None)
    first.cancel()
    server.settle()
    answer(server)
    assert result(second) == Ack()
    ended(server, publisher)


def test_a_callback_that_raises_is_logged(server, logged_failures):
    publisher = publisher_of(server, on_state=lambda *said: 1 / 0)
    assert logged_failures.flush(ZeroDivisionError)
    ended(server, publisher)
    logged_failures.flush(ZeroDivisionError)
