"""TopoJSON as Natural Earth's shapes come in it: rings and lines in degrees, thinned, unwrapped at the antimeridian.

Neighbours share arcs, and an arc is thinned once, so borders and land still fit each other afterwards. In these files
a ring that crosses the antimeridian jumps from 180 to -180 (and Antarctica's goes once round the pole): left so, it
would be drawn as a line across the whole map.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["Line", "Point", "Polygon", "Topology", "mercator", "smooth", "thin"]

Point = tuple[float, float]
Line = list[Point]
Polygon = list[Line]

SOUTH = -89.0
"""Degrees: where a ring round the pole is closed. Web Mercator ends at 85.05."""


def mercator(latitude: float) -> float:
    """Web Mercator's northing in degrees of longitude, held inside the square that maps show."""
    held = math.radians(max(-85.0, min(85.0, latitude)))
    return math.degrees(math.asinh(math.tan(held)))


def thin(line: Line, tolerance: float) -> Line:
    """Leave out points nearer than ``tolerance`` to the line without them (Douglas and Peucker 1973).

    :param tolerance: degrees of longitude on a map in Web Mercator. The ends stay.
    """
    flat = [(x, mercator(y)) for x, y in line]
    kept = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        distance, index = max((_distance(flat[i], flat[first], flat[last]), i) for i in range(first + 1, last))
        if distance > tolerance:
            kept.add(index)
            spans += [(first, index), (index, last)]
    return [line[index] for index in sorted(kept)]


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a piece of a line."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    part = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    return math.hypot(x - x1 - part * dx, y - y1 - part * dy)


def smooth(ring: Line, times: int) -> Line:
    """Cut the corners of a closed ring (Chaikin 1974)."""
    for _ in range(times):
        cut = [
            (x1 + (x2 - x1) * part, y1 + (y2 - y1) * part)
            for (x1, y1), (x2, y2) in itertools.pairwise(ring)
            for part in (0.25, 0.75)
        ]
        ring = [*cut, cut[0]]
    return ring


class Topology:
    """One TopoJSON file.

    :param tolerance: how much its arcs are thinned, see :func:`thin`.
    """

    def __init__(self, document: dict[str, Any], tolerance: float) -> None:
        (kx, ky), (tx, ty) = document["transform"]["scale"], document["transform"]["translate"]
        self._objects = document["objects"]
        self._arcs: list[Line] = []
        for arc in document["arcs"]:
            x = y = 0
            line: Line = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                line.append((x * kx + tx, y * ky + ty))
            self._arcs.append(thin(unwrapped(line), tolerance))

    def polygons(self, name: str) -> list[Polygon]:
        """The polygons of an object, each a list of closed rings, the outer one first."""
        found = []
        for rings in _polygons(self._objects[name]):
            shape = [_closed(self._joined(ring)) for ring in rings]
            shape = [ring for ring in shape if len({*ring}) > 2]
            if shape:
                found.append(_together(shape))
        return found

    def borders(self, name: str) -> list[Line]:
        """The arcs that two members of an object share, joined where no third one meets them."""
        users = Counter(
            index
            for geometry in self._objects[name]["geometries"]
            for index in {arc if arc >= 0 else ~arc for rings in _polygons(geometry) for ring in rings for arc in ring}
        )
        return [self._arcs[index] for index, count in sorted(users.items()) if count > 1]

    def _joined(self, arcs: list[int]) -> Line:
        ring: Line = []
        for index in arcs:
            arc = self._arcs[index] if index >= 0 else self._arcs[~index][::-1]
            ring += arc[1:] if ring else arc
        return unwrapped(ring)


def _polygons(geometry: dict[str, Any]) -> Iterator[list[list[int]]]:
    """The polygons of a geometry as lists of rings of arc numbers."""
    match geometry["type"]:
        case "GeometryCollection":
            for each in geometry["geometries"]:
                yield from _polygons(each)
        case "MultiPolygon":
            yield from geometry["arcs"]
        case "Polygon":
            yield geometry["arcs"]


def unwrapped(line: Iterable[Point]) -> Line:
    """The same line without jumps of 360 degrees: it may leave -180 to 180."""
    result: Line = []
    turn = 0.0
    before: float | None = None
    for x, y in line:
        if before is not None and abs(x - before) > 180:
            turn -= math.copysign(360.0, x - before)
        before = x
        result.append((x + turn, y))
    return result


def _closed(ring: Line) -> Line:
    """The ring, or where it goes round the south pole, the same opened at the antimeridian and closed in the south."""
    turn = ring[-1][0] - ring[0][0]
    if abs(turn) < 180:
        return ring
    edge = math.floor((max(ring[0][0], ring[-1][0]) - 180) / 360) * 360 + 180
    index = next(i for i in range(1, len(ring)) if (ring[i - 1][0] - edge) * (ring[i][0] - edge) <= 0)
    (x1, y1), (x2, y2) = ring[index - 1], ring[index]
    y = y1 + (y2 - y1) * (edge - x1) / (x2 - x1)
    beyond = [(x + turn, y) for x, y in ring[1:index]]
    return [(edge, y), *ring[index:], *beyond, (edge + turn, y), (edge + turn, SOUTH), (edge, SOUTH), (edge, y)]


def _together(rings: Polygon) -> Polygon:
    """Move rings by whole turns: the outer one to where maps begin, its holes into it."""
    middles = [(min(x for x, _ in ring) + max(x for x, _ in ring)) / 2 for ring in rings]
    home = middles[0] - round(middles[0] / 360) * 360
    turns = [round((home - middle) / 360) * 360 for middle in middles]
    return [[(x + turn, y) for x, y in ring] for ring, turn in zip(rings, turns, strict=True)]
