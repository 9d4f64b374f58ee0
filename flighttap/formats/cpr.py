"""Compact position reporting: 17 bits of latitude and longitude that need a partner or a reference.

Source: RTCA DO-260B, appendix A.1.7 (ICAO Doc 9871, C.2.6); "The 1090 MHz
Riddle", chapters "Airborne position" and "Surface position". Positions are
degrees WGS84, longitude -180 ≤ x < 180. ``span`` is the angle that sixty zones
cover: :data:`AIRBORNE` or :data:`SURFACE`. What a message says is given as parts
of a zone, 0 ≤ x < 1: its 17 bits over 131072.
"""

from __future__ import annotations

from bisect import bisect_left
from math import acos, cos, degrees, floor, pi

__all__ = ["AIRBORNE", "SURFACE", "Position", "band", "local", "pair", "zones"]

Position = tuple[float, float]

AIRBORNE = 360.0
SURFACE = 90.0


def _edge(count: int) -> float:
    """The latitude, in degrees, from which poleward fewer than ``count`` zones fit (A.1.7.2 d)."""
    return degrees(acos(((1 - cos(pi / 30)) / (1 - cos(2 * pi / count))) ** 0.5))


# Latitude edges from the equator to the pole. Below the first there are 59 zones, above the last one.
_EDGES: tuple[float, ...] = (*(_edge(count) for count in range(59, 2, -1)), 87.0)


def zones(lat: float) -> int:
    """NL: how many longitude zones an even message has at a latitude, 59 at the equator to 1 at the poles."""
    return 59 - bisect_left(_EDGES, lat if lat >= 0 else -lat)


def band(lat: float) -> tuple[float, float]:
    """The latitudes, south and north, between which :func:`zones` is what it is at ``lat``."""
    place = bisect_left(_EDGES, abs(lat))
    low = _EDGES[place - 1] if place else 0.0
    high = _EDGES[place] if place < len(_EDGES) else 90.0
    if not place:
        return -high, high
    return (low, high) if lat >= 0 else (-high, -low)


def local(odd: int, lat_part: float, lon_part: float, lat: float, lon: float, span: float) -> Position:
    """The position nearest to a reference that a single message can mean (A.1.7.5, A.1.7.6).

    Right only while the aircraft is within half a zone of the reference: about
    180 nautical miles airborne, 45 on the surface. The longitude is not
    normalised, it stays next to the reference's; the latitude may come out
    beyond a pole, which the caller must refuse.

    :param odd: 1 for an odd message, 0 for an even one.
    :param lat: reference latitude, degrees; :param lon: reference longitude.
    """
    size = span / (60 - odd)
    found = size * (floor(lat / size - lat_part + 0.5) + lat_part)
    count = zones(found) - odd
    size = span / count if count > 1 else span
    return found, size * (floor(lon / size - lon_part + 0.5) + lon_part)


def pair(
    even: tuple[float, float], odd: tuple[float, float], span: float, near: Position | None = None
) -> tuple[Position, Position] | None:
    """Both positions of an even and an odd message that belong together (A.1.7.7, A.1.7.8).

    The caller answers for their age and for whether they are one aircraft's.

    :param even: latitude's and longitude's part; :param odd: likewise.
    :param near: chooses among the surface solutions, 90 degrees apart; without
        it a surface pair is read as north-east of 0, 0.
    :returns: where the even and where the odd message was sent, or ``None``
        when they lie in different longitude bands or at no latitude at all.
    """
    lat_0, lat_1 = even[0], odd[0]
    index = floor(59 * lat_0 - 60 * lat_1 + 0.5)
    lat_even = span / 60 * (index % 60 + lat_0)
    lat_odd = span / 59 * (index % 59 + lat_1)
    if near is not None:
        turns = floor((near[0] - lat_even) / span + 0.5) * span
        lat_even += turns
        lat_odd += turns
    elif span == AIRBORNE and lat_even >= 180:
        lat_even -= 360
        lat_odd -= 360
    if lat_odd - lat_even > span / 2:
        lat_odd -= span
    elif lat_even - lat_odd > span / 2:
        lat_odd += span
    if not (-90 <= lat_even <= 90 and -90 <= lat_odd <= 90):
        return None
    count = zones(lat_even)
    if count != zones(lat_odd):
        return None
    lon_0, lon_1 = even[1], odd[1]
    index = floor((count - 1) * lon_0 - count * lon_1 + 0.5)
    less = max(count - 1, 1)
    lon_even = span / count * (index % count + lon_0)
    lon_odd = span / less * (index % less + lon_1)
    if lon_odd - lon_even > span / 2:
        lon_odd -= span
    elif lon_even - lon_odd > span / 2:
        lon_odd += span
    turns = floor((near[1] - lon_even) / span + 0.5) * span if near is not None else 0.0
    return (lat_even, _normal(lon_even + turns)), (lat_odd, _normal(lon_odd + turns))


def _normal(lon: float) -> float:
    return (lon + 180) % 360 - 180
