from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flighttap.formats.altitude import AC12, AC13, ID13, gillham
from tests.formats.transmitter import altitude_12, altitude_13, identity_13


@given(st.integers(0, 2046).map(lambda steps: steps * 25 - 975))
def test_steps_of_25_feet(feet: int) -> None:
    assert AC12[altitude_12(feet)] == AC13[altitude_13(feet)] == feet


def test_nothing_is_said_by_zero_or_by_metres() -> None:
    assert AC12[0] is None
    assert AC13[0] is None
    assert AC13[altitude_13(10000) | 0x40] is None


@pytest.mark.parametrize(
    ("pulses", "feet"),
    [
        # Annex 10 volume IV, appendix to chapter 3: pulses D2 D4 A1 A2 A4 B1 B2 B4 C1 C2 C4
        ("00000000010", -1000),
        ("00000000110", -900),
        ("00000000100", -800),
        ("00000001100", -700),
        ("00000001110", -600),
        ("00000001010", -500),
        ("00000011010", 0),
        ("10000000001", 126700),
    ],
)
def test_the_gillham_code_of_the_standard(pulses: str, feet: int) -> None:
    d2, d4, a1, a2, a4, b1, b2, b4, c1, c2, c4 = (int(pulse) for pulse in pulses)
    code = 0
    for pulse in (c1, a1, c2, a2, c4, a4, 0, b1, 0, b2, d2, b4, d4):
        code = code << 1 | pulse
    assert gillham(code) == feet


def test_every_hundred_feet_of_the_gillham_code_is_there_once_and_neighbours_differ_by_one_pulse() -> None:
    codes = {}
    for code, feet in enumerate(AC13):
        if feet is not None and not code & 0x10:
            assert feet not in codes
            codes[feet] = code
    assert sorted(codes) == list(range(-1200, 126800, 100))
    for feet in range(-1200, 126700, 100):
        assert (codes[feet] ^ codes[feet + 100]).bit_count() == 1


@given(st.integers(0, 0o7777).map(lambda number: f"{number:04o}"))
def test_every_squawk_comes_back(squawk: str) -> None:
    assert ID13[identity_13(squawk)] == squawk
