"""Which of what sources say is believed."""

from __future__ import annotations

from typing import Any

from flighttap.aircraft.fusion import fuse
from flighttap.aircraft.observation import Observation
from flighttap.aircraft.plausible import PositionCheck, distance
from flighttap.aircraft.state import Aircraft


class Feed:
    def __init__(self, receiver: tuple[float, float] | None = None) -> None:
        self.receiver = receiver


HERE = Feed()


def told(
    aircraft: Aircraft, now: float, source: str, feed: Feed = HERE, at: float | None = None, **values: Any
) -> bool:
    seen = Observation(aircraft.key, now if at is None else at, source, values, -10.0)
    return fuse(aircraft, seen, now, int(now * 10) + 1, feed)


def test_a_better_source_owns_a_field_until_it_is_stale() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    assert told(aircraft, 0, "adsb_icao", gs=100.0)
    assert told(aircraft, 5, "mode_s", gs=200.0, squawk="1234")
    assert (aircraft.value("gs"), aircraft.value("squawk"), aircraft.value("source")) == (100.0, "1234", "adsb_icao")
    told(aircraft, 15.1, "mode_s", gs=200.0)
    assert (aircraft.value("gs"), aircraft.value("source")) == (200.0, "mode_s")
    told(aircraft, 15.2, "adsb_icao", gs=150.0)
    assert (aircraft.value("gs"), aircraft.value("source")) == (150.0, "adsb_icao")


def test_members_rank_below_any_fresh_received_value_and_are_told_so() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "tisb_other", lat=1.0, lon=1.0)
    shadowed: list[str] = []
    member = Observation("4ca7b5", 1.0, "member", {"lat": 2.0, "lon": 2.0, "callsign": "KLM1"})
    assert fuse(aircraft, member, 1.0, 11, HERE, shadowed)
    assert shadowed == ["lat", "lon"]
    assert (aircraft.value("lat"), aircraft.value("callsign")) == (1.0, "KLM1")


def test_a_member_may_teleport() -> None:
    aircraft = Aircraft("id:1", 1, 0.0)
    told(aircraft, 0, "member", lat=1.0, lon=1.0)
    told(aircraft, 1, "member", lat=60.0, lon=100.0)
    assert aircraft.value("lat") == 60.0


def test_what_is_heard_but_unchanged_is_touched_after_a_while() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "adsb_icao", gs=0.0)
    assert not told(aircraft, 15, "adsb_icao", gs=0.0)
    assert told(aircraft, 15.1, "adsb_icao", gs=0.0)
    assert aircraft.value("messages") == 3


def test_signal_and_count_never_make_a_change_of_their_own() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "adsb_icao", gs=0.0)
    assert (aircraft.value("messages"), aircraft.value("rssi")) == (1, -10.0)
    for step in range(1, 5):
        told(aircraft, step, "adsb_icao", gs=float(step))
    assert aircraft.value("messages") == 1
    told(aircraft, 5, "adsb_icao", gs=5.0)
    assert aircraft.value("messages") == 6


def test_a_position_beyond_the_receivers_range_is_not_taken_but_the_rest_is() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "adsb_icao", Feed((52.0, 4.0)), lat=40.0, lon=-70.0, nic=8, alt_baro=1000)
    assert aircraft.value("lat") is None
    assert aircraft.value("nic") is None
    assert aircraft.value("alt_baro") == 1000


def test_an_aircraft_that_is_followed_out_of_range_stays_believed() -> None:
    """More than one receiver can stand behind a feed: the Toulouse recording goes on to Heathrow."""
    aircraft = Aircraft("400f99", 1, 0.0)
    feed = Feed((43.63, 1.37))
    for minute in range(60):
        told(aircraft, 60.0 * minute, "adsb_icao", feed, lat=43.63 + minute * 0.13, lon=1.37, gs=480.0)
    assert aircraft.value("lat") == 43.63 + 59 * 0.13


def test_a_jump_is_refused_and_a_wrong_first_position_is_recovered_from() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "adsb_icao", lat=10.0, lon=10.0, gs=400.0)
    told(aircraft, 1, "adsb_icao", lat=52.0, lon=4.0)
    told(aircraft, 2, "adsb_icao", lat=52.002, lon=4.0)
    assert aircraft.value("lat") == 10.0
    told(aircraft, 3, "adsb_icao", lat=52.004, lon=4.0)
    assert aircraft.value("lat") == 52.004
    told(aircraft, 4, "adsb_icao", lat=10.0, lon=10.0)
    assert aircraft.value("lat") == 52.004


def test_scattered_wrong_positions_never_agree() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "adsb_icao", lat=52.0, lon=4.0, gs=400.0)
    for step, lat in enumerate((-40.0, 10.0, 70.0, -10.0, 30.0, 0.0), 1):
        told(aircraft, step, "adsb_icao", lat=lat, lon=100.0)
    assert aircraft.value("lat") == 52.0


def test_within_one_feed_only_its_own_time_counts() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0.0, "adsb_icao", at=0.0, lat=50.0, lon=4.0, gs=400.0)
    told(aircraft, 0.01, "adsb_icao", at=900.0, lat=51.0, lon=4.0)  # a replay at great speed
    assert aircraft.value("lat") == 51.0
    told(aircraft, 0.02, "adsb_icao", Feed(), at=0.0, lat=52.0, lon=4.0)  # another feed: hub time
    assert aircraft.value("lat") == 51.0


def test_positions_across_the_antimeridian_are_near() -> None:
    check = PositionCheck()
    assert check.accepts(0.0, 179.999, 400.0, 0.0, 0.0, HERE)
    assert check.accepts(0.0, -179.999, 400.0, 1.0, 1.0, HERE)
    assert round(distance(0, 0, 0, 1)) == 111195


def test_the_listing_rule_and_lifetimes() -> None:
    aircraft = Aircraft("4ca7b5", 1, 0.0)
    told(aircraft, 0, "adsb_icao", lat=1.0, lon=1.0, callsign="KLM1")
    assert aircraft.listed(59.9)
    assert not aircraft.listed(60.1)
    told(aircraft, 40, "mode_s", alt_baro=100)
    assert aircraft.listed(69.9)
    assert aircraft.next_expiry() == 60.0
    assert aircraft.drop_expired(60.0, 99)
    assert (aircraft.value("lat"), aircraft.value("alt_baro"), aircraft.value("callsign")) == (None, 100, "KLM1")
    assert aircraft.cells["lat"].seq == 99
    assert not aircraft.drop_expired(60.0, 100)
