"""The 56-bit messages of an extended squitter, one function for each kind.

Each takes the transmitter's :class:`~flighttap.formats.track.Track`, the feed
time and the seven bytes of the ME field, and returns field values as
:mod:`flighttap.aircraft.fields` names them. :data:`READERS` is indexed by the
type code, the first five bits. Bits are numbered from 1 as in the standard, so
byte ``a`` holds bits 1-8 and ``g`` 49-56.

Source: RTCA DO-260B, 2.2.3.2.3 to 2.2.3.2.7; ICAO Doc 9871, appendices A to C;
"The 1090 MHz Riddle", part "ADS-B".
"""

from __future__ import annotations

from collections.abc import Callable
from math import atan2, pi, sqrt
from typing import Any

from flighttap.formats.altitude import AC12, ID13
from flighttap.formats.integrity import containment
from flighttap.formats.track import WHOLE, Track

__all__ = ["EMERGENCIES", "READERS", "Values", "text"]

Values = dict[str, Any]
Reader = Callable[[Track, float, int, int, int, int, int, int, int], Values]

# The six-bit subset of IA-5 (Annex 10 volume IV, table 3-9); # marks what is none. 0 is read as blank.
_CHARACTERS = " ABCDEFGHIJKLMNOPQRSTUVWXYZ##### ###############0123456789######"
_TWO: tuple[str, ...] = tuple(_CHARACTERS[code >> 6] + _CHARACTERS[code & 63] for code in range(4096))

EMERGENCIES = ("none", "general", "lifeguard", "minfuel", "nordo", "unlawful", "downed", "reserved")
"""Emergency states 0 to 7 (DO-260B table 2-79) in readsb's words."""

_HUNDREDTHS = 18000 / pi  # hundredths of a degree in a radian

_DIFFERENCE_KEPT = 30.0  # seconds: the geometric altitude drifts slowly from the barometric one
_ALTITUDE_KEPT = 1.5  # seconds: the altitude itself does not


def text(b: int, c: int, d: int, e: int, f: int, g: int) -> str | None:
    """Eight characters from six bytes, trimmed; ``None`` when one is no character, ``""`` when all are blank."""
    said = _TWO[b << 4 | c >> 4] + _TWO[(c & 15) << 8 | d] + _TWO[e << 4 | f >> 4] + _TWO[(f & 15) << 8 | g]
    return None if "#" in said else said.strip()


