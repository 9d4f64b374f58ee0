"""Where aircraft are: references, pairs, and how wrong positions are neither believed nor kept."""

from __future__ import annotations

from collections.abc import Iterable
from math import cos, hypot, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.formats.modes import ModesDecoder
from tests.formats import transmitter as tx

ICAO = 0x4CA7B5
Place = tuple[float, float]


class Flight:
    """Feeds one decoder with position messages of one aircraft."""

    def __init__(self, receiver: Place | None = None) -> None:
        self.decoder = ModesDecoder(receiver)
        self.odd = 0

    def airborne(self, lat: float, lon: float, at: float, odd: int | None = None) -> Place | None:
        return self._send(tx.airborne(lat, lon, self._parity(odd)), at)

    def surface(self, lat: float, lon: float, at: float, odd: int | None = None, movement: int = 25) -> Place | None:
        return self._send(tx.surface(lat, lon, self._parity(odd), movement), at)

    def _parity(self, odd: int | None) -> int:
        self.odd = 1 - self.odd if odd is None else odd
        return self.odd

    def _send(self, me: int, at: float) -> Place | None:
        said = self.decoder.decode(tx.squitter(ICAO, me), at)
        assert said is not None
        return (said.values["lat"], said.values["lon"]) if "lat" in said.values else None


def near(found: Place | None, lat: float, lon: float) -> bool:
    """Whether a position was found, within 15 m."""
    if found is None:
        return False
    east = ((found[1] - lon + 180) % 360 - 180) * cos(radians(lat))
    return hypot(found[0] - lat, east) * 111_195 < 15


def test_one_message_places_nobody_and_two_of_one_parity_neither() -> None:
    flight = Flight()
    assert flight.airborne(50, 8, 0.0, odd=0) is None
    assert flight.airborne(50, 8, 0.5, odd=0) is None
    assert near(flight.airborne(50, 8, 1.0, odd=1), 50, 8)


def test_a_pair_more_than_ten_seconds_apart_places_nobody() -> None:
    flight = Flight()
    flight.airborne(50, 8, 0.0)
    assert flight.airborne(50, 8, 10.1) is None


def test_a_placed_aircraft_needs_one_message_of_any_parity_for_ten_minutes() -> None:
    flight = Flight()
    flight.airborne(50, 8, 0.0)
    flight.airborne(50, 8, 0.5)
    assert near(flight.airborne(50.5, 8.5, 599.0, odd=0), 50.5, 8.5)
    assert near(flight.airborne(50.5, 8.6, 1100.0, odd=0), 50.5, 8.6)
    assert flight.airborne(50.5, 8.7, 1701.0, odd=0) is None


@given(
    st.floats(-85, 85),
    st.floats(-180, 179.99),
    st.floats(0, 360),
    st.floats(50, 300),
    st.lists(st.tuples(st.floats(0.2, 15.0), st.integers(0, 1)), min_size=5, max_size=60),
)
def test_a_flight_anywhere_is_never_shown_where_it_is_not(
    lat: float, lon: float, heading: float, speed: float, messages: list[tuple[float, int]]
) -> None:
    """Over the date line and between latitude zones too, at any rate and in any order of parities."""
    flight = Flight()
    at = 0.0
    for pause, odd in messages:
        at += pause
        lat += cos(radians(heading)) * speed * pause / 111_195
        lon += cos(radians(heading - 90)) * speed * pause / 111_195 / cos(radians(lat))
        lon = (lon + 180) % 360 - 180
        found = flight.airborne(lat, lon, at, odd)
        assert found is None or near(found, lat, lon)
        assert found is None or -180 <= found[1] <= 180
    assert flight.decoder.stats["implausible"] == 0


def path(flight: Flight, count: int, at: float = 0.0) -> Iterable[tuple[float, Place | None]]:
    for number in range(count):
        when = at + number / 2
        yield when, flight.airborne(50 + when * 0.002, 8, when)


