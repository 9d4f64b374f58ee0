"""Shapes as the page reads them: whole numbers of a step, each point the difference from the one before.

Small differences are short as text and pack well; the page's decoder is js/map/shapes.js.
"""

from __future__ import annotations

from collections.abc import Iterable

from scripts.basemap.topology import Point, Polygon

__all__ = ["pack_line", "pack_points", "pack_polygons"]


def pack_line(line: Iterable[Point], origin: tuple[float, float], step: float) -> list[int]:
    """``[x, y, dx, dy, dx, dy, …]`` in steps from the origin; points that fall together are left out."""
    packed: list[int] = []
    last: tuple[int, int] | None = None
    for x, y in line:
        point = round((x - origin[0]) / step), round((y - origin[1]) / step)
        if last is None:
            packed += point
        elif point != last:
            packed += (point[0] - last[0], point[1] - last[1])
        last = point
    return packed


def pack_polygons(polygons: list[Polygon], origin: tuple[float, float], step: float) -> list[list[list[int]]]:
    """Each polygon a list of packed rings; rings that vanish are left out, and the closing point with them all."""
    result = []
    for polygon in polygons:
        rings = [pack_line(ring[:-1], origin, step) for ring in polygon]
        if len(rings[0]) >= 6:
            result.append([ring for ring in rings if len(ring) >= 6])
    return result


def pack_points(points: Iterable[Point], origin: tuple[float, float], step: float) -> list[int]:
    """``[x, y, x, y, …]``, every point for itself, none left out."""
    return [value for x, y in points for value in (round((x - origin[0]) / step), round((y - origin[1]) / step))]
