"""How far a receiver hears: the farthest position in each direction from it.

It follows the room by a cursor of its own and counts what receivers heard, not what members say, from the position of
the receiver as it is shown: a rounded one gives a rounded outline.
"""

from __future__ import annotations

from math import atan2, cos, degrees, radians, sin
from typing import TYPE_CHECKING, NamedTuple

from flighttap.aircraft.observation import MEMBER_RANK
from flighttap.aircraft.plausible import distance
from flighttap.aircraft.state import Aircraft

if TYPE_CHECKING:
    from flighttap.rooms.room import Room

__all__ = ["SECTORS", "Farthest", "Reach", "bearing"]

SECTORS = 72
"""Directions of five degrees each, the first centred on true north."""
METRES = 1852.0


class Farthest(NamedTuple):
    """The farthest position in one direction: degrees, ft (``None``: not known) and nautical miles."""

    lat: float
    lon: float
    altitude: int | None
    miles: float


def bearing(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """The true bearing at which a great circle leaves one place for another, degrees from 0 to 360."""
    here, there, east = radians(lat), radians(to_lat), radians(to_lon - lon)
    y = sin(east) * cos(there)
    x = cos(here) * sin(there) - sin(here) * cos(there) * cos(east)
    return degrees(atan2(y, x)) % 360


class Reach:
    """The outline of one receiver's range since the server started.

    :param receiver: latitude and longitude, degrees, as shown.
    :ivar sectors: the farthest position for each of :data:`SECTORS` directions, ``None`` where nothing was heard.
    """

    def __init__(self, receiver: tuple[float, float]) -> None:
        self.receiver = receiver
        self.sectors: list[Farthest | None] = [None] * SECTORS
        self._cursor = 0

    def follow(self, room: Room) -> None:
        """Look at what changed in the room since the last time."""
        changes = room.since(self._cursor)
        self._cursor = room.seq
        for aircraft in room.aircraft.values() if changes is None else [*changes.full, *changes.changed]:
            self._note(aircraft)

    def _note(self, aircraft: Aircraft) -> None:
        cell = aircraft.cells.get("lat")
        if cell is None or cell.value is None or cell.rank >= MEMBER_RANK:
            return
        lat, lon = cell.value, aircraft.value("lon")
        if lon is None:
            return
        miles = distance(*self.receiver, lat, lon) / METRES
        sector = round(bearing(*self.receiver, lat, lon) * SECTORS / 360) % SECTORS
        before = self.sectors[sector]
        if before is None or miles > before.miles:
            altitude = aircraft.value("alt_baro")
            if altitude is None:
                altitude = aircraft.value("alt_geom")
            self.sectors[sector] = Farthest(lat, lon, altitude, round(miles, 1))
