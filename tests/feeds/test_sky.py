"""The simulated sky looks like one: motion that is possible, traffic that goes on, the one emergency.

Four minutes of a sky are flown once and heard by the real decoder; the
tests then look at what was seen.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import cos, hypot, radians
from random import Random

import pytest

from flighttap.aircraft.observation import Observation
from flighttap.feeds.sky.fleet import AIRCRAFT, Registry
from flighttap.feeds.sky.places import AIRPORTS, CENTRE, distance
from flighttap.feeds.sky.world import SLOTS, STATIONS, TROUBLE_BEGINS, TROUBLE_ENDS, Sky
from flighttap.formats import ModesDecoder

SIZE = 140
SECONDS = 260


def full_sky(size: int, seed: int = 1) -> Sky:
    sky = Sky(size, Random(seed))
    for _ in sky.populate():
        pass
    return sky


@dataclass(slots=True)
class Moment:
    """One aircraft after one of its steps."""

    at: float
    lat: float
    lon: float
    alt: float
    gs: float
    track: float
    rate: float
    on_ground: bool


@dataclass(slots=True)
class Watched:
    """What some minutes of a sky showed."""

    moments: dict[str, list[Moment]] = field(default_factory=lambda: defaultdict(list))
    trades: dict[str, str] = field(default_factory=dict)
    counts: list[int] = field(default_factory=list)
    heard: list[Observation] = field(default_factory=list)
    lost: int = 0
    errors: list[tuple[bool, float]] = field(default_factory=list)
    with_position: dict[float, int] = field(default_factory=dict)
    stats: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def watched() -> Watched:
    seen = Watched()
    sky = full_sky(SIZE)
    decoders = [ModesDecoder(place) for place in STATIONS]
    placed: set[str] = set()
    for tick in range(SECONDS * SLOTS):
        moved = set()
        for flight, station, frame in sky.advance():
            body = flight.body
            key = body.identity.key
            moved.add(key)
            observation = decoders[station].decode(frame, sky.now)
            if observation is None:
                seen.lost += 1
                continue
            assert observation.key == key
            seen.heard.append(observation)
            values = observation.values
            if "lat" in values:
                placed.add(key)
                east = (values["lon"] - body.lon) * cos(radians(body.lat))
                seen.errors.append((body.on_ground, hypot(values["lat"] - body.lat, east) * 111_195))
        if tick % SLOTS == 0:
            seen.with_position[sky.now] = len(placed)
        for key in moved:
            body = sky.flights[key].body
            seen.trades[key] = sky.flights[key].trade
            seen.moments[key].append(
                Moment(sky.now, body.lat, body.lon, body.alt, body.gs, body.track, body.rate, body.on_ground)
            )
        seen.counts.append(len(sky.flights))
    for decoder in decoders:
        seen.stats.update(decoder.stats)
    return seen


def steps(watched: Watched, *but: str) -> Iterable[tuple[str, Moment, Moment]]:
    """Each aircraft's moments, one second apart."""
    for key, moments in watched.moments.items():
        if watched.trades[key] not in but:
            for before, after in pairwise(moments):
                if after.at - before.at < 1.05:
                    yield key, before, after


# ---- through the decoder


def test_every_frame_is_understood(watched: Watched) -> None:
    assert watched.lost == 0
    assert len(watched.heard) == watched.stats["messages"] > 60_000
    assert watched.stats["implausible"] == watched.stats["crc_failed"] == watched.stats["out_of_range"] == 0
    assert watched.stats["no_reference"] <= 3  # the helicopter's very first one, far from any airport's antenna


def test_decoded_positions_are_those_flown(watched: Watched) -> None:
    airborne = [error for on_ground, error in watched.errors if not on_ground]
    ground = [error for on_ground, error in watched.errors if on_ground]
    assert len(airborne) > 20_000
    assert len(ground) > 1_000
    assert max(airborne) < 6
    assert max(ground) < 2.5


def test_nearly_all_are_placed_within_a_second(watched: Watched) -> None:
    placed = {round(at): number for at, number in watched.with_position.items()}
    assert placed[1] > SIZE * 0.9


