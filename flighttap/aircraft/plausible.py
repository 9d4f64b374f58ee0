"""Can an aircraft be where this receiver says it is?

Two checks: the speed from the last position taken, and the receiver's range
where a position does not continue the one before: an aircraft that is followed
out of range is where it says. The first is not final: a first position can be
the wrong one, so positions that are refused but agree with one another are
believed in the end.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Protocol

__all__ = ["MAX_RANGE", "Origin", "PositionCheck", "distance"]

EARTH_RADIUS = 6_371_000.0
KNOT = 1852 / 3600
MAX_RANGE = 300 * 1852.0
"""Farthest an aircraft can be heard, metres: beyond the radio horizon of FL600."""
SLACK = 1500.0
"""Metres allowed besides the flown way: position age, rounding and delay."""
UNKNOWN_SPEED = 900.0
"""Knots assumed of an aircraft whose speed is not known."""
AGREEING = 3
"""So many refused positions in a row that agree with one another are believed."""


class Origin(Protocol):
    """Where observations come from: all that plausibility needs to know of a feed."""

    @property
    def receiver(self) -> tuple[float, float] | None:
        """Latitude and longitude of its aerial, degrees, where known."""


def distance(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance in metres between two points in degrees (haversine)."""
    phi1, phi2 = radians(lat1), radians(lat2)
    half = sin((phi2 - phi1) / 2) ** 2 + cos(phi1) * cos(phi2) * sin(radians(lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS * asin(min(1.0, sqrt(half)))


class PositionCheck:
    """The memory of the two checks for one aircraft."""

    __slots__ = ("agreeing", "doubted", "taken")

    def __init__(self) -> None:
        self.taken: tuple[float, float, float, float, Origin] | None = None
        self.doubted: tuple[float, float, float, float, Origin] | None = None
        self.agreeing = 0

    def accepts(self, lat: float, lon: float, gs: float | None, at: float, now: float, origin: Origin) -> bool:
        """Whether a position is to be taken.

        :param gs: the aircraft's ground speed in knots, where known.
        :param at: feed time; compared only with positions of the same origin.
        :param now: hub time; compares positions of different origins.
        """
        here = (lat, lon, at, now, origin)
        followed = self.taken is not None and _reachable(self.taken, here, gs)
        receiver = origin.receiver
        if not followed and receiver is not None and distance(lat, lon, *receiver) > MAX_RANGE:
            return False
        if followed or self.taken is None:
            self.taken, self.doubted, self.agreeing = here, None, 0
            return True
        if self.doubted is not None and _reachable(self.doubted, here, gs):
            self.agreeing += 1
        else:
            self.agreeing = 1
        self.doubted = here
        if self.agreeing < AGREEING:
            return False
        self.taken, self.doubted, self.agreeing = here, None, 0
        return True


def _reachable(
    before: tuple[float, float, float, float, Origin],
    after: tuple[float, float, float, float, Origin],
    gs: float | None,
) -> bool:
    lat1, lon1, at1, now1, origin1 = before
    lat2, lon2, at2, now2, origin2 = after
    # A small step needs no trigonometry: 0.01 degrees are never more than SLACK metres.
    if -0.009 < lat2 - lat1 < 0.009 and -0.009 < lon2 - lon1 < 0.009:
        return True
    elapsed = abs(at2 - at1) if origin1 is origin2 else abs(now2 - now1)
    speed = UNKNOWN_SPEED if gs is None else 1.3 * gs + 100
    return distance(lat1, lon1, lat2, lon2) <= SLACK + elapsed * speed * KNOT
