"""The map as tiles, so that what is encoded once serves every viewport that shows it.

The world is cut into 128 by 64 tiles of 2.8125 degrees. A tile owns its western
and southern edge; the poles belong to the outermost rows. Flights without a
position are in :data:`NOWHERE`, which every viewport includes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import ceil, floor, inf

from flighttap.errors import BadField

__all__ = ["NOWHERE", "WORLD", "Area", "area_covering", "area_of", "box_of", "inside", "tile_of"]

COLUMNS = 128
ROWS = 64
SIZE = 360 / COLUMNS
NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Area:
    """The tiles of a viewport.

    :param tiles: ``None``: all of them.
    :param covers: the exact box of the tiles: west, south, east, north in
        degrees; west above east: it goes across the antimeridian.
    """

    tiles: frozenset[int] | None
    covers: tuple[float, float, float, float]

    def __contains__(self, tile: int) -> bool:
        return self.tiles is None or tile in self.tiles


WORLD = Area(None, (-180.0, -90.0, 180.0, 90.0))


def tile_of(lat: float | None, lon: float | None) -> int:
    """The tile of a position in degrees; :data:`NOWHERE` where half of it or all is unknown."""
    if lat is None or lon is None:
        return NOWHERE
    row = min(int((lat + 90) / SIZE), ROWS - 1)
    return row * COLUMNS + int((lon + 180) / SIZE) % COLUMNS


@cache
def box_of(tile: int) -> tuple[float, float, float, float]:
    """South, west, north and east of a tile in degrees, the last two not in it; :data:`NOWHERE` holds nothing."""
    if tile == NOWHERE:
        return inf, inf, -inf, -inf
    row, column = divmod(tile, COLUMNS)
    south, west = row * SIZE - 90, column * SIZE - 180
    return south, west, south + SIZE, west + SIZE


def area_of(west: float, south: float, east: float, north: float) -> Area:
    """The tiles that a box touches.

    Longitudes count modulo 360: a box whose west is above its east goes across
    the antimeridian, one of 360 degrees or more is the whole way round, and one
    without a width or height is the tiles that it lies in.

    :raises BadField: south is above north, or a number is no coordinate.
    """
    if not (-90 <= south <= north <= 90) or not all(-720 <= lon <= 720 for lon in (west, east)):
        raise BadField("bbox must be west, south, east, north in degrees, south not above north.")
    bottom, top = (min(int((lat + 90) / SIZE), ROWS - 1) for lat in (south, north))
    first = floor((west + 180) / SIZE)
    turns = max(0, ceil((west - east) / 360))
    columns = floor((east + 360 * turns + 180) / SIZE) - first + 1
    left = first % COLUMNS
    if columns >= COLUMNS:
        if bottom == 0 and top == ROWS - 1:
            return WORLD
        left, columns = 0, COLUMNS
    across = [(left + step) % COLUMNS for step in range(columns)]
    tiles = frozenset(row * COLUMNS + column for row in range(bottom, top + 1) for column in across)
    end = left + columns
    covers = (
        left * SIZE - 180,
        bottom * SIZE - 90,
        (end if end <= COLUMNS else end - COLUMNS) * SIZE - 180,
        (top + 1) * SIZE - 90,
    )
    return Area(tiles | {NOWHERE}, covers)


def area_covering(covers: object) -> Area | None:
    """The area whose ``covers`` this is, as a client held it; ``None`` where there is no such area."""
    if not isinstance(covers, (list, tuple)) or len(covers) != 4:
        return None
    if not all(isinstance(edge, (int, float)) and -180 <= edge <= 180 for edge in covers):
        return None
    west, south, east, north = covers
    inside = SIZE / 4  # a box that ends on a tile's edge would touch the next tile too
    if not -90 <= south + inside <= north - inside <= 90:
        return None
    area = (
        WORLD
        if tuple(covers) == WORLD.covers
        else area_of(west + inside, south + inside, east - inside, north - inside)
    )
    return area if area.covers == tuple(covers) else None


def inside(box: tuple[float, float, float, float], lat: float, lon: float) -> bool:
    """Whether a position lies in a box of west, south, east and north, its edges included; degrees.

    Longitudes count modulo 360; west above east goes across the antimeridian.
    """
    west, south, east, north = box
    width = east - west if east >= west else (east - west) % 360
    return south <= lat <= north and (width >= 360 or (lon - west) % 360 <= width)
