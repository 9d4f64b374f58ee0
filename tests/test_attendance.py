"""Attendance on a clock: when it is told who is there, and to whom."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from flighttap.hub import Hub
from flighttap.rooms.member import Wants
from flighttap.rooms.policy import Limits
from flighttap.wire.json_v1 import JsonV1
from tests.rooms.peers import FakePeer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hub(clock: Clock) -> Iterator[Hub]:
    hub = Hub(clock, Limits(presence_list=3), iter("abcdefgh").__next__, lambda: 1000.0 + clock.seconds())
    hub.start()
    yield hub
    hub.stop()
    assert not clock.getDelayedCalls()


def here(hub: Hub, session: str, wish: str = "none") -> FakePeer:
    peer = FakePeer(hub, "x", session)
    hub.attendance.arrived(hub.rooms["x"], peer.member)
    hub.attendance.wanted(hub.rooms["x"], peer.member, wish)
    return peer


def test_the_first_change_is_told_at_the_end_of_the_turn_and_the_next_a_second_later(hub: Hub, clock: Clock) -> None:
    peer = here(hub, "1", "count")
    clock.advance(0)
    assert [said["count"] for said in peer.received()] == [1]
    here(hub, "2")
    here(hub, "3")
    clock.advance(0.9)
    assert peer.received() == []
    clock.advance(0.2)
    assert [said["count"] for said in peer.received()] == [3]


def test_all_who_want_the_same_are_written_the_very_same_bytes(hub: Hub, clock: Clock) -> None:
    peers = [here(hub, str(number), "list") for number in range(2)]
    clock.advance(2)
    seen: list[bytes] = []
    for peer in peers:
        peer.write = lambda data: seen.append(data) or True  # type: ignore[method-assign]
    hub.attendance.named(hub.rooms["x"], peers[0].member, "Ana")
    clock.advance(2)
    assert len(seen) == 2
    assert seen[0] is seen[1]


def test_one_that_lags_has_no_queue_and_is_told_everything_once_when_it_drains(hub: Hub, clock: Clock) -> None:
    slow, well = here(hub, "1", "list"), here(hub, "2", "list")
    hub.seats.watch(slow.member, Wants(JsonV1.subprotocol, 5.0))
    clock.advance(2)
    slow.received()
    hub.filled(slow.member)
    for name in ("Ana", "Eva", "Ida"):
        hub.attendance.named(hub.rooms["x"], well.member, name)
        clock.advance(1)
    assert slow.received() == []
    slow.drain()
    clock.advance(2)
    told = [said for said in slow.received() if said["t"] == "presence"]
    assert [said["members"] for said in told] == [[{"id": "c1"}, {"id": "c2", "name": "Ida"}]]
    hub.filled(slow.member)
    slow.drain()
    clock.advance(2)
    assert [said for said in slow.received() if said["t"] == "presence"] == []


def test_a_wish_of_one_that_lags_is_met_when_it_drains(hub: Hub, clock: Clock) -> None:
    peer = here(hub, "1")
    hub.filled(peer.member)
    hub.attendance.wanted(hub.rooms["x"], peer.member, "list")
    clock.advance(2)
    assert peer.received() == []
    peer.drain()
    assert [said["members"] for said in peer.received()] == [[{"id": "c1"}]]


def test_one_that_left_is_told_nothing_and_is_missed_five_seconds_later(hub: Hub, clock: Clock) -> None:
    gone, stays = here(hub, "1", "list"), here(hub, "2", "list")
    clock.advance(2)
    hub.leave(gone.member)
    gone.received(), stays.received()
    clock.pump([1.0] * 4)
    assert stays.received() == []
    clock.pump([1.0] * 3)
    assert [(said["count"], said["left"]) for said in stays.received()] == [(1, ["c1"])]
    assert gone.received() == []


def test_who_took_part_as_somebody_new_and_turns_out_to_be_known_counts_once(hub: Hub, clock: Clock) -> None:
    room_of = here(hub, "1", "list")
    room = hub.rooms["x"]
    clock.advance(2)
    again = here(hub, "2")
    clock.advance(2)
    hub.attendance.resumed(room, again.member, "1")
    assert (again.member.session, again.member.id, room.presence.count) == ("1", "c1", 1)
    hub.attendance.resumed(room, again.member, "1")
    hub.leave(again.member)
    clock.pump([1.0] * 9)
    room_of.read()
    assert (room.presence.count, room_of.replica.members) == (1, {"c1": None})
