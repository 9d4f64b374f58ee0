"""Mode S frames as a transponder sends them: the mirror image of ``flighttap.formats``.

Every function returns a whole frame of 7 or 14 bytes, parity included. Written
from the standards, not from our decoder, so that each tests the other: ICAO
Annex 10 volume IV, 3.1.2; RTCA DO-260B, 2.2.3.2; ICAO Doc 9871, appendix C.
"""

from __future__ import annotations

from functools import lru_cache
from math import acos, cos, floor, pi, radians, sin

__all__ = [
    "airborne_position",
    "all_call",
    "altitude_reply",
    "callsign_reply",
    "emergency_status",
    "identification",
    "identity_reply",
    "operational_status",
    "surface_position",
    "velocity",
]

_GENERATOR = 0xFFF409
_LETTERS = " ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 16
        for _ in range(8):
            value = value << 1 ^ (0x1000000 | _GENERATOR if value & 0x800000 else 0)
        table.append(value)
    return tuple(table)


_PARITY = _table()


def _parity(data: bytes) -> int:
    """The 24 parity bits of a frame's other bytes (Annex 10, 3.1.2.3.3)."""
    value = 0
    for byte in data:
        value = (value << 8 & 0xFFFFFF) ^ _PARITY[value >> 16 ^ byte]
    return value


def _closed(data: bytes, overlay: int = 0) -> bytes:
    return data + (_parity(data) ^ overlay).to_bytes(3, "big")


def _squitter(icao: int, message: int) -> bytes:
    """DF17 around a 56-bit message; capability 5: airborne or on the ground, level 2 and up."""
    return _closed((0x8D << 80 | icao << 56 | message).to_bytes(11, "big"))


# ---- extended squitters


def _six_bits(callsign: str) -> int:
    """Eight characters of six bits (3.1.2.9.1.2): letters count from 1, space and digits are ASCII."""
    value = 0
    for character in callsign.ljust(8)[:8]:
        letter = _LETTERS.find(character)
        value = value << 6 | (letter if letter > 0 else ord(character) & 0x3F)
    return value


def identification(icao: int, category: str, callsign: str) -> bytes:
    """Type 1 to 4.

    :param category: ``A0`` to ``D7``.
    """
    code = 4 - "ABCD".index(category[0])
    return _squitter(icao, code << 51 | int(category[1]) << 48 | _six_bits(callsign))


def airborne_position(icao: int, lat: float, lon: float, alt: float, odd: int) -> bytes:
    """Type 11: containment radius 186 m, barometric altitude in steps of 25 ft."""
    lat_cpr, lon_cpr = _cpr(lat, lon, odd, 360.0)
    steps = max(0, min(2047, round((alt + 1000) / 25)))
    coded = steps >> 4 << 5 | 0x10 | steps & 0xF  # bit Q, fifth from the right, says 25 ft
    return _squitter(icao, 11 << 51 | coded << 36 | odd << 34 | lat_cpr << 17 | lon_cpr)


def surface_position(icao: int, lat: float, lon: float, gs: float, track: float, odd: int) -> bytes:
    """Type 7: containment radius 186 m."""
    lat_cpr, lon_cpr = _cpr(lat, lon, odd, 90.0)
    heading = round(track / 360 * 128) % 128
    return _squitter(
        icao, 7 << 51 | _movement(gs) << 44 | 1 << 43 | heading << 36 | odd << 34 | lat_cpr << 17 | lon_cpr
    )


_MOVEMENT = ((100, 5, 109), (70, 2, 94), (15, 1, 39), (2, 0.5, 13), (1, 0.25, 9), (0.125, 0.125, 2))
"""From this many knots on, steps of so many, counted from this code (DO-260B, table 2-14)."""


def _movement(gs: float) -> int:
    """Ground speed on the surface, told in steps that grow with it."""
    if gs < 0.125:
        return 1
    low, step, code = next(row for row in _MOVEMENT if gs >= row[0])
    return min(124, code + floor((gs - low) / step))


