"""Frames that the simulated transponders send, against frames of real ones and against the real decoder."""

from __future__ import annotations

from math import cos, hypot, radians

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flighttap.feeds.sky import frames
from flighttap.formats import ModesDecoder

ICAO = 0x484175

latitudes = st.floats(-85, 85)
longitudes = st.floats(-180, 179.999)
squawks = st.text("01234567", min_size=4, max_size=4)


def metres(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    east = (to_lon - lon + 180) % 360 - 180
    return hypot(to_lat - lat, east * cos(radians(lat))) * 111_195


def said(*sent: bytes, receiver: tuple[float, float] | None = None) -> dict[str, object]:
    """What the decoder knows after these frames."""
    decoder = ModesDecoder(receiver)
    values: dict[str, object] = {}
    for number, frame in enumerate((frames.all_call(ICAO, False), *sent)):
        heard = decoder.decode(frame, 1.0 + number)
        assert heard is not None
        assert heard.key == f"{ICAO:06x}"
        values |= heard.values
    return values


def test_an_identification_is_bit_for_bit_that_of_a_real_aircraft() -> None:
    assert frames.identification(0x4840D6, "A0", "KLM1023").hex() == "8d4840d6202cc371c32ce0576098"


def test_an_airborne_position_is_bit_for_bit_that_of_a_real_aircraft() -> None:
    sent = frames.airborne_position(0x40621D, 52.2572021484375, 3.91937255859375, 38000, 0)
    assert sent.hex() == "8d40621d58c382d690c8ac2863a7"


def test_a_surface_position_is_that_of_a_real_aircraft_but_for_the_capability() -> None:
    sent = frames.surface_position(ICAO, 52.32056052, 4.73573521, 17, 92.8125, 1)
    assert sent[4:11].hex() == "8c4841753a9a153237aef0f275be"[8:22]


@settings(deadline=None)
@given(latitudes, longitudes, st.integers(-900, 50_000))
def test_an_airborne_position_decodes_to_within_its_resolution(lat: float, lon: float, alt: int) -> None:
    pair = [frames.airborne_position(ICAO, lat, lon, alt, odd) for odd in (0, 1)]
    values = said(*pair)
    assert metres(lat, lon, values["lat"], values["lon"]) < 6  # type: ignore[arg-type]
    assert values["alt_baro"] == pytest.approx(alt, abs=12.5)
    assert values["on_ground"] is False


@settings(deadline=None)
@given(st.floats(-80, 80), longitudes, st.floats(0, 174), st.floats(0, 359.9))
def test_a_surface_position_decodes_to_within_its_resolution(lat: float, lon: float, gs: float, track: float) -> None:
    pair = [frames.surface_position(ICAO, lat, lon, gs, track, odd) for odd in (0, 1)]
    values = said(*pair, receiver=(lat, lon))
    assert metres(lat, lon, values["lat"], values["lon"]) < 2.5  # type: ignore[arg-type]
    assert values["gs"] == pytest.approx(gs, abs=5)
    assert abs((values["track"] - track + 180) % 360 - 180) <= 1.41  # type: ignore[operator]
    assert values["on_ground"] is True


@settings(deadline=None)
@given(st.floats(0, 600), st.floats(0, 359.9), st.floats(-6500, 6500), st.floats(-3000, 3000))
def test_a_velocity_decodes_to_within_its_resolution(gs: float, track: float, rate: float, above: float) -> None:
    values = said(frames.altitude_reply(ICAO, False, 20_000), frames.velocity(ICAO, gs, track, rate, above))
    assert values["gs"] == pytest.approx(gs, abs=0.8)
    if gs > 60:
        assert abs((values["track"] - track + 180) % 360 - 180) < 0.8  # type: ignore[operator]
    assert values["baro_rate"] == pytest.approx(rate, abs=33)


@settings(deadline=None)
@given(squawks, st.booleans(), st.integers(-900, 50_000))
def test_replies_decode_to_what_was_dialled(squawk: str, on_ground: bool, alt: int) -> None:
    values = said(frames.identity_reply(ICAO, on_ground, squawk), frames.altitude_reply(ICAO, on_ground, alt))
    assert values["squawk"] == squawk
    assert values["on_ground"] is on_ground
    assert values["alt_baro"] == pytest.approx(alt, abs=12.5)


@settings(deadline=None)
@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=2, max_size=8), st.sampled_from(["A3", "A7", "B1", "C2"])
)
def test_names_and_categories_decode_to_themselves(callsign: str, category: str) -> None:
    values = said(frames.identification(ICAO, category, callsign))
    assert (values["callsign"], values["category"]) == (callsign, category)
    twice = [frames.callsign_reply(ICAO, False, 9000, callsign)] * 2
    assert said(*twice)["callsign"] == callsign


def test_emergency_and_status() -> None:
    values = said(frames.emergency_status(ICAO, 1, "7700"), frames.operational_status(ICAO, False))
    assert (values["emergency"], values["squawk"]) == ("general", "7700")
    assert {name: values[name] for name in ("version", "nac_p", "sil", "sda", "gva", "nic_baro", "sil_type")} == {
        "version": 2,
        "nac_p": 9,
        "sil": 3,
        "sda": 2,
        "gva": 2,
        "nic_baro": 1,
        "sil_type": "perhour",
    }
    assert said(frames.operational_status(ICAO, True))["nac_v"] == 0
