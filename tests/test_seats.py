"""Who sits in which lane: one that lags is served less often, and more often again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from twisted.internet.task import Clock

from flighttap.aircraft.observation import Observation
from flighttap.hub import Hub
from flighttap.rooms.feed import Feed
from flighttap.rooms.member import Wants
from flighttap.rooms.pace import PROBATION
from flighttap.rooms.policy import Limits
from flighttap.rooms.tiles import area_of
from flighttap.rooms.view import Scope
from flighttap.seats import RAISES
from flighttap.wire.binary_v1 import BinaryV1
from flighttap.wire.json_v1 import JsonV1
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
    return hub.add_feed(Spec("x"))


def watching(hub: Hub, session: str, hz: float = 5.0, encoding: str = JsonV1.subprotocol) -> FakePeer:
    peer = FakePeer(hub, "x", session)
    peer.replica.apply({"t": "hello", "session": session, "epoch": "e"})
    hub.seats.watch(peer.member, Wants(encoding, hub.seats.pace(peer.member, hz)))
    peer.read()
    return peer


def heard(feed: Feed, gs: float, key: str = "a00001") -> None:
    feed.observe([Observation(key, 0.0, "adsb_icao", {"gs": gs})])


def lag(peer: FakePeer, feed: Feed, clock: Clock, seconds: float = 5.0) -> None:
    """Fill its socket with an update, and drain it after a while."""
    peer.stalled = True
    while not peer.member.full:
        heard(feed, clock.seconds() % 100)
        clock.advance(0.25)
    clock.pump([0.25] * int(seconds * 4))
    peer.drain()


def rates(peer: FakePeer) -> list[tuple[float, str]]:
    return [(said["hz"], said["why"]) for said in peer.received() if said["t"] == "rate"]


def test_one_that_lags_again_is_told_and_served_less_often_and_raised_when_it_kept_up(
    hub: Hub, feed: Feed, clock: Clock
) -> None:
    peer = watching(hub, "1")
    lag(peer, feed, clock)
    assert rates(peer) == []
    lag(peer, feed, clock)
    assert rates(peer) == [(2, "lag")]
    lag(peer, feed, clock)
    assert rates(peer) == [(1, "lag")]
    for step in range(12):
        heard(feed, 200.0 + step)
        clock.advance(0.25)
    assert [said["t"] for said in peer.received()] == ["update"] * 3
    clock.pump([0.25] * int(8 * PROBATION))
    assert rates(peer) == [(2, "recovered"), (5, "recovered")]
    for step in range(8):
        heard(feed, 300.0 + step)
        clock.advance(0.125)
    assert len(peer.received()) > 3, "more than 2 Hz"


def test_what_it_is_sent_is_the_same_whatever_the_rate(hub: Hub, feed: Feed, clock: Clock) -> None:
    for encoding in (JsonV1.subprotocol, BinaryV1.subprotocol):
        peer = watching(hub, encoding, encoding=encoding)
        for _ in range(3):
            lag(peer, feed, clock)
            heard(feed, 400.0, "a00002")
        peer.read()
        assert peer.replica.hz == peer.member.wants.hz == 1
        clock.pump([0.25] * int(16 * PROBATION))
        heard(feed, 123.4, "a00002")
        clock.advance(1.0)
        peer.read()
        assert peer.replica.hz == peer.member.wants.hz == 5
        assert peer.replica.aircraft["a00002"]["gs"] == 123.4
        hub.leave(peer.member)


def test_joining_and_moving_the_map_is_not_held_against_a_slow_line(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1")
    wants = peer.member.wants
    assert wants is not None
    for _ in range(5):
        peer.stalled = True
        peer.member.cursor = None
        hub.seats.resume(peer.member, wants, None, None)
        assert peer.member.full
        clock.advance(5.0)
        peer.drain()
    assert rates(peer) == []
    assert peer.member.wants == wants


def test_the_same_wish_keeps_the_lowered_rate_and_another_begins_anew(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1")
    lag(peer, feed, clock)
    lag(peer, feed, clock)
    assert hub.seats.pace(peer.member, 5) == 2
    assert hub.seats.pace(peer.member, 10) == 10
    assert hub.seats.pace(peer.member, 5) == 5
    hub.seats.watch(peer.member, Wants(JsonV1.subprotocol, 5))
    peer.received()
    clock.pump([1.0] * 100)
    assert rates(peer) == []


def test_tutorial_watchers_keep_the_rate_that_they_asked_for(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = FakePeer(hub, "x", "1")
    hub.seats.watch(peer.member, Wants("", 5))
    for _ in range(4):
        lag(peer, feed, clock)
    assert peer.member.wants == Wants("", 5)
    assert all(set(said) == {"data"} for said in peer.received())


def test_so_many_are_raised_in_a_second_and_no_more(hub: Hub, feed: Feed, clock: Clock) -> None:
    peers = [watching(hub, str(number)) for number in range(RAISES + 5)]
    for _ in range(2):
        for peer in peers:
            peer.stalled = True
        heard(feed, clock.seconds())
        clock.pump([0.5] * 2)
        for peer in peers:
            peer.drain()

    def at(hz: float) -> int:
        wants: list[Any] = [peer.member.wants for peer in peers]
        return sum(each.hz == hz for each in wants)

    assert at(2) == len(peers)
    steps = []
    while at(5) < len(peers):
        clock.advance(1.0)
        steps.append(at(5))
    assert [each for each in steps if each] == [RAISES, RAISES + 5]


def test_one_that_left_is_raised_no_more(hub: Hub, feed: Feed, clock: Clock) -> None:
    peer = watching(hub, "1")
    lag(peer, feed, clock)
    lag(peer, feed, clock)
    hub.leave(peer.member)
    peer.received()
    clock.pump([1.0] * 100)
    assert peer.received() == []


def test_one_that_left_is_sent_nothing_while_others_with_its_box_stay(hub: Hub, feed: Feed, clock: Clock) -> None:
    for encoding in ("", JsonV1.subprotocol, BinaryV1.subprotocol):
        stays, goes = FakePeer(hub, "x", "1"), FakePeer(hub, "x", "2")
        for peer in (stays, goes):
            hub.seats.watch(peer.member, Wants(encoding, 5), Scope(area_of(3, 50, 7, 53)))
            peer.waiting.clear()
        hub.leave(goes.member)
        heard(feed, clock.seconds())
        clock.advance(1.0)
        assert (len(stays.waiting), len(goes.waiting)) == (1, 0)
        hub.leave(stays.member)
    assert not hub.rooms["x"].lanes
