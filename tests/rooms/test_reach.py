"""How far a receiver hears: directions, distances, and what does not count."""

from __future__ import annotations

from typing import Any

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.rooms.policy import Limits
from flighttap.rooms.reach import SECTORS, Reach, bearing
from flighttap.rooms.room import Room


class Nobody:
    receiver = None


def hear(room: Room, key: str, source: str = "adsb_icao", **values: Any) -> None:
    room.apply(Observation(key, 0.0, source, values), 0.0, Nobody())


@pytest.mark.parametrize(
    ("to", "degrees"),
    [((53.0, 4.0), 0), ((51.0, 4.0), 180), ((0.0, 5.0), 90), ((0.0, -5.0), 270), ((90.0, 100.0), 0)],
)
def test_bearings(to, degrees):
    start = (0.0, 0.0) if to[0] == 0 else (52.0, 4.0)
    assert bearing(*start, *to) == pytest.approx(degrees, abs=1e-6)


def test_the_farthest_position_of_each_direction_is_kept():
    room, reach = Room("x", "e1", Limits()), Reach((52.0, 4.0))
    hear(room, "000001", lat=53.0, lon=4.0, alt_baro=35000)
    hear(room, "000002", lat=52.5, lon=4.0)
    hear(room, "000003", lat=50.0, lon=4.0, alt_geom=100)
    reach.follow(room)
    assert reach.sectors[0] == (53.0, 4.0, 35000, 60.0)
    assert reach.sectors[SECTORS // 2] == (50.0, 4.0, 100, 120.1)
    assert sum(sector is not None for sector in reach.sectors) == 2
    hear(room, "000004", lat=54.0, lon=4.0)
    reach.follow(room)
    assert reach.sectors[0][:2] == (54.0, 4.0)
    room.remove("000004", 0.0)
    reach.follow(room)
    assert reach.sectors[0][:2] == (54.0, 4.0)


def test_just_left_of_north_is_north():
    room, reach = Room("x", "e1", Limits()), Reach((0.0, 0.0))
    hear(room, "000001", lat=1.0, lon=-0.04)
    reach.follow(room)
    assert reach.sectors[0] is not None


def test_what_members_say_does_not_count():
    room, reach = Room("x", "e1", Limits()), Reach((52.0, 4.0))
    hear(room, "000001", "member", lat=53.0, lon=4.0)
    reach.follow(room)
    assert reach.sectors == [None] * SECTORS
