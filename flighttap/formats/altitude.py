"""Altitude and identity codes as tables: every code is looked up, none is computed twice.

Source: ICAO Annex 10 volume IV, 3.1.2.6.5.4 (AC field), 3.1.2.6.7.1 (ID field)
and the appendix to chapter 3 (the Gillham code); "The 1090 MHz Riddle",
chapter "Mode S surveillance replies".
"""

from __future__ import annotations

__all__ = ["AC12", "AC13", "ID13", "gillham"]

# Places of the pulses in a 13-bit field, first bit first: C1 A1 C2 A2 C4 A4 M B1 Q B2 D2 B4 D4.
_C1, _A1, _C2, _A2, _C4, _A4, _M, _B1, _D1, _B2, _D2, _B4, _D4 = (1 << place for place in range(12, -1, -1))
_Q = _D1  # in an altitude code this place says how the rest is coded


def _binary(gray: int) -> int:
    """A reflected binary code as a plain number."""
    number = gray
    while gray := gray >> 1:
        number ^= gray
    return number


def _gather(code: int, places: tuple[int, ...]) -> int:
    number = 0
    for place in places:
        number = number << 1 | (1 if code & place else 0)
    return number


def gillham(code: int) -> int | None:
    """The altitude of a 13-bit code in steps of 100 feet, ``None`` when it is not one.

    D2 D4 A1 A2 A4 B1 B2 B4 count 500 feet in reflected binary; C1 C2 C4 count
    the hundreds, 1 to 5, up and down by turns.
    """
    hundreds = _binary(_gather(code, (_C1, _C2, _C4)))
    if hundreds == 7:
        hundreds = 5
    elif not 1 <= hundreds <= 4:
        return None
    steps = _binary(_gather(code, (_D2, _D4, _A1, _A2, _A4, _B1, _B2, _B4)))
    if steps & 1:
        hundreds = 6 - hundreds
    return steps * 500 + hundreds * 100 - 1300


def _altitude(code: int) -> int | None:
    if code == 0 or code & _M:  # nothing known, or metres, a coding that was never laid down
        return None
    if code & _Q:
        return ((code >> 2 & 0x7E0) | (code >> 1 & 0x10) | (code & 0xF)) * 25 - 1000
    return gillham(code)


def _squawk(code: int) -> str:
    digits = ((_A4, _A2, _A1), (_B4, _B2, _B1), (_C4, _C2, _C1), (_D4, _D2, _D1))
    return "".join(str(_gather(code, places)) for places in digits)


AC13: tuple[int | None, ...] = tuple(_altitude(code) for code in range(1 << 13))
"""Altitude in feet for the 13-bit AC field of DF0, 4, 16 and 20; ``None`` when it says none."""

AC12: tuple[int | None, ...] = tuple(AC13[(code & 0xFC0) << 1 | (code & 0x3F)] for code in range(1 << 12))
"""Altitude in feet for the 12-bit field of an ADS-B position: the same code without the M bit."""

ID13: tuple[str, ...] = tuple(_squawk(code) for code in range(1 << 13))
"""The squawk, four octal digits as text, for a 13-bit identity field."""
