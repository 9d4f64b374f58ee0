"""When the hub flushes what: the beat of lanes, alone and beside others, on a clock that can be late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import cycle, pairwise

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.hub import Hub, deliver_all
from flighttap.rooms.feed import Feed
from flighttap.rooms.member import Delivery, Wants
from flighttap.rooms.policy import Limits
from flighttap.rooms.room import Reader
from flighttap.rooms.timetable import LATE
from flighttap.wire.json_v1 import JsonV1
from flighttap.wire.messages import read_flight
from tests.rooms.peers import FakePeer, Spec


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Iterator[Hub]:
    hub = Hub(clock, Limits(), lambda: "e", clock.seconds)
    hub.start()
    yield hub
    hub.stop()
    assert not clock.getDelayedCalls()


@pytest.fixture
def feed(hub: Hub) -> Feed:
    return hub.add_feed(Spec("x", "y"))


def watching(hub: Hub, session: str, hz: float, room: str = "x", encoding: str = JsonV1.subprotocol) -> FakePeer:
    peer = FakePeer(hub, room, session)
    hub.seats.watch(peer.member, Wants(encoding, hz))
    peer.waiting.clear()
    return peer


SPEEDS = cycle(range(900))


def heard(feed: Feed) -> None:
    """Something new of the one flight."""
    feed.observe([Observation("a00001", 0.0, "adsb_icao", {"gs": next(SPEEDS)})])


@pytest.mark.parametrize("encoding", [JsonV1.subprotocol, ""])
def test_a_timer_that_is_always_a_little_late_takes_nothing_off_the_rate(
    hub: Hub, feed: Feed, clock: Clock, encoding: str
) -> None:
    peer = watching(hub, "1", 20, encoding=encoding)
    heard(feed)
    for _ in range(2500):
        clock.advance(LATE * 0.8)
        heard(feed)
    assert clock.seconds() == pytest.approx(10)
    assert 199 <= len(peer.waiting) <= 202


def test_nothing_is_made_up_for_after_a_pause(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1", 10)
    heard(feed)
    clock.advance(0)
    heard(feed)
    clock.advance(3.0)
    assert len(peer.received()) == 2
    for _ in range(5):
        heard(feed)
        clock.advance(0.01)
    assert peer.received() == []
    clock.advance(0.06)
    assert len(peer.received()) == 1


def test_lanes_that_had_to_wait_for_each_other_part_and_keep_their_rate(hub: Hub, feed: Feed, clock: Clock) -> None:
    flushed: dict[str, list[float]] = {"x": [], "y": []}
    cost = 0.0

    def slowly(deliveries: Iterable[Delivery]) -> None:
        told = list(deliveries)
        deliver_all(told)
        for (member,), _ in told:
            flushed[member.room].append(clock.seconds())
            clock.rightNow += cost

    hub.broadcast = slowly
    for room in flushed:
        watching(hub, room, 5, room)
    together: list[int] = []
    take = hub.turns._timetable.take

    def counted(now: float) -> list[Reader]:
        lanes = take(now)
        together.append(len(lanes))
        return lanes

    hub.turns._timetable.take = counted  # type: ignore[method-assign]
    for cost, most in ((0.0, 2), (0.02, 1)):  # noqa: B007 - read by slowly
        for _ in range(400):
            heard(feed)
            clock.advance(0.004)
        assert max(together[-10:]) == most, "the reactor reads in between"
    for times in flushed.values():
        gaps = [later - before for before, later in pairwise(times)]
        assert min(gaps) >= 0.2 - LATE - 1e-9
        assert max(gaps) <= 0.25


def test_where_nothing_is_new_nothing_is_timed(hub: Hub, feed: Feed, clock: Clock) -> None:
    peers = [watching(hub, str(hz), hz, encoding=encoding) for hz in (20, 0.2) for encoding in (JsonV1.subprotocol, "")]
    heard(feed)
    clock.advance(0)
    heard(feed)
    clock.advance(6.0)
    assert all(peer.waiting for peer in peers)
    (tick,) = clock.getDelayedCalls()
    assert tick.getTime() > clock.seconds()


def test_a_lane_is_noted_once_however_often_something_happens(hub: Hub, feed: Feed, clock: Clock) -> None:
    slow = watching(hub, "1", 0.2)
    heard(feed)
    clock.advance(0)
    heard(feed)
    for number in range(50):
        hub.publish("x", [read_flight(b'{"say":%d}' % number, Limits())], None)
        clock.advance(0.01)
    assert len(slow.received()) == 51
    assert len(hub.turns._timetable._order) == 1
    clock.advance(5.0)
    assert [said["t"] for said in slow.received()] == ["update"]


def test_a_flush_asks_no_lane_that_is_not_due(
    hub: Hub, feed: Feed, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy room must not pay for the slow lanes of all others."""
    watching(hub, "1", 0.2, "y")
    heard(feed)
    clock.advance(0)
    heard(feed)
    (lane,) = hub.rooms["y"].lanes.values()
    asked: list[object] = []
    due = type(lane).due
    monkeypatch.setattr(type(lane), "due", lambda self: asked.append(self) or due(self))
    watching(hub, "2", 20, "x")
    for number in range(10):
        hub.publish("x", [read_flight(b'{"say":%d}' % number, Limits())], None)
        clock.advance(0)
    assert len(asked) > 10
    assert lane not in asked


def test_a_turn_that_took_long_leaves_the_rest_to_the_next_and_no_room_waits_for_the_many_lanes_of_another(
    hub: Hub, feed: Feed, clock: Clock
) -> None:
    """A noisy room with a lane for each set of fields takes turns with a quiet one."""
    flushed: list[str] = []
    turns: list[int] = []

    def slowly(deliveries: Iterable[Delivery]) -> None:
        for (member,), parts in list(deliveries):
            member.deliver(parts)
            flushed.append(member.room)
            clock.rightNow += 0.03  # a flush takes longer than a turn may

    take = hub.turns._timetable.take

    def counted(now: float) -> list[Reader]:
        turns.append(len(flushed))
        return take(now)

    for name in ("lat", "lon", "track", "squawk", "category"):
        peer = FakePeer(hub, "x", name)
        hub.seats.watch(peer.member, Wants(JsonV1.subprotocol, 20, fields=frozenset({"gs", name})))
    watching(hub, "quiet", 20, "y")
    clock.advance(1.0)
    hub.turns._timetable.take = counted  # type: ignore[method-assign]
    hub.broadcast = slowly
    heard(feed)
    clock.advance(0)
    assert flushed == ["x", "x", "y", "x", "x", "x"], "the second turn is for one lane of each room first"
    assert turns == [*range(6)], "one lane a turn"
    assert not hub.turns._timetable.soon()
