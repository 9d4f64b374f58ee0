"""What each kind of extended squitter says: published frames, and messages built field by field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.formats.adsb import EMERGENCIES
from flighttap.formats.integrity import containment
from flighttap.formats.modes import ModesDecoder
from tests.formats import transmitter as tx

ICAO = 0x4CA7B5


def said(*messages: int, decoder: ModesDecoder | None = None) -> dict[str, Any]:
    """The values of the last of some messages of one aircraft, half a second apart."""
    decoder = decoder or ModesDecoder()
    values: dict[str, Any] = {}
    for number, me in enumerate(messages):
        observation = decoder.decode(tx.squitter(ICAO, me), number / 2)
        assert observation is not None
        values = observation.values
    return values


# Published frames: "The 1090 MHz Riddle", chapters on ADS-B


@pytest.mark.parametrize(
    ("frame", "key", "values"),
    [
        ("8D4840D6202CC371C32CE0576098", "4840d6", {"callsign": "KLM1023", "category": "A0"}),
        (
            "8D485020994409940838175B284F",
            "485020",
            {"gs": 159.2, "track": 182.88, "baro_rate": None, "geom_rate": -832, "nac_v": 0},
        ),
        ("8DA05F219B06B6AF189400CBC33F", "a05f21", {"tas": 375, "mag_heading": 243.98, "baro_rate": -2304, "nac_v": 0}),
        (
            "8DA05629EA21485CBF3F8CADAEEB",
            "a05629",
            {
                "nav_altitude_mcp": 16992,
                "nav_qnh": 1012.8,
                "nav_heading": 66.8,
                "nac_p": 9,
                "sil": 3,
                "nic_baro": 1,
                "nav_modes": ["autopilot", "vnav", "lnav", "tcas"],
            },
        ),
        ("8DA2C1B6E112B600000000760759", "a2c1b6", {"emergency": "none", "squawk": "6513"}),
    ],
)
def test_published_frames(frame: str, key: str, values: dict[str, Any]) -> None:
    observation = ModesDecoder().decode(bytes.fromhex(frame), 0.0)
    assert observation is not None
    assert observation.key == key
    for name, value in values.items():
        assert observation.values.get(name) == value, name


def test_the_published_airborne_pair_places_the_aircraft() -> None:
    decoder = ModesDecoder()
    first = decoder.decode(bytes.fromhex("8D40621D58C386435CC412692AD6"), 0.0)
    second = decoder.decode(bytes.fromhex("8D40621D58C382D690C8AC2863A7"), 1.0)
    assert first is not None
    assert second is not None
    assert "lat" not in first.values
    assert second.values == {
        "lat": 52.2572,
        "lon": 3.91937,
        "on_ground": False,
        "nic": 8,
        "rc": 186,
        "alt_baro": 38000,
    }


def test_the_published_surface_position() -> None:
    decoder = ModesDecoder((51.990, 4.375))
    observation = decoder.decode(bytes.fromhex("8C4841753A9A153237AEF0F275BE"), 0.0)
    assert observation is not None
    assert observation.values["lat"] == pytest.approx(52.32056, abs=1e-5)
    assert observation.values["lon"] == pytest.approx(4.73573, abs=1e-5)
    assert (observation.values["gs"], observation.values["track"]) == (17.0, 92.81)


# Identification


@pytest.mark.parametrize(("code", "letter"), [(1, "D"), (2, "C"), (3, "B"), (4, "A")])
@pytest.mark.parametrize("number", [0, 7])
def test_emitter_categories(code: int, letter: str, number: int) -> None:
    assert said(tx.identification("TEST", code, number))["category"] == f"{letter}{number}"


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=1, max_size=8))
def test_every_callsign_comes_back(callsign: str) -> None:
    assert said(tx.identification(callsign))["callsign"] == callsign


def test_a_blank_callsign_is_none_and_one_with_other_characters_is_counted() -> None:
    decoder = ModesDecoder()
    assert "callsign" not in said(tx.identification(""), decoder=decoder)
    assert decoder.stats["bad_callsign"] == 0
    assert "callsign" not in said(tx.identification("A#B"), decoder=decoder)
    assert decoder.stats["bad_callsign"] == 1


# Velocity


@pytest.mark.parametrize(
    ("subtype", "east", "north", "gs", "track"),
    [
        (1, 0, 100, 100.0, 0.0),
        (1, 100, 0, 100.0, 90.0),
        (1, 0, -100, 100.0, 180.0),
        (1, -100, 0, 100.0, 270.0),
        (1, -1, 1000, 1000.0, 359.94),
        (2, 300, 400, 2000.0, 36.87),
    ],
)
def test_velocity_over_ground(subtype: int, east: int, north: int, gs: float, track: float) -> None:
    values = said(tx.velocity(subtype, tx.over_ground(east, north)))
    assert (values["gs"], values["track"]) == (gs, track)


def test_an_aircraft_that_hovers_has_a_speed_and_no_track() -> None:
    values = said(tx.velocity(1, tx.over_ground(0, 0)))
    assert values["gs"] == 0.0
    assert "track" not in values


def test_a_velocity_without_one_of_its_components_is_none() -> None:
    values = said(tx.velocity(1, tx.packed((0, 1), (0, 10), (0, 1), (101, 10)), rate=640))
    assert values == {"nac_v": 1, "baro_rate": 640}


@pytest.mark.parametrize(("subtype", "factor"), [(3, 1), (4, 4)])
@pytest.mark.parametrize(("true_airspeed", "name"), [(False, "ias"), (True, "tas")])
def test_airspeed_and_heading(subtype: int, factor: int, true_airspeed: bool, name: str) -> None:
    values = said(tx.velocity(subtype, tx.through_air(256, true_airspeed, 250)))
    assert values == {"nac_v": 1, "mag_heading": 90.0, name: 250 * factor}
    assert said(tx.velocity(subtype, tx.through_air(None, true_airspeed, None))) == {"nac_v": 1}


@pytest.mark.parametrize(("baro", "name"), [(True, "baro_rate"), (False, "geom_rate")])
@pytest.mark.parametrize("rate", [0, 64, -64, -4096, 32640])
def test_vertical_rates(baro: bool, name: str, rate: int) -> None:
    assert said(tx.velocity(1, tx.over_ground(1, 1), rate, baro))[name] == rate


@pytest.mark.parametrize("subtype", [0, 5, 6, 7])
def test_other_subtypes_of_velocity_say_nothing(subtype: int) -> None:
    assert said(tx.velocity(subtype, 0)) == {}


# Geometric altitude


def test_the_difference_gives_the_geometric_altitude_from_the_barometric_one_just_heard() -> None:
    position = tx.airborne(50, 8, 0, 10000)
    velocity = tx.velocity(1, tx.over_ground(1, 1), difference=-225)
    assert said(position, velocity)["alt_geom"] == 9775
    assert said(position, velocity, tx.airborne(50, 8, 0, 10100))["alt_geom"] == 9875


def test_no_geometric_altitude_is_made_of_an_old_barometric_one() -> None:
    decoder = ModesDecoder()
    decoder.decode(tx.squitter(ICAO, tx.airborne(50, 8, 0, 10000)), 0.0)
    late = decoder.decode(tx.squitter(ICAO, tx.velocity(1, tx.over_ground(1, 1), difference=100)), 1.6)
    later = decoder.decode(tx.squitter(ICAO, tx.airborne(50, 8, 0, 10000)), 32.0)
    assert late is not None
    assert later is not None
    assert "alt_geom" not in late.values
    assert "alt_geom" not in later.values


def test_no_difference_is_not_a_difference_of_none() -> None:
    assert "alt_geom" not in said(tx.airborne(50, 8, 0), tx.velocity(1, tx.over_ground(1, 1)))


@pytest.mark.parametrize("code", [20, 21, 22])
def test_a_position_with_geometric_altitude(code: int) -> None:
    values = said(tx.airborne(50, 8, 0, 12000, code), tx.airborne(50, 8, 1, 12000, code))
    assert values["alt_geom"] == 12000
    assert "alt_baro" not in values
    assert values["lat"] == pytest.approx(50, abs=0.0001)


def test_a_message_without_position_may_have_an_altitude() -> None:
    assert said(tx.packed((0, 8), (tx.altitude_12(5000), 12), (0, 36))) == {"alt_baro": 5000}
    assert said(0) == {}


# Alert and special identification


def test_alert_and_spi_of_a_position_are_told_while_they_last_and_when_they_end() -> None:
    quiet, alert, changed, spi = (tx.airborne(50, 8, 0, status=status) for status in range(4))
    assert "alert" not in said(quiet)
    assert said(alert)["alert"] == said(changed)["alert"] == 1
    assert (said(spi)["alert"], said(spi)["spi"]) == (0, 1)
    assert (said(spi, quiet)["alert"], said(spi, quiet)["spi"]) == (0, 0)
    assert "alert" not in said(spi, quiet, quiet)


# Surface


@pytest.mark.parametrize(
    ("movement", "gs"),
    [
        (0, None),
        (1, 0.0),
        (2, 0.1),
        (9, 1.0),
        (13, 2.0),
        (38, 14.5),
        (39, 15.0),
        (93, 69.0),
        (94, 70.0),
        (108, 98.0),
        (109, 100.0),
        (123, 170.0),
        (124, 175.0),
        (125, None),
        (127, None),
    ],
)
def test_the_movement_field(movement: int, gs: float | None) -> None:
    assert said(tx.surface(50, 8, 0, movement)).get("gs") == gs


def test_the_direction_of_a_vehicle_on_the_ground() -> None:
    assert said(tx.surface(50, 8, 0, heading=32))["track"] == 90.0
    assert "track" not in said(tx.surface(50, 8, 0))


# Status


@pytest.mark.parametrize("state", range(8))
def test_emergency_states(state: int) -> None:
    values = said(tx.packed((28, 5), (1, 3), (state, 3), (tx.identity_13("7700"), 13), (0, 32)))
    assert values == {"emergency": EMERGENCIES[state], "squawk": "7700"}


def test_a_squawk_that_is_not_there_is_not_0000() -> None:
    assert said(tx.packed((28, 5), (1, 3), (0, 48))) == {"emergency": "none"}


def test_an_acas_broadcast_is_not_an_emergency() -> None:
    assert said(tx.packed((28, 5), (2, 3), (0xFFFFFFFFFFFF, 48))) == {}


def operational(
    version: int,
    subtype: int = 0,
    nic_a: int = 0,
    nic_c: int = 0,
    magnetic: int = 0,
    heading: int = 0,
    per_sample: int = 0,
) -> int:
    """TC31: capability, NIC-C at bit 20, SDA 2, version, NACp 9, GVA 2, SIL 3, NICbaro or track/heading at bit 53."""
    return tx.packed(
        (31, 5),
        (subtype, 3),
        (0, 8),
        (5, 3),
        (nic_c, 1),
        (0, 4),
        (0, 6),
        (2, 2),
        (0, 8),
        (version, 3),
        (nic_a, 1),
        (9, 4),
        (2, 2),
        (3, 2),
        (heading, 1),
        (magnetic, 1),
        (per_sample, 1),
        (0, 1),
    )


def test_operational_status_of_each_version() -> None:
    assert said(operational(0)) == {"version": 0}
    first = {"version": 1, "nac_p": 9, "sil": 3, "sil_type": "unknown", "nic_baro": 0}
    assert said(operational(1)) == first
    second = {"version": 2, "nac_p": 9, "sil": 3, "sil_type": "perhour", "sda": 2, "gva": 2, "nic_baro": 0}
    assert said(operational(2)) == second
    assert said(operational(2, per_sample=1))["sil_type"] == "persample"
    on_ground = {"version": 2, "nac_p": 9, "sil": 3, "sil_type": "perhour", "sda": 2, "nac_v": 5}
    assert said(operational(2, subtype=1)) == on_ground
    assert said(operational(2, subtype=2)) == {}


def test_what_a_heading_is_measured_from_is_said_by_the_operational_status() -> None:
    velocity = tx.velocity(3, tx.through_air(256, True, 100))
    assert said(operational(2), velocity)["true_heading"] == 90.0
    assert said(operational(2, magnetic=1), velocity)["mag_heading"] == 90.0
    surface = tx.surface(50, 8, 0, heading=32)
    assert said(operational(2, 1, heading=1), surface)["true_heading"] == 90.0
    assert said(operational(2, 1, heading=1, magnetic=1), surface)["mag_heading"] == 90.0
    assert said(operational(2, 1), surface)["track"] == 90.0


# Integrity


@pytest.mark.parametrize(
    ("version", "nic_a", "nic_b", "code", "nic", "rc"),
    [
        (0, 0, 0, 11, 8, 186),
        (0, 0, 0, 16, 1, 18520),
        (1, 1, 0, 11, 9, 75),
        (1, 1, 0, 13, 6, 1112),
        (1, 0, 0, 16, 2, 14816),
        (2, 1, 1, 11, 9, 75),
        (2, 0, 1, 13, 6, 556),
        (2, 0, 0, 13, 6, 926),
        (2, 1, 1, 16, 3, 7408),
        (2, 0, 0, 18, 0, 0),
        (2, 0, 0, 9, 11, 8),
    ],
)
def test_the_integrity_of_an_airborne_position(
    version: int, nic_a: int, nic_b: int, code: int, nic: int, rc: int
) -> None:
    position = tx.airborne(50, 8, 0, code=code, last=nic_b)
    for messages in (
        (operational(version, nic_a=nic_a), position),
        (position, operational(version, nic_a=nic_a), position),
    ):
        values = said(*messages)
        assert (values["nic"], values["rc"]) == (nic, rc)


def test_the_integrity_of_a_surface_position_needs_supplement_c() -> None:
    position = tx.surface(50, 8, 0, code=8)
    assert said(position)["nic"] == 0
    assert said(operational(2, 1, nic_a=1, nic_c=1), position)["rc"] == 371
    assert said(operational(2, 1, nic_a=1), position)["rc"] == 556
    assert said(operational(2, 1, nic_c=1), position)["rc"] == 1112


def test_a_greater_radius_never_comes_with_a_greater_category() -> None:
    for version in range(3):
        rows = {
            containment(code, version, a, b) for code in (*range(9, 19), 20, 21, 22) for a in (0, 1) for b in (0, 1)
        } - {(0, 0)}
        radii = [rc for _, rc in sorted(rows, reverse=True)]
        best = {nic: max(rc for n, rc in rows if n == nic) for nic, _ in rows}
        assert radii
        assert [best[nic] for nic in sorted(best, reverse=True)] == sorted(best.values())


# Target state


def test_target_state_with_nothing_selected() -> None:
    me = tx.packed((29, 5), (1, 2), (0, 1), (0, 48))
    assert said(me) == {"nac_p": 0, "nic_baro": 0, "sil": 0, "sil_type": "perhour"}


def test_an_altitude_from_the_flight_management_system() -> None:
    me = tx.packed((29, 5), (1, 2), (0, 1), (1, 1), (313, 11), (0, 36))
    assert said(me)["nav_altitude_fms"] == 9984


def test_target_state_of_version_1_is_not_read() -> None:
    assert said(tx.packed((29, 5), (0, 2), (0xFFFF, 49))) == {}