def _nothing(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    return {}


def _no_position(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Type 0: neither position nor integrity, perhaps a barometric altitude."""
    alt = _ALTITUDES[b][c >> 4]
    if alt is None:
        return {}
    track.alt = alt
    track.alt_at = at
    if at - track.diff_at <= _DIFFERENCE_KEPT:
        return {"alt_baro": alt, "alt_geom": alt + track.diff}
    return {"alt_baro": alt}


def _identification(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Types 1 to 4: callsign and emitter category."""
    values: Values = {"category": "DCBA"[(a >> 3) - 1] + "01234567"[a & 7]}
    callsign = text(b, c, d, e, f, g)
    if callsign:
        values["callsign"] = callsign
        track.callsign_said = (callsign, at)
    elif callsign is None:
        track.stats["bad_callsign"] += 1
    return values


def _speeds() -> tuple[float | None, ...]:
    """Ground speed in knots for each code of the movement field (DO-260B table 2-15), the lower end of its step."""
    table: list[float | None] = [None, 0.0]
    for first, last, start, step in (
        (2, 8, 0.125, 0.125),
        (9, 12, 1.0, 0.25),
        (13, 38, 2.0, 0.5),
        (39, 93, 15.0, 1.0),
        (94, 108, 70.0, 2.0),
        (109, 123, 100.0, 5.0),
        (124, 124, 175.0, 0.0),
    ):
        table += [start + step * (code - first) for code in range(first, last + 1)]
    return (*table, None, None, None)


_MOVEMENT = _speeds()
_GROUND_SPEED = tuple(None if speed is None else round(speed, 1) for speed in _MOVEMENT)
_GROUND_TRACK = tuple(round(code * 360 / 128, 2) for code in range(128))


# A compact position by the bytes that hold it: each one's share of the part of a zone, which is their sum.
_ODD = tuple(byte >> 2 & 1 for byte in range(256))
_LAT_C, _LAT_D, _LAT_E = (
    tuple(share / 131072 for share in shares)
    for shares in (
        [(byte & 3) << 15 for byte in range(256)],
        [byte << 7 for byte in range(256)],
        [byte >> 1 for byte in range(256)],
    )
)
_LON_E, _LON_F, _LON_G = (
    tuple(share / 131072 for share in shares)
    for shares in (
        [(byte & 1) << 16 for byte in range(256)],
        [byte << 8 for byte in range(256)],
        range(256),
    )
)
_ALTITUDES = tuple(AC12[byte << 4 : byte + 1 << 4] for byte in range(256))
"""Feet by the first byte of an altitude and the four bits behind it."""


def _surface_position(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Types 5 to 8: movement, direction and surface position."""
    movement = (a & 7) << 4 | b >> 4
    gs = _MOVEMENT[movement]
    seen = a >> 3
    if seen != track.nic_seen:
        track.nic_seen = seen
        track.nic_value = containment(seen, track.version, track.nic_a, track.nic_c)
    nic, rc = track.nic_value
    values: Values = {"on_ground": True, "nic": nic, "rc": rc}
    if gs is not None:
        values["gs"] = _GROUND_SPEED[movement]
    if b & 8:
        values[track.ground_field] = _GROUND_TRACK[(b & 7) << 4 | c >> 4]
    if track.surface(_ODD[c], _LAT_C[c] + _LAT_D[d] + _LAT_E[e], _LON_E[e] + _LON_F[f] + _LON_G[g], at, gs):
        values["lat"] = (track.lat * 1e5 + WHOLE - WHOLE) / 1e5
        values["lon"] = (track.lon * 1e5 + WHOLE - WHOLE) / 1e5
    return values


def _airborne_position(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Types 9 to 18: airborne position with barometric altitude."""
    seen = a & 0xF9
    if seen != track.nic_seen:
        track.nic_seen = seen
        track.nic_value = containment(a >> 3, track.version, track.nic_a, a & 1)
    nic, rc = track.nic_value
    placed = track.airborne(_ODD[c], _LAT_C[c] + _LAT_D[d] + _LAT_E[e], _LON_E[e] + _LON_F[f] + _LON_G[g], at)
    alt = _ALTITUDES[b][c >> 4]
    values: Values
    if placed and alt is not None and at - track.diff_at <= _DIFFERENCE_KEPT:
        values = {
            "lat": (track.lat * 1e5 + WHOLE - WHOLE) / 1e5,
            "lon": (track.lon * 1e5 + WHOLE - WHOLE) / 1e5,
            "on_ground": False,
            "nic": nic,
            "rc": rc,
            "alt_baro": alt,
            "alt_geom": alt + track.diff,
        }
        track.alt = alt
        track.alt_at = at
    else:
        values = {"on_ground": False, "nic": nic, "rc": rc}
        if placed:
            values["lat"] = (track.lat * 1e5 + WHOLE - WHOLE) / 1e5
            values["lon"] = (track.lon * 1e5 + WHOLE - WHOLE) / 1e5
        if alt is not None:
            track.alt = values["alt_baro"] = alt
            track.alt_at = at
            if at - track.diff_at <= _DIFFERENCE_KEPT:
                values["alt_geom"] = alt + track.diff
    status = a & 6
    if status or track.status:
        track.status = status
        values["alert"] = 1 if status in (2, 4) else 0
        values["spi"] = 1 if status == 6 else 0
    return values


def _geometric_position(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Types 20 to 22: airborne position with height above the ellipsoid, coded like the barometric altitude."""
    nic, rc = containment(a >> 3, track.version, track.nic_a, a & 1)
    values: Values = {"on_ground": False, "nic": nic, "rc": rc}
    if track.airborne(_ODD[c], _LAT_C[c] + _LAT_D[d] + _LAT_E[e], _LON_E[e] + _LON_F[f] + _LON_G[g], at):
        values["lat"] = (track.lat * 1e5 + WHOLE - WHOLE) / 1e5
        values["lon"] = (track.lon * 1e5 + WHOLE - WHOLE) / 1e5
    alt = _ALTITUDES[b][c >> 4]
    if alt is not None:
        values["alt_geom"] = alt
    return values


_AIR_HEADING = tuple(round(code * 360 / 1024, 2) for code in range(1024))


def _velocity(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Type 19: velocity over ground (subtypes 1, 2), or airspeed and heading (3, 4); 2 and 4 in steps of 4 knots."""
    subtype = a & 7
    if not 1 <= subtype <= 4:
        return {}
    east = (b & 3) << 8 | c
    north = (d & 0x7F) << 3 | e >> 5
    values: Values
    if subtype <= 2 and east and north:
        east = 1 - east if b & 4 else east - 1
        north = 1 - north if d & 0x80 else north - 1
        if subtype == 2:
            east *= 4
            north *= 4
        values = {"nac_v": b >> 3 & 7, "gs": (sqrt(east * east + north * north) * 10 + WHOLE - WHOLE) / 10}
        if east or north:
            values["track"] = (atan2(east, north) * _HUNDREDTHS + WHOLE - WHOLE) % 36000 / 100
    else:
        values = {"nac_v": b >> 3 & 7}
        if subtype >= 3:
            if b & 4:
                values[track.heading_field] = _AIR_HEADING[east]
            if north:
                values["tas" if d & 0x80 else "ias"] = (north - 1) * (4 if subtype == 4 else 1)
    rate = (e & 7) << 6 | f >> 2
    if rate:
        values["baro_rate" if e & 0x10 else "geom_rate"] = (1 - rate if e & 8 else rate - 1) * 64
    steps = g & 0x7F
    if 0 < steps < 127:
        track.diff = diff = (1 - steps if g & 0x80 else steps - 1) * 25
        track.diff_at = at
        if at - track.alt_at <= _ALTITUDE_KEPT:
            values["alt_geom"] = track.alt + diff
    return values


def _status(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Type 28, subtype 1: emergency state and squawk. Subtype 2 is an ACAS broadcast and says nothing kept here."""
    if a & 7 != 1:
        return {}
    values: Values = {"emergency": EMERGENCIES[b >> 5]}
    code = (b & 0x1F) << 8 | c
    if code:
        values["squawk"] = track.squawk = ID13[code]
    return values


_MODES = ("autopilot", "vnav", "althold", "approach", "lnav", "tcas")
_SETTING = tuple(round(800 + (code - 1) * 0.8, 1) for code in range(512))
_SELECTED_HEADING = tuple(round(code * 360 / 512, 2) for code in range(512))


def _target_state(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Type 29, subtype 1: what the crew has selected (DO-260B 2.2.3.2.7.1). Subtype 0, of version 1, is not read."""
    if a >> 1 & 3 != 1:
        return {}
    values: Values = {
        "nac_p": (e & 1) << 3 | f >> 5,
        "nic_baro": f >> 4 & 1,
        "sil": f >> 2 & 3,
        "sil_type": "persample" if a & 1 else "perhour",
    }
    selected = (b & 0x7F) << 4 | c >> 4
    if selected:
        values["nav_altitude_fms" if b & 0x80 else "nav_altitude_mcp"] = (selected - 1) * 32
    setting = (c & 0xF) << 5 | d >> 3
    if setting:
        values["nav_qnh"] = _SETTING[setting]
    if d & 4:
        values["nav_heading"] = _SELECTED_HEADING[(d & 3) << 7 | e >> 1]
    if f & 2:
        on = (f & 1, g & 0x80, g & 0x40, g & 0x10, g & 4, g & 8)
        values["nav_modes"] = [name for name, bit in zip(_MODES, on, strict=True) if bit]
    return values


def _operational_status(track: Track, at: float, a: int, b: int, c: int, d: int, e: int, f: int, g: int) -> Values:
    """Type 31: the ADS-B version and the quality of what the aircraft knows (DO-260B 2.2.3.2.7.2)."""
    subtype = a & 7
    if subtype > 1:
        return {}
    version = f >> 5
    if version == 0:
        if track.version:
            track.version = 0
            track.nic_seen = -1
        return {"version": 0}
    nic_a = f >> 4 & 1
    nic_c = c >> 4 & 1 if subtype == 1 else track.nic_c
    if (version, nic_a, nic_c) != (track.version, track.nic_a, track.nic_c):
        track.version, track.nic_a, track.nic_c = version, nic_a, nic_c
        track.nic_seen = -1
    values: Values = {"version": version, "nac_p": f & 15, "sil": g >> 4 & 3}
    heading = "mag_heading" if g & 4 else "true_heading"
    if subtype == 0:
        track.heading_field = heading
        values["nic_baro"] = g >> 3 & 1
    else:
        track.ground_field = heading if g & 8 else "track"
    if version >= 2:
        values["sil_type"] = "persample" if g & 2 else "perhour"
        values["sda"] = d & 3
        if subtype == 0:
            values["gva"] = g >> 6
        else:
            values["nac_v"] = c >> 5
    else:
        values["sil_type"] = "unknown"
    return values


def _readers() -> tuple[Reader, ...]:
    table: list[Reader] = [_nothing] * 32
    for codes, reader in (
        (range(0, 1), _no_position),
        (range(1, 5), _identification),
        (range(5, 9), _surface_position),
        (range(9, 19), _airborne_position),
        (range(19, 20), _velocity),
        (range(20, 23), _geometric_position),
        (range(28, 29), _status),
        (range(29, 30), _target_state),
        (range(31, 32), _operational_status),
    ):
        for code in codes:
            table[code] = reader
    return tuple(table)


READERS: tuple[Reader, ...] = _readers()
"""What reads a message, by its type code."""
