"""What air traffic control does in the simulated sky: keep airliners apart.

Two at one level that come close are given different levels; who follows another
too closely towards a runway is slowed down. That is enough for a sky to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, inf, radians, sin

from flighttap.feeds.sky.motion import Body
from flighttap.feeds.sky.places import bearing, distance

__all__ = ["separate"]

_NEAR = 18.0
"""Miles at which a crossing at one level is acted upon."""
_SPACING = 4.0
"""Miles between two on an approach."""
_BAND = 900.0
"""Feet within which two count as being at one height."""


def separate(bodies: Iterable[Body]) -> None:
    """Look at everybody once; called every few seconds."""
    aloft = sorted((body for body in bodies if not body.on_ground), key=lambda body: body.lat)
    for body in aloft:
        body.slow = inf
    for number, body in enumerate(aloft):
        for other in aloft[number + 1 :]:
            if other.lat - body.lat > _NEAR / 60:
                break
            if abs(other.alt - body.alt) > _BAND:
                continue
            if distance(body.place, other.place) < _NEAR:
                _apart(body, other)


def _apart(one: Body, other: Body) -> None:
    if one.alt > 20000:
        if _closing(one, other):
            _descend(other)
        return
    if distance(one.place, other.place) > _SPACING:
        return
    for behind, ahead in ((one, other), (other, one)):
        towards = abs((bearing(behind.place, ahead.place) - behind.track + 180) % 360 - 180)
        across = abs((ahead.track - behind.track + 180) % 360 - 180)
        if towards < 60 and across < 60:
            behind.slow = max(ahead.gs - 20, behind.identity.kind.approach)


def _closing(one: Body, other: Body) -> bool:
    """Whether they will be nearer in half a minute."""
    return distance(one.place, other.place) > distance(_in_half_a_minute(one), _in_half_a_minute(other))


def _in_half_a_minute(body: Body) -> tuple[float, float]:
    way, angle = body.gs / 7200, radians(body.track)
    return body.lat + way * cos(angle), body.lon + way * sin(angle) / cos(radians(body.lat))


def _descend(body: Body) -> None:
    """A thousand feet lower from here on, where it is cruising and has not been sent lower already."""
    level = body.plan[body.leg].alt
    if body.rate == 0 and abs(body.alt - level) < 1:
        for point in body.plan[body.leg :]:
            point.alt = min(point.alt, level - 1000)
