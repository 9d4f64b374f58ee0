"""Can an aircraft be where this receiver says it is?

Two checks: the speed from the last position taken, and the receiver's range
where a position does not continue the one before: an aircraft that is followed
out of range is where it says. The first is not final: a first position can be
the wrong one, so positions that are refused but agree with one another are
believed in the end.
"""

from __future__ import annotations

from math import asin, cos, nan, radians, sin, sqrt
from typing import Protocol, TypeAlias

__all__ = ["MAX_RANGE", "Origin", "PositionCheck", "distance"]

EARTH_RADIUS = 6_371_000.0
KNOT = 1852 / 3600
MAX_RANGE = 300 * 1852.0
"""Farthest an aircraft can be heard, metres: beyond the radio horizon of FL600."""
SLACK = 1500.0
"""Metres allowed besides the flown way: position age, rounding and delay."""
UNKNOWN_SPEED = 900.0
"""Knots assumed of an aircraft whose speed is not known."""
STEP = 0.009
"""Degrees: a step of less in both directions is never more than ``SLACK`` metres."""
AGREEING = 3
"""So many refused positions in a row that agree with one another are believed."""


class Origin(Protocol):
    """Where observations come from: all that plausibility needs to know of a feed."""

    @property
    def receiver(self) -> tuple[float, float] | None:
        """Latitude and longitude of its aerial, degrees, where known."""


_Place: TypeAlias = tuple[float, float, float, float, Origin | None]
"""Latitude, longitude, feed time, hub time, and who said so."""


def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine)."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


class PositionCheck:
    """The memory of the two checks for one aircraft.

    The position taken last, in degrees, with its feed time, hub time and origin.

    :ivar rank: of the source that it came from; the caller's to keep.
    """

    __slots__ = ("agreeing", "at", "doubted", "lat", "lon", "now", "origin", "rank")

    def __init__(self) -> None:
        self.lat = self.lon = self.at = self.now = nan
        self.origin: Origin | None = None
        self.rank = -1
        self.doubted: _Place | None = None
        self.agreeing = 0

    def follows(self, lat: float, lon: float, at: float, now: float, origin: Origin) -> bool:
        """Whether a position is a small step from the one taken last; then it is taken.

        Most positions are, and it needs no trigonometry.
        """
        if -STEP < lat - self.lat < STEP and -STEP < lon - self.lon < STEP:
            self.lat = lat
            self.lon = lon
            self.at = at
            self.now = now
            self.origin = origin
            self.doubted = None
            return True
        return False

    def accepts(self, lat: float, lon: float, gs: float | None, at: float, now: float, origin: Origin) -> bool:
        """Whether a position is to be taken.

        :param gs: the aircraft's ground speed in knots, where known.
        :param at: feed time; compared only with positions of the same origin.
        :param now: hub time; compares positions of different origins.
        """
        here = (lat, lon, at, now, origin)
        first = self.origin is None
        followed = not first and _reachable((self.lat, self.lon, self.at, self.now, self.origin), here, gs)
        receiver = origin.receiver
        if not followed and receiver is not None and distance(lat, lon, *receiver) > MAX_RANGE:
            return False
        if not followed and not first:
            agrees = self.doubted is not None and _reachable(self.doubted, here, gs)
            self.agreeing = self.agreeing + 1 if agrees else 1
            self.doubted = here
            if self.agreeing < AGREEING:
                return False
        self.lat, self.lon, self.at, self.now, self.origin = here
        self.doubted = None
        return True


def _reachable(before: _Place, after: _Place, gs: float | None) -> bool:
    lat1, lon1, at1, now1, origin1 = before
    lat2, lon2, at2, now2, origin2 = after
    elapsed = abs(at2 - at1) if origin1 is origin2 else abs(now2 - now1)
    speed = UNKNOWN_SPEED if gs is None else 1.3 * gs + 100
    return distance(lat1, lon1, lat2, lon2) <= SLACK + elapsed * speed * KNOT
