"""Trails: what is worth a point, how a full one is thinned, and how they are packed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flighttap.aircraft.observation import Observation
from flighttap.rooms.policy import Limits
from flighttap.rooms.room import Room
from flighttap.rooms.trail import AFTER_GAP, HEAD, KEPT, MOST, NAME, NO_ALTITUDE, ON_GROUND, POINT, Trails

VECTORS = json.loads((Path(__file__).parent.parent / "data" / "trail_vectors.json").read_text())


class Nobody:
    receiver = None


def hear(room: Room, at: float, key: str = "4ca7b5", source: str = "adsb_icao", **values: Any) -> None:
    room.apply(Observation(key, at, source, values), at, Nobody())


@pytest.fixture
def room() -> Room:
    return Room("x", "e1", Limits(tombstones=2))


def points(trails: Trails, key: str = "4ca7b5") -> list[tuple[int, ...]]:
    return list(POINT.iter_unpack(trails.of[key].points))


def fly(room: Room, trails: Trails, seconds: range, key: str = "4ca7b5", **more: Any) -> None:
    """Straight north at 500 kt and 10,000 ft, unless told otherwise; callables are given the time."""
    for at in seconds:
        said = {"lat": 50 + at * 0.0023, "lon": 4.0, "alt_baro": 10000, "track": 0.0, **more}
        said = {name: value(at) if callable(value) else value for name, value in said.items()}
        hear(room, float(at), key, **{name: value for name, value in said.items() if value is not None})
        trails.follow(room)


def test_a_straight_flight_has_a_point_a_minute(room: Room) -> None:
    trails = Trails(0.0)
    fly(room, trails, range(0, 601, 4))
    assert [point[2] for point in points(trails)] == [10 * at for at in range(0, 601, 60)]
    assert {point[3:] for point in points(trails)} == {(400, 0)}


def test_turns_climbs_and_landing_are_worth_a_point(room: Room) -> None:
    trails = Trails(0.0)
    fly(room, trails, range(0, 20, 4))
    assert len(points(trails)) == 1
    fly(room, trails, range(20, 24, 4), track=4.0)
    fly(room, trails, range(24, 28, 4), track=356.0)
    assert len(points(trails)) == 1
    fly(room, trails, range(28, 32, 4), track=355.0)
    assert len(points(trails)) == 2
    fly(room, trails, range(32, 36, 4), track=355.0, alt_baro=10250)
    assert len(points(trails)) == 2
    fly(room, trails, range(36, 40, 4), track=355.0, alt_baro=10300)
    assert len(points(trails)) == 3
    fly(room, trails, range(40, 44, 4), track=355.0, alt_baro=10300, on_ground=True)
    assert points(trails)[-1][4] == ON_GROUND


def test_a_parked_aircraft_grows_no_trail(room: Room) -> None:
    trails = Trails(0.0)
    fly(room, trails, range(0, 2000, 4), lat=50.0, on_ground=True, track=lambda at: at % 360.0)
    assert len(points(trails)) == 1


def test_half_a_minute_without_a_position_is_a_gap_and_less_is_none(room: Room) -> None:
    trails = Trails(0.0)
    fly(room, trails, range(0, 8, 4))
    fly(room, trails, range(34, 38, 4))
    fly(room, trails, range(65, 69, 4))
    assert [(point[2], point[4]) for point in points(trails)] == [(0, 0), (650, AFTER_GAP)]


def test_without_an_altitude_or_a_track_there_is_still_a_trail(room: Room) -> None:
    trails = Trails(0.0)
    fly(room, trails, range(0, 33, 4), alt_baro=None, track=None)
    assert [point[2:4] for point in points(trails)] == [(10 * at, NO_ALTITUDE) for at in (0, 8, 16, 24, 32)]


def test_the_trail_goes_with_its_flight_even_where_the_room_has_forgotten_that_it_was_there(room: Room) -> None:
    trails = Trails(0.0)
    for number in range(9):
        hear(room, 0.0, f"00000{number}", lat=1.0, lon=2.0)
    hear(room, 0.0, "000009", squawk="7000")
    trails.follow(room)
    assert len(trails.of) == 9
    room.remove("000000", 1.0)
    trails.follow(room)
    assert "000000" not in trails.of
    for number in range(1, 8):
        room.remove(f"00000{number}", 1.0)
    assert room.floor > trails._cursor
    trails.follow(room)
    assert set(trails.of) == {"000008"}


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 50), st.floats(0, 359), st.integers(0, 40000)), min_size=60, max_size=150))
def test_a_trail_stays_small_in_order_and_within_the_hour_whatever_is_flown(steps) -> None:
    room, trails = Room("x", "e1", Limits()), Trails(0.0)
    at, newest = 0, 0
    for step, track, altitude in steps:
        at += step
        fly(room, trails, range(at, at + 1), track=track, alt_baro=altitude)
        there = points(trails)
        assert len(trails.of["4ca7b5"].points) <= MOST * POINT.size < 1000
        times = [point[2] for point in there]
        assert times == sorted(set(times))
        if times[-1] != newest:
            newest = times[-1]
            assert times[0] >= newest - KEPT * 10


def test_thinning_forgets_no_gap(room: Room) -> None:
    trails = Trails(0.0)
    fly(room, trails, range(0, 40, 4), track=lambda at: at * 2.0)
    fly(room, trails, range(100, 100 + 4 * MOST, 4), track=lambda at: at * 2.0 % 360)
    gaps = [point for point in points(trails) if point[4] & AFTER_GAP]
    assert len(gaps) == 1
    assert gaps[0][2] >= 1000
    assert [point for point in points(trails) if point[2] < 1000]


def test_packed_trails_say_whose_they_are(room: Room) -> None:
    trails = Trails(0.0)
    keys = ["4ca7b5", "~abc123", "id:Ünï", "flight:KLM1"]
    for key in keys:
        hear(room, 1.0, key, "member", lat=-1.5, lon=-179.9999999)
    trails.follow(room)
    data = trails.packed([*keys, "id:missing"], 1000.5)
    assert HEAD.unpack_from(data) == (1, 4, 1000.5)
    at, read = HEAD.size, []
    for _ in range(4):
        address, count, length = NAME.unpack_from(data, at)
        at += NAME.size
        name = data[at : at + length].decode()
        at += -(-length // 4) * 4
        read.append((address, name))
        assert [POINT.unpack_from(data, at + number * POINT.size) for number in range(count)] == [
            (-1799999999, -15000000, 10, NO_ALTITUDE, 0)
        ]
        at += count * POINT.size
    assert at == len(data)
    assert read == [(0x4CA7B5, ""), (0x1ABC123, ""), (0, "id:Ünï"), (0, "flight:KLM1")]


def test_packed_trails_are_the_bytes_that_the_page_reads() -> None:
    room, trails = Room("x", "e1", Limits()), Trails(VECTORS["began"])
    for at, key, source, values in VECTORS["heard"]:
        hear(room, at, key, source, **values)
        trails.follow(room)
    assert trails.packed(VECTORS["asked"], VECTORS["epoch"]).hex() == VECTORS["packed"]