def test_a_stray_position_is_not_shown_and_moves_nobody() -> None:
    flight = Flight()
    list(path(flight, 10))
    assert flight.airborne(52, 12, 5.0) is None
    assert flight.decoder.stats["implausible"] == 1
    for when, found in path(flight, 10, 5.5):
        assert near(found, 50 + when * 0.002, 8)


def test_strays_mixed_with_good_positions_are_never_shown() -> None:
    flight = Flight()
    list(path(flight, 10))
    for when, found in path(flight, 40, 5.0):
        assert near(found, 50 + when * 0.002, 8)
        if when % 1.5 == 0:
            assert flight.airborne(-20, 100, when + 0.1) is None


def test_an_aircraft_that_is_really_elsewhere_is_found_there() -> None:
    """Two aircraft with one address, or a recording spliced: after a few messages the new place is believed."""
    flight = Flight()
    list(path(flight, 10))
    shown = [flight.airborne(30, 40, 5 + number / 2) for number in range(10)]
    assert shown[0] is None
    assert all(found is None or near(found, 30, 40) for found in shown)
    assert all(near(found, 30, 40) for found in shown[3:])


def test_a_wrong_first_position_is_recovered_from_within_a_few_messages() -> None:
    """An even message of elsewhere beside an odd one makes a position that agrees with itself and is wrong.

    It is a whole number of zones off, so messages of one parity go on to agree
    with it; those of the other do not.
    """
    flight = Flight()
    flight.airborne(50.0, 8.0, 0.0, odd=0)
    # The odd message of a place 40 zones north and east whose even message would look alike
    wrong = flight.airborne(50.0 + 1.1 * 6, 8.0, 0.5, odd=1)
    shown = [flight.airborne(50.0, 8.0, 1 + number / 2, odd=number % 2) for number in range(12)]
    assert wrong is None or not near(wrong, 50, 8)
    assert all(near(found, 50, 8) for found in shown[-4:])


def test_a_reference_in_the_wrong_zone_gives_way_to_the_other_parity() -> None:
    """The track is put by hand where one parity agrees with it for ever and the other never."""
    flight = Flight()
    flight.airborne(50.0, 8.0, 0.0)
    flight.airborne(50.0, 8.0, 0.5)
    track = flight.decoder._tracks[ICAO]
    track.lat -= 18.0  # three even zones
    track.trust = 4
    shown = [flight.airborne(50.0, 8.0, 1 + number / 2, odd=number % 2) for number in range(12)]
    assert not near(shown[0], 50, 8)
    assert all(near(found, 50, 8) for found in shown[8:])


def test_even_and_odd_messages_that_disagree_place_nobody() -> None:
    flight = Flight()
    flight.airborne(50.0, 8.0, 0.0, odd=0)
    assert flight.airborne(50.04, 8.0, 0.5, odd=1) is None  # 4.4 km in half a second
    assert flight.decoder.stats["implausible"] == 1


def test_a_first_position_beyond_300_nautical_miles_of_the_receiver_is_refused() -> None:
    flight = Flight((50.0, 8.0))
    flight.airborne(56.0, 8.0, 0.0)
    assert flight.airborne(56.0, 8.0, 0.5) is None
    assert flight.decoder.stats["out_of_range"] == 1
    other = Flight((50.0, 8.0))
    other.airborne(54.9, 8.0, 0.0)
    assert near(other.airborne(54.9, 8.0, 0.5), 54.9, 8)


def test_messages_that_arrive_together_are_still_a_path() -> None:
    """A network may hold two seconds of messages back and deliver them at once."""
    flight = Flight()
    list(path(flight, 4))
    for number in range(5):
        lat = 50.004 + number * 0.0012
        assert near(flight.airborne(lat, 8, 2.0), lat, 8)


# On the ground


def test_on_the_ground_without_reference_nobody_is_placed_and_each_message_is_counted() -> None:
    flight = Flight()
    for at in range(4):
        assert flight.surface(50, 8, float(at)) is None
    assert flight.decoder.stats["no_reference"] == 4