def velocity(icao: int, gs: float, track: float, rate: float, above_baro: float) -> bytes:
    """Type 19, subtype 1: velocity over ground.

    :param rate: ft/min, told as barometric in steps of 64.
    :param above_baro: geometric minus barometric altitude in ft, told in steps of 25.
    """
    angle = radians(track)
    east, north = round(gs * sin(angle)), round(gs * cos(angle))
    climb, difference = round(abs(rate) / 64), round(abs(above_baro) / 25)
    message = 19 << 51 | 1 << 48 | 2 << 43  # subtype 1; NACv 2: within 3 m/s
    message |= (east < 0) << 42 | min(1023, abs(east) + 1) << 32
    message |= (north < 0) << 31 | min(1023, abs(north) + 1) << 21
    message |= 1 << 20 | (rate < 0) << 19 | min(511, climb + 1) << 10
    message |= (above_baro < 0) << 7 | min(126, difference + 1)
    return _squitter(icao, message)


def emergency_status(icao: int, emergency: int, squawk: str) -> bytes:
    """Type 28, subtype 1.

    :param emergency: 0 none, 1 general, 2 lifeguard, 3 minimum fuel, …
    """
    return _squitter(icao, 28 << 51 | 1 << 48 | emergency << 45 | _squawk_bits(squawk) << 32)


def operational_status(icao: int, on_ground: bool) -> bytes:
    """Type 31, version 2, NACp 9 (within 30 m), SIL 3, SDA 2; airborne also GVA 2 and NICbaro 1."""
    message = 31 << 51 | on_ground << 48 | 2 << 24 | 2 << 13 | 9 << 8 | 3 << 4
    return _squitter(icao, message | (0 if on_ground else 2 << 6 | 1 << 3))


# ---- replies


def all_call(icao: int, on_ground: bool) -> bytes:
    """DF11 to nobody in particular (an acquisition squitter)."""
    return _closed((11 << 27 | (4 if on_ground else 5) << 24 | icao).to_bytes(4, "big"))


def altitude_reply(icao: int, on_ground: bool, alt: float) -> bytes:
    """DF4."""
    return _closed((4 << 27 | on_ground << 24 | _altitude_bits(alt)).to_bytes(4, "big"), icao)


def identity_reply(icao: int, on_ground: bool, squawk: str) -> bytes:
    """DF5."""
    return _closed((5 << 27 | on_ground << 24 | _squawk_bits(squawk)).to_bytes(4, "big"), icao)


def callsign_reply(icao: int, on_ground: bool, alt: float, callsign: str) -> bytes:
    """DF20 with register 2,0."""
    head = 20 << 27 | on_ground << 24 | _altitude_bits(alt)
    return _closed((head << 56 | 0x20 << 48 | _six_bits(callsign)).to_bytes(11, "big"), icao)


def _altitude_bits(alt: float) -> int:
    """13 bits with M 0 and Q 1: steps of 25 ft (3.1.2.6.5.4)."""
    steps = max(0, min(2047, round((alt + 1000) / 25)))
    return steps >> 5 << 7 | (steps >> 4 & 1) << 5 | 0x10 | steps & 0xF


@lru_cache(4096)
def _squawk_bits(squawk: str) -> int:
    """13 bits C1 A1 C2 A2 C4 A4 0 B1 D1 B2 D2 B4 D4 (3.1.2.6.7.1)."""
    a, b, c, d = map(int, squawk)
    bits = 0
    for digit, weight in (
        *((c, 1), (a, 1), (c, 2), (a, 2), (c, 4), (a, 4), (0, 1)),
        *((b, 1), (d, 1), (b, 2), (d, 2), (b, 4), (d, 4)),
    ):
        bits = bits << 1 | bool(digit & weight)
    return bits


# ---- compact position reporting (Doc 9871, C.2.6)


def _zone_edges() -> tuple[float, ...]:
    """Latitudes at which the number of longitude zones falls from 59 to 58, and so on to 2."""
    share = 1 - cos(pi / 30)
    return tuple(180 / pi * acos((share / (1 - cos(2 * pi / zones))) ** 0.5) for zones in range(59, 1, -1))


_EDGES = _zone_edges()


def _zones(lat: float) -> int:
    lat = abs(lat)
    for passed, edge in enumerate(_EDGES):
        if lat < edge:
            return 59 - passed
    return 1


def _cpr(lat: float, lon: float, odd: int, span: float) -> tuple[int, int]:
    """17 bits each of latitude and longitude.

    :param span: 360 airborne; 90 on the surface, whose bits are a fourth as coarse.
    """
    size = span / (60 - odd)
    part = floor((lat % size) / size * 131072 + 0.5)
    told = size * (part / 131072 + floor(lat / size))
    width = span / max(_zones(told) - odd, 1)
    return part & 0x1FFFF, floor((lon % width) / width * 131072 + 0.5) & 0x1FFFF
