"""Where each aircraft of a room has been: a bounded trail, so that a page that is opened anew has the past too.

The trails follow the room by a cursor of their own, every few seconds. A point is kept where the path says something:
a turn, a climb, a gap, or time gone by. A full trail is thinned where it is old.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil
from struct import Struct
from typing import TYPE_CHECKING

from flighttap.aircraft.identity import NO_ADDRESS, address_of
from flighttap.aircraft.state import Aircraft

if TYPE_CHECKING:
    from flighttap.rooms.room import Room

__all__ = ["EVERY", "HEAD", "KEPT", "MOST", "NAME", "POINT", "Trails"]

EVERY = 4.0
"""Seconds from one look at the room to the next."""
KEPT = 3600.0
"""Seconds after which a point is dropped."""
MOST = 56
"""Points of one aircraft: 896 bytes."""
GAP = 30.0
"""Seconds without a position after which the leg to the next is marked as not received."""

TURN = 5.0
CLIMB = 300
STRAIGHT = 60.0
UNKNOWN_TRACK = 8.0
"""Degrees, feet and seconds that are worth a point; seconds where the track is not known."""

HEAD = Struct("<IId")
"""Version, count of trails, Unix time of time nought."""
NAME = Struct("<IHH")
"""Address (bit 24: not an ICAO address), count of points, and how many bytes of the key follow, filled up to fours:
none where the address is the key."""
POINT = Struct("<iiihBx")
"""Lon and lat (1e-7 deg), time (0.1 s), altitude (25 ft), flags."""
VERSION = 1
ON_GROUND = 1
AFTER_GAP = 2
NO_ALTITUDE = -32768


class Trail:
    """The points of one aircraft, packed, oldest first."""

    __slots__ = ("_altitude", "_at", "_began", "_ground", "_kept_at", "_place", "_track", "points")

    def __init__(self, began: float) -> None:
        self.points = bytearray()
        self._began = began
        self._at = self._kept_at = float("-inf")
        self._altitude: int | None = None
        self._track: float | None = None
        self._ground = False
        self._place: tuple[int, int] | None = None

    def note(self, aircraft: Aircraft) -> None:
        """Take the aircraft's present position in, if it says something new."""
        lat_cell, lon_cell, baro, geom, _, track_cell, _, _, on_ground = aircraft.moving()
        at, lat, lon = lat_cell.heard, lat_cell.value, lon_cell.value
        if at <= self._at or lat is None or lon is None:
            return
        gap = at - self._at > GAP and bool(self.points)
        self._at = at
        altitude, track, ground = baro.value, track_cell.value, bool(on_ground.value)
        if altitude is None:
            altitude = geom.value
        if not (gap or not self.points or self._differs(at, altitude, track, ground)):
            return
        place = (round(lon * 1e7), round(lat * 1e7))
        if place == self._place and not gap:
            return
        self._kept_at, self._altitude, self._track, self._ground, self._place = at, altitude, track, ground, place
        steps = NO_ALTITUDE if altitude is None else max(-32767, min(32767, round(altitude / 25)))
        flags = (ON_GROUND if ground else 0) | (AFTER_GAP if gap else 0)
        tenths = round((at - self._began) * 10)
        self._thin(tenths)
        self.points += POINT.pack(*place, tenths, steps, flags)

    def _differs(self, at: float, altitude: int | None, track: float | None, ground: bool) -> bool:
        """Whether a straight line from the last point would not do."""
        if ground is not self._ground or at - self._kept_at >= STRAIGHT:
            return True
        if (altitude is None) is not (self._altitude is None):
            return True
        if altitude is not None and self._altitude is not None and abs(altitude - self._altitude) >= CLIMB:
            return True
        if track is None or self._track is None:
            return at - self._kept_at >= UNKNOWN_TRACK
        turned = abs(track - self._track)
        return min(turned, 360 - turned) >= TURN

    def _thin(self, tenths: int) -> None:
        """Drop what is too old; of a full trail, every other point of its older half."""
        points = self.points
        size = POINT.size
        while points and POINT.unpack_from(points)[2] < tenths - KEPT * 10:
            del points[:size]
        if len(points) < MOST * size:
            return
        kept = bytearray()
        gap = 0
        for number, point in enumerate(POINT.iter_unpack(points[: MOST // 2 * size])):
            gap |= point[4] & AFTER_GAP
            if number % 2 == 0:
                kept += POINT.pack(*point[:4], point[4] | gap)
                gap = 0
        follower = POINT.unpack_from(points, MOST // 2 * size)
        kept += POINT.pack(*follower[:4], follower[4] | gap)
        points[: (MOST // 2 + 1) * size] = kept


class Trails:
    """The trails of a room.

    :param began: hub time from which their times count.
    :ivar of: key to trail; nobody without a position has one.
    """

    def __init__(self, began: float) -> None:
        self.of: dict[str, Trail] = {}
        self._began = began
        self._cursor = 0

    def follow(self, room: Room) -> None:
        """Note what changed in the room since the last time."""
        changes = room.since(self._cursor)
        if changes is None:  # removed beyond what the room remembers
            self.of = {key: trail for key, trail in self.of.items() if key in room.aircraft}
            moved: Iterable[Aircraft] = room.aircraft.values()
            self._cursor = room.seq
        else:
            for key in changes.removed:
                self.of.pop(key, None)
            moved = [*changes.full, *changes.changed]
            self._cursor = changes.seq
        for aircraft in moved:
            if aircraft.position_heard() is not None:
                trail = self.of.get(aircraft.key)
                if trail is None:
                    trail = self.of[aircraft.key] = Trail(self._began)
                trail.note(aircraft)

    def packed(self, keys: Iterable[str], epoch: float) -> bytes:
        """The trails of some flights; those without one are left out.

        :param epoch: Unix time of hub time nought.
        """
        chunks = [_packed(key, self.of[key].points) for key in keys if key in self.of]
        return HEAD.pack(VERSION, len(chunks), epoch + self._began) + b"".join(chunks)


def _packed(key: str, points: bytearray) -> bytes:
    address = address_of(key)
    if address != NO_ADDRESS:
        return NAME.pack(address, len(points) // POINT.size, 0) + points
    name = key.encode()
    return NAME.pack(0, len(points) // POINT.size, len(name)) + name.ljust(ceil(len(name) / 4) * 4, b"\0") + points