def test_on_the_ground_the_last_position_in_the_air_is_the_reference_for_ten_minutes() -> None:
    flight = Flight()
    flight.airborne(50.0, 8.0, 0.0)
    flight.airborne(50.0, 8.0, 0.5)
    assert near(flight.surface(50.02, 8.02, 500.0), 50.02, 8.02)
    late = Flight()
    late.airborne(50.0, 8.0, 0.0)
    late.airborne(50.0, 8.0, 0.5)
    assert late.surface(50.02, 8.02, 700.0) is None
    assert late.decoder.stats["no_reference"] == 1


def test_the_own_position_is_preferred_to_the_receivers() -> None:
    flight = Flight((50.0, 8.0))
    flight.airborne(52.0, 9.0, 0.0)
    flight.airborne(52.0, 9.0, 0.5)
    assert near(flight.surface(52.0, 9.0, 10.0), 52.0, 9.0)


def test_near_the_receiver_one_message_is_enough() -> None:
    assert near(Flight((50.0, 8.0)).surface(50.1, 8.1, 0.0), 50.1, 8.1)


@pytest.mark.parametrize("place", [(51.0, 8.0), (50.0, 12.0), (47.5, 6.0)])
def test_far_from_the_receiver_a_pair_is_needed_and_no_wrong_place_is_shown(place: Place) -> None:
    flight = Flight((50.0, 8.0))
    first = flight.surface(*place, 0.0)
    assert first is None
    assert near(flight.surface(*place, 1.0), *place)


def test_a_place_misread_next_to_the_receiver_is_left_with_the_other_parity() -> None:
    """One surface zone north of the receiver, an even message alone reads like one beside it."""
    flight = Flight((50.0, 8.0))
    assert near(flight.surface(51.5, 8.0, 0.0, odd=0), 50.0, 7.78947)
    shown = [flight.surface(51.5, 8.0, 1.0 + number, odd=1 - number % 2) for number in range(4)]
    assert all(near(found, 51.5, 8.0) for found in shown)


def test_southern_and_western_surfaces_are_found() -> None:
    for place in ((-33.94, 151.17), (-22.81, -43.25), (37.62, -122.38)):
        assert near(Flight((place[0] + 0.05, place[1] - 0.05)).surface(*place, 0.0), *place)


def test_without_a_receiver_a_lost_surface_position_is_found_again_on_its_own_side_of_the_globe() -> None:
    flight = Flight()
    flight.airborne(-33.94, -70.8, 0.0)
    flight.airborne(-33.94, -70.8, 0.5)
    shown = [flight.surface(-33.5, -70.6, 1.0 + number) for number in range(4)]  # 50 km away, a second later
    assert shown[0] is None
    assert near(shown[-1], -33.5, -70.6)


def test_surface_and_airborne_messages_make_no_pair() -> None:
    flight = Flight()
    flight.surface(50, 8, 0.0, odd=0)
    assert flight.airborne(50, 8, 0.5, odd=1) is None


def test_a_slow_vehicle_may_take_50_seconds_for_a_pair_and_a_fast_one_25() -> None:
    def pair(movement: int, pause: float) -> Place | None:
        flight = Flight((50.0, 8.0))
        flight.surface(51.0, 8.0, 0.0, movement=movement)
        return flight.surface(51.0, 8.0, pause, movement=movement)

    slow, fast = 13, 60
    assert near(pair(slow, 49.0), 51, 8)
    assert pair(slow, 51.0) is None
    assert near(pair(fast, 24.0), 51, 8)
    assert pair(fast, 26.0) is None


def test_landing_and_taking_off_keep_the_position() -> None:
    flight = Flight()
    list(path(flight, 6))
    assert near(flight.surface(50.006, 8, 3.5), 50.006, 8)
    assert near(flight.surface(50.0065, 8, 4.5), 50.0065, 8)
    assert near(flight.airborne(50.007, 8, 5.5), 50.007, 8)
