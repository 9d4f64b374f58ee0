from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from flighttap.formats.crc import LONG, SHORT, parity
from tests.formats import transmitter


@given(st.binary(max_size=20))
def test_the_parity_is_long_division_by_the_generator(data: bytes) -> None:
    assert parity(data) == transmitter.parity(data)


@given(st.binary(min_size=11, max_size=11))
def test_a_table_for_each_place_gives_the_parity_of_a_long_frame(data: bytes) -> None:
    found = 0
    for table, byte in zip(LONG, data, strict=True):
        found ^= table[byte]
    assert found == parity(data)


@given(st.binary(min_size=4, max_size=4))
def test_a_table_for_each_place_gives_the_parity_of_a_short_frame(data: bytes) -> None:
    found = 0
    for table, byte in zip(SHORT, data, strict=True):
        found ^= table[byte]
    assert found == parity(data)


def test_a_published_frame_closes() -> None:
    frame = bytes.fromhex("8D406B902015A678D4D220AA4BDA")  # "The 1090 MHz Riddle", error control
    assert parity(frame[:11]) == int.from_bytes(frame[11:])
