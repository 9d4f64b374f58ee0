"""The map as tiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.errors import BadField
from flighttap.rooms.tiles import NOWHERE, WORLD, area_covering, area_of, box_of, inside, tile_of

NAN = float("nan")
LAT = st.floats(-90, 90).map(lambda x: round(x, 7))  # as fine as positions are
LON = st.floats(-180, 180).map(lambda x: round(x, 7))


@pytest.mark.parametrize(
    ("box", "covers", "tiles"),
    [
        ((3.1, 50.7, 7.2, 53.7), (2.8125, 50.625, 8.4375, 56.25), 4),
        ((0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 2.8125, 2.8125), 1),
        ((170, -10, -170, 10), (168.75, -11.25, -168.75, 11.25), 64),
        ((180, 90, 180, 90), (-180.0, 87.1875, -177.1875, 90.0), 1),
        ((190, 0, 200, 5), (-171.5625, 0.0, -157.5, 5.625), 10),
        ((-180, 0, 180, 10), (-180.0, 0.0, 180.0, 11.25), 512),
        ((-500, -10, 500, 10), (-180.0, -11.25, 180.0, 11.25), 1024),
    ],
)
def test_a_box_is_the_tiles_that_it_touches(
    box: tuple[float, float, float, float], covers: tuple[float, ...], tiles: int
) -> None:
    area = area_of(*box)
    assert area.covers == covers
    assert area.tiles is not None
    assert len(area.tiles - {NOWHERE}) == tiles
    assert NOWHERE in area
    assert area_covering(list(covers)) == area


def test_a_box_that_ends_on_the_edge_of_a_tile_touches_that_tile() -> None:
    assert tile_of(0.0, 0.0) in area_of(-40.2248311, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("box", [(-180, -90, 180, 90), (0, -90, 360, 90), (-200, -90, 300, 90)])
def test_the_whole_world_is_no_limit(box: tuple[float, float, float, float]) -> None:
    assert area_of(*box) is WORLD


@pytest.mark.parametrize(
    "box",
    [(0, 10, 1, 5), (0, -91, 1, 5), (0, 0, 1, 91), (721, 0, 1, 5), (NAN, 0, 1, 5), (0, NAN, 1, 5)],
)
def test_what_is_no_box_is_refused(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadField):
        area_of(*box)


@pytest.mark.parametrize(
    "covers",
    [None, [], [0, 0, 1, 1], [0, 0, 2.8125], ["0", 0, 1, 1], [0, 50, 2.8125, 50], [-999, 0, 0, 1], [NAN] * 4],
)
def test_what_was_never_covered_is_no_area(covers: object) -> None:
    assert area_covering(covers) is None


@given(LON, LAT, LON, LAT, LON, LAT)
def test_a_position_in_the_box_is_in_its_tiles_and_these_are_in_covers(
    west: float, lat1: float, east: float, lat2: float, lon: float, lat: float
) -> None:
    south, north = sorted((lat1, lat2))
    area = area_of(west, south, east, north)
    tile = tile_of(lat, lon)
    if inside((west, south, east, north), lat, lon):
        assert tile in area
    if tile in area:
        assert inside(area.covers, lat, lon) or abs(lat) == 90
    assert area_covering(area.covers) == area


def test_half_a_position_is_nowhere() -> None:
    assert tile_of(52.0, None) == tile_of(None, 4.0) == tile_of(None, None) == NOWHERE


@given(LAT, LON)
def test_the_box_of_a_tile_holds_what_is_in_it(lat: float, lon: float) -> None:
    south, west, north, east = box_of(tile_of(lat, lon))
    assert south <= lat < north or (lat, north) == (90, 90)
    assert west <= lon < east or (lon, west) == (180, -180)


@given(LAT, LON)
def test_nowhere_is_no_place(lat: float, lon: float) -> None:
    south, west, north, east = box_of(NOWHERE)
    assert not south <= lat < north
    assert not west <= lon < east
