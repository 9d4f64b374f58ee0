"""The Mode S cyclic redundancy check: 24 bits, generator 0x1FFF409.

Source: ICAO Annex 10 volume IV, 3.1.2.3.3; "The 1090 MHz Riddle", chapter
"Error control". The code is linear: the check of a message is the exclusive or
of one table entry per byte, taken from a table that belongs to the byte's
place. :data:`LONG` and :data:`SHORT` are those tables, so that a decoder may
keep the part that never changes for one aircraft (its first four bytes) and
look up only the rest.
"""

from __future__ import annotations

__all__ = ["GENERATOR", "LONG", "SHORT", "parity"]

GENERATOR = 0x1FFF409
"""The generator polynomial, the leading bit included."""

_SHORT_DATA = 4
_LONG_DATA = 11


def _divided(remainder: int) -> int:
    """Eight more steps of the division of a 24-bit remainder."""
    for _ in range(8):
        remainder <<= 1
        if remainder & 0x1000000:
            remainder ^= GENERATOR
    return remainder


_STEP: tuple[int, ...] = tuple(_divided(byte << 16) for byte in range(256))


def _tables(count: int) -> tuple[tuple[int, ...], ...]:
    last = _STEP
    tables = [last]
    for _ in range(count - 1):
        last = tuple(((entry << 8) & 0xFFFFFF) ^ _STEP[entry >> 16] for entry in last)
        tables.append(last)
    return tuple(reversed(tables))


LONG: tuple[tuple[int, ...], ...] = _tables(_LONG_DATA)
"""One table per data byte of a 112-bit message, first byte first."""

SHORT: tuple[tuple[int, ...], ...] = LONG[_LONG_DATA - _SHORT_DATA :]
"""The same for the four data bytes of a 56-bit message."""


def parity(data: bytes) -> int:
    """The 24 check bits for the bytes of a frame without its last three.

    :param data: any number of bytes; 4 or 11 in Mode S.
    :returns: 0 to 0xFFFFFF. A DF17, DF18 or spontaneous DF11 ends with exactly
        this; replies carry it exclusive-ored with the address of the aircraft.
    """
    remainder = 0
    for byte in data:
        remainder = ((remainder << 8) & 0xFFFFFF) ^ _STEP[(remainder >> 16) ^ byte]
    return remainder
