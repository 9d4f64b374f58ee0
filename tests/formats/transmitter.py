"""A small encoder for the tests: what aircraft and receivers send, written from the standards.

It shares nothing with the decoder but the table of longitude zones; the parity
is computed bit by bit.
"""

from __future__ import annotations

from math import floor

from flighttap.formats.cpr import AIRBORNE, SURFACE, zones

ALPHABET = " ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def parity(data: bytes) -> int:
    """Long division by the Mode S generator, one bit at a time."""
    number = int.from_bytes(data) << 24
    for bit in range(len(data) * 8 + 23, 23, -1):
        if number >> bit & 1:
            number ^= 0x1FFF409 << bit - 24
    return number


def closed(data: bytes, overlay: int = 0) -> bytes:
    return data + (parity(data) ^ overlay).to_bytes(3)


def squitter(icao: int, me: int, first: int = 0x8D) -> bytes:
    """An extended squitter; ``first`` is its first byte: 0x8d is DF17, 0x90 + CF is DF18."""
    return closed(bytes([first]) + icao.to_bytes(3) + me.to_bytes(7))


def packed(*fields: tuple[int, int]) -> int:
    """Fields as (value, width), first bit first."""
    number = 0
    for value, width in fields:
        assert 0 <= value < 1 << width, (value, width)
        number = number << width | value
    return number


def altitude_12(feet: int) -> int:
    steps = (feet + 1000) // 25
    return (steps & 0x7F0) << 1 | 0x10 | (steps & 0xF)


def altitude_13(feet: int) -> int:
    code = altitude_12(feet)
    return (code & 0xFC0) << 1 | (code & 0x3F)


def airborne(
    lat: float, lon: float, odd: int, feet: int = 10000, code: int = 11, status: int = 0, last: int = 0
) -> int:
    """The ME field of an airborne position; ``last`` is bit 8, NIC supplement B or the IMF."""
    return packed(
        (code, 5), (status, 2), (last, 1), (altitude_12(feet), 12), (0, 1), (odd, 1), *_cpr(lat, lon, odd, AIRBORNE)
    )


def surface(
    lat: float, lon: float, odd: int, movement: int = 25, heading: int | None = None, code: int = 7, imf: int = 0
) -> int:
    return packed(
        (code, 5),
        (movement, 7),
        (heading is not None, 1),
        (heading or 0, 7),
        (imf, 1),
        (odd, 1),
        *_cpr(lat, lon, odd, SURFACE),
    )


def encode(lat: float, lon: float, odd: int, span: float = AIRBORNE) -> tuple[int, int]:
    """Compact position reporting, 17 bits each (DO-260B A.1.7.3, A.1.7.4)."""
    size = span / (60 - odd)
    steps = floor(131072 * (lat % size) / size + 0.5)
    # The receiver sees the rounded latitude, so the number of zones is taken there.
    sent = size * (steps / 131072 + floor(lat / size))
    size = span / max(zones(sent) - odd, 1)
    return steps % 131072, floor(131072 * (lon % size) / size + 0.5) % 131072


def _cpr(lat: float, lon: float, odd: int, span: float) -> tuple[tuple[int, int], tuple[int, int]]:
    lat_cpr, lon_cpr = encode(lat, lon, odd, span)
    return (lat_cpr, 17), (lon_cpr, 17)


def identification(callsign: str, code: int = 4, category: int = 3) -> int:
    return packed((code, 5), (category, 3), *((_six(letter), 6) for letter in callsign.ljust(8)))


def _six(letter: str) -> int:
    return ALPHABET.index(letter) if letter in ALPHABET[1:] else ord(letter)


def velocity(
    subtype: int,
    middle: int,
    rate: int | None = None,
    baro: bool = True,
    difference: int | None = None,
    nac_v: int = 1,
    imf: int = 0,
) -> int:
    """``middle`` holds bits 14 to 35; ``rate`` is in feet a minute, ``difference`` in feet."""
    return packed(
        (19, 5),
        (subtype, 3),
        (imf, 1),
        (0, 1),
        (nac_v, 3),
        (middle, 22),
        (baro, 1),
        ((rate or 0) < 0, 1),
        (0 if rate is None else abs(rate) // 64 + 1, 9),
        (0, 2),
        ((difference or 0) < 0, 1),
        (0 if difference is None else abs(difference) // 25 + 1, 7),
    )


def over_ground(east: int, north: int) -> int:
    """Bits 14 to 35 of subtypes 1 and 2: steps of one or four knots."""
    return packed((east < 0, 1), (abs(east) + 1, 10), (north < 0, 1), (abs(north) + 1, 10))


def through_air(heading: int | None, true_airspeed: bool, speed: int | None) -> int:
    """Bits 14 to 35 of subtypes 3 and 4: heading in 1024ths of a turn, speed in steps."""
    return packed(
        (heading is not None, 1), (heading or 0, 10), (true_airspeed, 1), (0 if speed is None else speed + 1, 10)
    )


def identity_13(squawk: str) -> int:
    """The pulses C1 A1 C2 A2 C4 A4 X B1 D1 B2 D2 B4 D4."""
    a, b, c, d = (int(digit) for digit in squawk)
    pulses = (
        c & 1,
        a & 1,
        c >> 1 & 1,
        a >> 1 & 1,
        c >> 2,
        a >> 2,
        0,
        b & 1,
        d & 1,
        b >> 1 & 1,
        d >> 1 & 1,
        b >> 2,
        d >> 2,
    )
    return packed(*((pulse, 1) for pulse in pulses))


def reply(df: int, icao: int, code: int, status: int = 0, request: int = 0, mb: bytes | None = None) -> bytes:
    """DF4, 5, 20 and 21: altitude or identity code, 13 bits."""
    head = packed((df, 5), (status, 3), (request, 5), (0, 6), (code, 13)).to_bytes(4)
    return closed(head + (mb or b""), icao)


def air_to_air(df: int, icao: int, feet: int, on_ground: bool = False) -> bytes:
    head = packed((df, 5), (on_ground, 1), (0, 13), (altitude_13(feet), 13)).to_bytes(4)
    return closed(head + (bytes(7) if df == 16 else b""), icao)


def all_call(icao: int, capability: int = 5, interrogator: int = 0) -> bytes:
    return closed(bytes([11 << 3 | capability]) + icao.to_bytes(3), interrogator)


def beast(frame: bytes, ticks: int = 0, level: int = 0x80, kind: int | None = None) -> bytes:
    """One Beast message, escapes doubled."""
    if kind is None:
        kind = {2: 0x31, 7: 0x32, 14: 0x33}[len(frame)]
    body = ticks.to_bytes(6) + bytes([level]) + frame
    return bytes([0x1A, kind]) + body.replace(b"\x1a", b"\x1a\x1a")


def avr(frame: bytes, ticks: int | None = None, level: int | None = None) -> bytes:
    if ticks is None:
        return b"*%s;\n" % frame.hex().encode()
    if level is None:
        return b"@%012X%s;\n" % (ticks, frame.hex().upper().encode())
    return b"<%012X%02X%s;\n" % (ticks, level, frame.hex().encode())
