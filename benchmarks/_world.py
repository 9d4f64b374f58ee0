"""Where the aircraft of a benchmark are, and what its watchers look at."""

from __future__ import annotations

import random
from collections.abc import Sequence
from math import cos, radians, sin
from typing import Any, NamedTuple

import msgspec

from flighttap.rooms.tiles import area_of

__all__ = ["World", "cities", "one_room", "views", "written"]

CITIES = 300
SPREAD = 2.0
"""Degrees of latitude by which two thirds of the aircraft are no farther from their city."""
VIEWPORT = (1.4, 0.6)
"""Width and height of a viewport in degrees: about 100 by 70 km."""
ASIDE = 0.3
"""Degrees by which a viewport's middle may be off its city."""


class World(NamedTuple):
    """What is fed and who watches.

    :param aircraft: latitude and longitude in degrees, knots to the north and to the east.
    :param watches: what each watcher says first.
    """

    aircraft: Sequence[tuple[float, float, int, int]]
    watches: Sequence[dict[str, Any]]


def cities(aircraft: int, watchers: int, hz: float) -> World:
    """Aircraft around so many cities, few of which are large, and watchers with a viewport each over them."""
    chance = random.Random(1090)
    places = [(chance.uniform(-40, 60), chance.uniform(-165, 165)) for _ in range(CITIES)]
    weights = [1 / (rank + 5) for rank in range(CITIES)]
    around = [_aircraft(chance, *place) for place in chance.choices(places, weights, k=aircraft)]
    watches = []
    for lat, lon in chance.choices(places, weights, k=watchers):
        south = lat - VIEWPORT[1] / 2 + chance.uniform(-ASIDE, ASIDE)
        west = lon - VIEWPORT[0] / 2 + chance.uniform(-ASIDE, ASIDE)
        box = [round(edge, 4) for edge in (west, south, west + VIEWPORT[0], south + VIEWPORT[1])]
        watches.append({"op": "watch", "hz": hz, "bbox": box})
    return World(around, watches)


def one_room(aircraft: int, watchers: int, hz: float) -> World:
    """Aircraft over one country, and watchers that see them all."""
    chance = random.Random(1090)
    around = [_aircraft(chance, 50.0, 8.0) for _ in range(aircraft)]
    return World(around, [{"op": "watch", "hz": hz}] * watchers)


def views(world: World) -> int:
    """How many different sets of tiles the viewports are."""
    return len({area_of(*watch["bbox"]).tiles if "bbox" in watch else None for watch in world.watches})


def written(world: World) -> tuple[str, bytes]:
    """The same as the load generator reads it: aircraft and watches, a line each."""
    aircraft = "".join(f"{lat:.5f} {lon:.5f} {north} {east}\n" for lat, lon, north, east in world.aircraft)
    return aircraft, b"".join(msgspec.json.encode(watch) + b"\n" for watch in world.watches)


def _aircraft(chance: random.Random, lat: float, lon: float) -> tuple[float, float, int, int]:
    track, speed = radians(chance.uniform(0, 360)), chance.uniform(180, 480)
    there = lat + chance.gauss(0, SPREAD)
    return (
        there,
        lon + chance.gauss(0, SPREAD) / cos(radians(lat)),
        round(speed * cos(track)),
        round(speed * sin(track)),
    )