def test_a_cabin_emergency_is_declared_after_a_minute_and_a_half_and_over_after_four(watched: Watched) -> None:
    shouting = [each for each in watched.heard if each.values.get("squawk") == "7700"]
    words = [each for each in watched.heard if each.values.get("emergency", "none") != "none"]
    (key,) = {each.key for each in shouting + words}
    assert {each.values["emergency"] for each in words} == {"general"}
    assert TROUBLE_BEGINS <= words[0].at <= TROUBLE_BEGINS + 7
    assert TROUBLE_ENDS - 7 <= words[-1].at <= TROUBLE_ENDS + 1
    own = {each.values["squawk"] for each in watched.heard if each.key == key and "squawk" in each.values} - {"7700"}
    assert len(own) == 1
    assert [each.values["squawk"] for each in watched.heard if each.key == key and "squawk" in each.values][-1] in own
    moments = watched.moments[key]
    before = next(moment for moment in moments if moment.at >= TROUBLE_BEGINS)
    after = next(moment for moment in moments if moment.at >= TROUBLE_ENDS)
    assert before.alt > 28_000
    assert after.alt < before.alt - 8_000


def test_everybody_says_who_they_are(watched: Watched) -> None:
    callsigns = defaultdict(set)
    squawks = defaultdict(set)
    for each in watched.heard:
        if "callsign" in each.values:
            callsigns[each.values["callsign"]].add(each.key)
        if "squawk" in each.values and each.values["squawk"] not in ("7000", "7700"):
            squawks[each.values["squawk"]].add(each.key)
    assert len(callsigns) > SIZE * 0.9
    assert all(len(keys) == 1 for keys in callsigns.values())
    # a code that somebody gave back may be given to another
    assert sum(len(keys) > 1 for keys in squawks.values()) <= 2
    assert not squawks.keys() & {"7500", "7600", "7777", "2000", "1000", "0000"}


# ---- what flies


def test_there_is_every_kind_of_traffic(watched: Watched) -> None:
    first = {key: moments[0] for key, moments in watched.moments.items() if moments[0].at <= 1.0}
    assert len(first) == SIZE
    assert sum(moment.on_ground for moment in first.values()) > 8
    assert sum(moment.rate > 300 for moment in first.values()) > 8
    assert sum(moment.rate < -300 for moment in first.values()) > 8
    assert sum(moment.alt > 29_000 and abs(moment.rate) < 100 for moment in first.values()) > 30
    assert Counter(watched.trades.values())["helicopter"] == 1
    assert Counter(watched.trades.values())["glider"] == 1
    assert Counter(watched.trades.values())["light"] == SIZE // 25 - 2


def test_aircraft_take_off_land_and_circle_in_holds(watched: Watched) -> None:
    took_off = landed = circled = 0
    for key, moments in watched.moments.items():
        grounds = [moment.on_ground for moment in moments]
        took_off += grounds[0] and not grounds[-1]
        landed += not grounds[0] and grounds[-1]
        high = [moment for moment in moments if moment.alt > 6500]
        turned = sum((after.track - before.track + 180) % 360 - 180 for before, after in pairwise(high))
        circled += watched.trades[key] != "glider" and turned > 200
    assert took_off >= 2
    assert landed >= 2
    assert circled >= 1


def test_landings_end_on_runways_and_go_to_the_apron(watched: Watched) -> None:
    touched = 0
    for _, before, after in steps(watched, "helicopter"):
        if not before.on_ground and after.on_ground:
            touched += 1
            airport = min(AIRPORTS, key=lambda each: distance(each.place, (after.lat, after.lon)))
            assert min(distance(runway.threshold, (after.lat, after.lon)) for runway in airport.landing) < 0.3
            assert 80 < after.gs < 165
            assert after.alt == airport.elevation
    assert touched >= 2


# ---- how they move


def test_positions_follow_from_speed_and_track(watched: Watched) -> None:
    for _, before, after in steps(watched):
        north = (after.lat - before.lat) * 60
        east = (after.lon - before.lon) * 60 * cos(radians(before.lat))
        assert hypot(north, east) * 3600 == pytest.approx(after.gs, abs=1.5)


