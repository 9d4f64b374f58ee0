"""The fine map in cells of 20 by 20 degrees, so that a page fetches the part that it shows.

Every cell is whole by itself: its land is cut at its edges, and the page draws a cell's water first.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from scripts.basemap.topology import Line, Point, Polygon

__all__ = ["COLUMNS", "ROWS", "SIZE", "cell_of", "corner", "cut_lines", "cut_polygons"]

SIZE = 20
"""Degrees that a cell is wide and high."""

COLUMNS, ROWS = 360 // SIZE, 180 // SIZE


def corner(cell: int) -> tuple[int, int]:
    """West and south edge of a cell; cells are counted eastwards from -180, then northwards from -90."""
    row, column = divmod(cell, COLUMNS)
    return column * SIZE - 180, row * SIZE - 90


def cell_of(longitude: float, latitude: float) -> int:
    """The cell in which a point lies."""
    column = int((longitude + 180) // SIZE) % COLUMNS
    row = min(ROWS - 1, max(0, int((latitude + 90) // SIZE)))
    return row * COLUMNS + column


def cut_polygons(polygons: list[Polygon]) -> dict[int, list[Polygon]]:
    """Polygons cut at the edges of the cells; those that leave -180 to 180 come back in on the other side."""
    cells: dict[int, list[Polygon]] = {}
    for polygon in polygons:
        for turn in _turns(polygon[0]):
            moved = [[(x + turn, y) for x, y in ring] for ring in polygon]
            for column, upright in _slices(moved, 0, -180, COLUMNS):
                for row, piece in _slices(upright, 1, -90, ROWS):
                    cells.setdefault(row * COLUMNS + column, []).append(piece)
    return cells


def _turns(line: Line) -> Iterator[int]:
    west, east = min(x for x, _ in line), max(x for x, _ in line)
    for turn in (-360, 0, 360):
        if west + turn < 180 and east + turn > -180:
            yield turn


def _slices(polygon: Polygon, axis: int, start: int, count: int) -> Iterator[tuple[int, Polygon]]:
    """A polygon cut into strips across one axis."""
    low = min(point[axis] for point in polygon[0])
    high = max(point[axis] for point in polygon[0])
    for index in range(count):
        near, far = start + index * SIZE, start + (index + 1) * SIZE
        if high <= near or low >= far:
            continue
        rings = [_half(_half(ring, axis, near, 1), axis, far, -1) for ring in polygon]
        if len(rings[0]) > 3:
            yield index, [ring for ring in rings if len(ring) > 3]


def _half(ring: Line, axis: int, edge: float, sign: int) -> Line:
    """What of a closed ring lies on one side of an edge (Sutherland and Hodgman 1974)."""
    kept: Line = []
    for before, after in itertools.pairwise(ring):
        was_in, is_in = sign * (before[axis] - edge) >= 0, sign * (after[axis] - edge) >= 0
        if was_in:
            kept.append(before)
        if was_in != is_in:
            kept.append(_crossing(before, after, axis, edge))
    return [*kept, kept[0]] if kept else []


def _crossing(start: Point, end: Point, axis: int, edge: float) -> Point:
    part = (edge - start[axis]) / (end[axis] - start[axis])
    other = start[1 - axis] + part * (end[1 - axis] - start[1 - axis])
    return (edge, other) if axis == 0 else (other, edge)


def cut_lines(lines: list[Line]) -> dict[int, list[Line]]:
    """Lines cut at the edges of the cells."""
    cells: dict[int, list[Line]] = {}
    for line in lines:
        for turn in _turns(line):
            for cell, piece in _pieces([(x + turn, y) for x, y in line]):
                cells.setdefault(cell, []).append(piece)
    return cells


def _pieces(line: Line) -> Iterator[tuple[int, Line]]:
    """A line cut wherever it crosses an edge; what lies outside -180 to 180 is left out."""
    points = [line[0]]
    for start, end in itertools.pairwise(line):
        points += sorted(
            _crossings(start, end), key=lambda point: (point[0] - start[0]) ** 2 + (point[1] - start[1]) ** 2
        )
        points.append(end)
    piece: Line = []
    current: int | None = None
    for start, end in itertools.pairwise(points):
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        cell = cell_of(*middle) if -180 <= middle[0] <= 180 else None
        if cell != current or not piece:
            if current is not None and piece:
                yield current, piece
            piece, current = [start], cell
        piece.append(end)
    if current is not None and piece:
        yield current, piece


def _crossings(start: Point, end: Point) -> Iterator[Point]:
    for axis, origin in ((0, -180), (1, -90)):
        low, high = sorted((start[axis], end[axis]))
        first = int((low - origin) // SIZE) + 1
        last = int((high - origin) // SIZE)
        for index in range(first, last + 1):
            if low < origin + index * SIZE < high:
                yield _crossing(start, end, axis, origin + index * SIZE)
