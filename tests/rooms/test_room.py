"""The table itself: stamps, tombstones, expiry, limits."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.errors import RoomFull
from flighttap.rooms.events import EventRing
from flighttap.rooms.policy import Limits
from flighttap.rooms.room import RECENT, Room
from tests.rooms.peers import Spec

FEED = Spec("x")


def made(**limits: Any) -> Room:
    return Room("x", "e1", Limits(**limits))


def hear(room: Room, key: str, now: float = 0.0, **values: Any) -> None:
    room.apply(Observation(key, now, "adsb_icao", values), now, FEED)


def test_each_change_raises_seq_by_one_and_makes_the_record_the_last_to_change() -> None:
    room = made()
    hear(room, "a00001", gs=1.0)
    hear(room, "a00002", gs=1.0)
    hear(room, "a00001", gs=1.0)
    assert room.seq == 2
    hear(room, "a00001", gs=2.0)
    assert room.seq == 3
    assert [aircraft.key for aircraft in room.by_change()] == ["a00002", "a00001"]


def test_since_gives_full_records_for_new_ones_and_fields_for_the_rest() -> None:
    room = made()
    hear(room, "a00001", gs=1.0)
    hear(room, "a00002", gs=1.0)
    hear(room, "a00001", gs=2.0)
    room.remove("a00002", 0.0)
    hear(room, "a00003", gs=1.0)
    changes = room.since(2)
    assert changes is not None
    assert (changes.base, changes.seq, changes.removed) == (2, 5, ["a00002"])
    assert [aircraft.key for aircraft in changes.full] == ["a00003"]
    assert [aircraft.key for aircraft in changes.changed] == ["a00001"]
    assert not room.since(5)
    assert room.since(6) is None


def test_who_is_further_behind_than_the_log_reaches_is_told_the_same() -> None:
    room = made()
    chance = Random(7)
    for round_ in range(3000):
        key = f"a000{chance.randrange(40):02d}"
        if chance.random() < 0.003:
            room.remove(key, 0.0)
        else:
            hear(room, key, gs=float(round_))
    seqs = range(2000, room.seq + 1)
    before = [room.since(seq) for seq in seqs]
    room.second_passed(1.0)
    assert seqs[0] < room._older < seqs[-1], "the log was cut, and some of the readers are behind it"
    assert room.seq - room._older == len(room._recent) == RECENT * len(room.aircraft)
    assert any(changes and changes.full and changes.changed for changes in before)
    assert [room.since(seq) for seq in seqs] == before


def test_the_log_of_an_empty_room_holds_no_record() -> None:
    room = made()
    for number in range(100):
        hear(room, f"a000{number:02d}")
    for number in range(100):
        room.remove(f"a000{number:02d}", 0.0)
    room.second_passed(1.0)
    assert room._recent == []
    changes = room.since(150)
    assert changes is not None
    assert len(changes.removed) == 50


def test_a_flight_made_again_is_new_to_everybody() -> None:
    room = made()
    hear(room, "a00001", gs=1.0)
    room.remove("a00001", 0.0)
    hear(room, "a00001", gs=3.0)
    changes = room.since(1)
    assert changes is not None
    assert changes.removed == []
    assert [aircraft.key for aircraft in changes.full] == ["a00001"]


def test_below_the_floor_nothing_can_be_told() -> None:
    room = made(tombstones=2)
    for number in range(4):
        hear(room, f"a0000{number}")
        room.remove(f"a0000{number}", 0.0)
    assert room.floor == 4
    assert room.since(3) is None
    changes = room.since(4)
    assert changes is not None
    assert len(changes.removed) == 2


def test_tombstones_grow_old() -> None:
    room = made(tombstone_age=10.0)
    hear(room, "a00001")
    room.remove("a00001", 0.0)
    room.expire(10.0)
    assert room.floor == 0
    room.expire(10.1)
    assert room.floor == 2


def test_what_is_not_heard_is_cleared_and_then_forgotten() -> None:
    room = made()
    hear(room, "a00001", lat=1.0, lon=1.0, callsign="KLM1")
    assert not room.expire(59.0)
    assert room.expire(60.0)
    changes = room.since(1)
    assert changes is not None
    (aircraft,) = changes.changed
    assert {name: cell.value for name, cell in aircraft.cells.items() if cell.seq > 1} == {"lat": None, "lon": None}
    assert not room.expire(299.0)
    assert room.expire(300.0)
    assert not room.aircraft


def test_what_is_heard_again_lives_on() -> None:
    room = made()
    hear(room, "a00001", gs=1.0)
    for now in range(1, 400):
        hear(room, "a00001", float(now), gs=1.0)
        room.expire(float(now))
    assert room.aircraft["a00001"].value("gs") == 1.0
    assert len(room._expiries) == 1


def test_a_full_room_turns_new_flights_away_and_keeps_the_old() -> None:
    room = made(aircraft=1)
    hear(room, "a00001", gs=1.0)
    with pytest.raises(RoomFull):
        hear(room, "a00002")
    hear(room, "a00001", gs=2.0)
    assert (room.seq, room.turned_away) == (2, 1)


def test_the_ring_of_events_is_bounded_in_number_and_age() -> None:
    ring = EventRing(3, 10.0)
    for number in range(5):
        ring.append("c1", b"%d" % number, float(number))
    assert ring.since(5) == (None, [])
    lost, events = ring.since(1)
    assert lost == (2, 2)
    assert [event.eseq for event in events] == [3, 4, 5]
    ring.expire(13.5)
    assert ring.since(0)[0] == (1, 4)
    ring.expire(99.0)
    assert ring.since(4) == ((5, 5), [])


def test_a_room_forgets_events_by_its_limits() -> None:
    room = made(events=2, event_age=10.0)
    for number in range(3):
        room.events.append(None, b"{}", float(number))
    assert room.events.since(0)[0] == (1, 1)
    room.expire(12.5)
    assert room.events.since(0) == ((1, 3), [])