def test_turns_are_those_that_aircraft_fly(watched: Watched) -> None:
    for _, before, after in steps(watched):
        turn = abs((after.track - before.track + 180) % 360 - 180)
        if after.on_ground:
            assert turn <= 14.1
        elif after.gs > 140:
            assert turn <= 3.6
            assert turn * after.gs <= 510  # 25 degrees of bank
        else:
            assert turn <= 12.1


def test_climbs_and_descents_are_those_that_aircraft_fly(watched: Watched) -> None:
    steep = set()
    for key, before, after in steps(watched):
        if before.on_ground != after.on_ground:
            continue
        if after.alt > 1000:  # lower, it may be held at the height of the threshold for a second
            assert (after.alt - before.alt) * 60 == pytest.approx(after.rate, abs=250)
        assert abs(after.rate - before.rate) <= 400 or after.rate == 0
        assert -6100 <= after.rate <= 3600
        if after.rate < -3500:
            steep.add(key)
    assert len(steep) <= 1  # the emergency


def test_speeds_fit_the_phase(watched: Watched) -> None:
    for _, before, after in steps(watched):
        assert abs(after.gs - before.gs) <= 3.5
        assert after.gs <= 540
        if after.alt < 9000 and not after.on_ground:
            assert after.gs <= 320
    taxiing = [
        after.gs
        for _, before, after in steps(watched, "helicopter")
        if before.on_ground and after.on_ground and distance((before.lat, before.lon), (after.lat, after.lon)) < 0.008
    ]
    assert max(taxiing) < 30
    jets = [after.gs for _, _, after in steps(watched, "light", "glider", "helicopter") if after.alt > 30_000]
    assert min(jets) > 300


def test_level_flight_is_at_levels_by_the_semicircular_rule(watched: Watched) -> None:
    for key, moments in watched.moments.items():
        moment = moments[0]
        if moment.alt > 29_000 and moment.rate == 0 and watched.trades[key] in ("airline", "long haul"):
            assert moment.alt % 1000 == 0


def test_nobody_is_outside_the_sky(watched: Watched) -> None:
    for moments in watched.moments.values():
        for moment in (moments[0], moments[-1]):
            assert distance(CENTRE, (moment.lat, moment.lon)) < 300


# ---- for longer, and in other sizes


def test_the_number_stays_for_half_an_hour_and_traffic_changes() -> None:
    sky = full_sky(30)
    first = set(sky.flights)
    for _ in range(30 * 60 * SLOTS):
        sky.advance()
        if sky.now > 60:
            assert 28 <= len(sky.flights) <= 33
    assert len(first & sky.flights.keys()) < 20
    assert len({flight.body.identity.callsign for flight in sky.flights.values()}) == len(sky.flights)


def test_a_seed_makes_one_sky_and_another_seed_another() -> None:
    def frames(seed: int) -> list[bytes]:
        sky = full_sky(30, seed)
        return [frame for _ in range(150) for _, _, frame in sky.advance()]

    assert frames(7) == frames(7)
    assert frames(7) != frames(8)


@pytest.mark.parametrize("size", [1, 2, 24, 400])
def test_small_and_large_skies_are_full_at_once(size: int) -> None:
    sky = full_sky(size)
    assert len(sky.flights) == size
    for _ in range(3 * SLOTS):
        sky.advance()
    assert size <= len(sky.flights) <= size * 1.05 + 2


def test_identities_are_unique_and_look_like_those_of_their_country() -> None:
    registry = Registry(Random(3))
    dealt = [registry.enlist(trade) for trade in AIRCRAFT for _ in range(150)]
    assert len({each.icao for each in dealt}) == len(dealt)
    assert len({each.registration for each in dealt}) == len(dealt)
    assert len({each.callsign for each in dealt}) == len(dealt)
    for each in dealt:
        assert 3 <= len(each.callsign) <= 8
        assert each.callsign.isalnum()
        assert each.registration.startswith("PH-") == (0x480000 <= each.icao <= 0x487FFF)
        assert each.registration.startswith("G-") == (0x400000 <= each.icao <= 0x43FFFF)
    registry.retire(dealt[0])
    assert all(each in AIRCRAFT["airline"] for each in {registry.enlist("airline").kind for _ in range(50)})
