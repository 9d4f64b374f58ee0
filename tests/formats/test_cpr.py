from __future__ import annotations

from math import cos, hypot, radians

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flighttap.formats.cpr import AIRBORNE, SURFACE, Position, band, local, pair, zones
from tests.formats.transmitter import encode

LATITUDES = st.floats(-89.9, 89.9)
LONGITUDES = st.floats(-180, 180, exclude_max=True)

# One step of the coding in latitude, metres.
AIRBORNE_STEP = 6 / 131072 * 111_195


def parts(lat: float, lon: float, odd: int, span: float = AIRBORNE) -> tuple[float, float]:
    """What a transmitter says, as the parts of a zone that it means."""
    lat_cpr, lon_cpr = encode(lat, lon, odd, span)
    return lat_cpr / 131072, lon_cpr / 131072


def metres(one: Position, other: Position) -> float:
    east = (one[1] - other[1] + 180) % 360 - 180
    return hypot(one[0] - other[0], east * cos(radians(one[0]))) * 111_195


def longitude_step(lat: float, odd: int, span: float) -> float:
    return span / max(zones(lat) - odd, 1) / 131072 * 111_195 * cos(radians(lat))


@given(LATITUDES, LONGITUDES, st.integers(0, 1), st.sampled_from((AIRBORNE, SURFACE)))
def test_read_next_to_itself_a_position_comes_back_within_a_step(lat: float, lon: float, odd: int, span: float) -> None:
    found = local(odd, *parts(lat, lon, odd, span), lat, lon, span)
    step = span / 60 / 131072 * 111_195
    assert metres(found, (lat, lon)) <= step + longitude_step(lat, odd, span)


@given(
    st.floats(-80, 80),
    LONGITUDES,
    st.integers(0, 1),
    st.floats(-0.49, 0.49),
    st.floats(-0.49, 0.49),
)
def test_any_reference_within_half_a_zone_gives_the_same_position(
    lat: float, lon: float, odd: int, north: float, east: float
) -> None:
    reference = (lat + north * 6, lon + east * AIRBORNE / zones(abs(lat) + 0.01))
    found = local(odd, *parts(lat, lon, odd), *reference, AIRBORNE)
    assume(zones(found[0] - 0.001) == zones(found[0] + 0.001) == zones(lat))  # not on an edge, where rounding decides
    assert metres(found, (lat, lon)) <= AIRBORNE_STEP + longitude_step(lat, odd, AIRBORNE)


@given(LATITUDES, LONGITUDES)
def test_an_even_and_an_odd_message_place_an_aircraft_anywhere(lat: float, lon: float) -> None:
    found = pair(parts(lat, lon, 0), parts(lat, lon, 1), AIRBORNE)
    if found is None:  # the two roundings fell on either side of a latitude edge
        assert zones(lat - 0.0001) != zones(lat + 0.0001)
        return
    for odd, place in enumerate(found):
        assert metres(place, (lat, lon)) <= AIRBORNE_STEP + longitude_step(lat, odd, AIRBORNE)


@given(LATITUDES, LONGITUDES, st.floats(-0.4, 0.4), st.floats(-40, 40))
def test_a_surface_pair_is_placed_by_a_receiver_anywhere_within_40_degrees(
    lat: float, lon: float, north: float, east: float
) -> None:
    near = (max(-90.0, min(90.0, lat + north * 90)), (lon + east + 180) % 360 - 180)
    assume(abs(lat) < 85)
    found = pair(parts(lat, lon, 0, SURFACE), parts(lat, lon, 1, SURFACE), SURFACE, near)
    if found is None:
        assert zones(lat - 0.0001) != zones(lat + 0.0001) or abs(near[0]) > 80
        return
    for odd, place in enumerate(found):
        assert metres(place, (lat, lon)) <= 1 + longitude_step(lat, odd, SURFACE)


def test_the_published_airborne_pair() -> None:
    """The 1090 MHz Riddle, airborne position: 8D40621D58C382D690C8AC2863A7 and 8D40621D58C386435CC412692AD6."""
    found = pair((93000 / 131072, 51372 / 131072), (74158 / 131072, 50194 / 131072), AIRBORNE)
    assert found is not None
    assert found[0] == pytest.approx((52.2572021484375, 3.91937255859375), abs=1e-9)
    assert found[1] == pytest.approx((52.26578017412606, 3.938912527901777), abs=1e-9)


def test_the_published_airborne_position_next_to_a_reference() -> None:
    found = local(0, 93000 / 131072, 51372 / 131072, 52.258, 3.918, AIRBORNE)
    assert found == pytest.approx((52.2572021484375, 3.91937255859375), abs=1e-9)


@pytest.mark.parametrize(
    ("lat", "count"),
    [(0.0, 59), (10.4704712, 59), (10.4704713, 58), (-44.0, 43), (52.0, 36), (86.9, 2), (-87.1, 1), (90.0, 1)],
)
def test_the_number_of_longitude_zones(lat: float, count: int) -> None:
    """The edges are those of DO-260B's table A-20."""
    assert zones(lat) == count


@given(st.floats(-90, 90))
def test_a_band_is_where_the_number_of_zones_stays_the_same(lat: float) -> None:
    south, north = band(lat)
    assert south <= lat <= north
    inside = (south + (north - south) * part for part in (0.0001, 0.5, 0.9999))
    assert {zones(place) for place in inside} == {zones(lat)} or lat in (south, north)
    assert south == -90 or zones(south - 0.0001) != zones((south + north) / 2)
    assert north == 90 or zones(north + 0.0001) != zones((south + north) / 2)


@pytest.mark.parametrize("edge", [10.4704713, -52.0, 86.5353700])
def test_a_pair_on_either_side_of_a_latitude_edge_is_none(edge: float) -> None:
    """There its two messages count the longitude zones differently (A.1.7.7 d)."""
    south, north = band(edge)
    for border in (south, north):
        even, odd = parts(border - 0.001, 8.0, 0), parts(border + 0.001, 8.0, 1)
        assert pair(even, odd, AIRBORNE) is None
        assert pair(parts(border + 0.001, 8.0, 0), odd, AIRBORNE) is not None


def test_a_pair_that_means_no_latitude_is_none() -> None:
    assert pair((0.0, 0.0), (0.5, 0.0), AIRBORNE) is None
