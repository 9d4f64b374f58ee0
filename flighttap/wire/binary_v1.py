"""``flighttap.v1.bin``: motion as binary rows, everything else as in ``flighttap.v1.json``.

An aircraft with a 24-bit address is told of twice: who it is, as a JSON row
when that changes, and how it moves, as one row of 20 bytes whenever anything of it
changes. Flights without such an address are JSON alone. A frame is a header of
:data:`HEADER` and rows of :data:`ROW`, little-endian, so that both begin at
multiples of four bytes.

Rows are whole: a field without its flag is not known (any more), and nothing
depends on the row before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntFlag
from struct import Struct
from typing import Any

from flighttap.aircraft.identity import has_address
from flighttap.aircraft.state import Aircraft
from flighttap.wire import pieces as sizes
from flighttap.wire.frames import BINARY, frame
from flighttap.wire.json_v1 import JsonV1, delta, record
from flighttap.wire.messages import encode
from flighttap.wire.pieces import Piece

__all__ = ["HEADER", "IDENTITY", "MORE", "ROW", "SNAPSHOT", "UPDATE", "VERSION", "BinaryV1", "Known", "row"]

HEADER = Struct("<BBHIQQdHH4x")
"""Kind, version, flags, count of rows, base, seq, Unix time in seconds, part, parts, and four bytes of nought."""
ROW = Struct("<IiihHHbB")
"""Address and flags, lon and lat (1e-7 deg), altitude (25 ft), gs (0.1 kt), track (360/65536 deg),
vertical rate (64 ft/min), age (0.25 s)."""
UPDATE = 1
SNAPSHOT = 2
VERSION = 1
MORE = 1
"""Flag of the header: another part follows."""
IDENTITY = frozenset({"flight", "r", "t", "desc", "country", "ownOp", "squawk", "category", "type", "emergency"})
"""Wire names of what comes as JSON for aircraft with an address."""


class Known(IntFlag):
    """The upper eight bits of a row's first word."""

    NON_ICAO = 1 << 24
    ON_GROUND = 1 << 25
    GEOMETRIC = 1 << 26
    POSITION = 1 << 27
    ALTITUDE = 1 << 28
    GS = 1 << 29
    TRACK = 1 << 30
    RATE = 1 << 31


_NON_ICAO, _ON_GROUND, _GEOMETRIC, _POSITION, _ALTITUDE, _GS, _TRACK, _RATE = (int(flag) for flag in Known)


def row(aircraft: Aircraft, now: float) -> bytes:
    """The 20 bytes that say how an aircraft with an address moves. What does not fit is the nearest that does.

    The altitude is the barometric one where known, else the geometric; so is the
    vertical rate. The age is that of the position, without one that of the last
    message.

    :param now: hub time.
    """
    value = aircraft.value
    first = int(aircraft.key[-6:], 16)
    lon = lat = altitude = gs = track = rate = 0
    heard = aircraft.heard
    if aircraft.key[0] == "~":
        first |= _NON_ICAO
    if value("on_ground"):
        first |= _ON_GROUND
    degrees = value("lat"), value("lon")
    if None not in degrees:
        first |= _POSITION
        lat, lon = round(degrees[0] * 1e7), round(degrees[1] * 1e7)
        heard = aircraft.cells["lat"].heard
    known = value("alt_baro")
    if known is None:
        known = value("alt_geom")
        if known is not None:
            first |= _GEOMETRIC
    if known is not None:
        first |= _ALTITUDE
        altitude = _within(-32768, known / 25, 32767)
    known = value("gs")
    if known is not None:
        first |= _GS
        gs = _within(0, known * 10, 65535)
    known = value("track")
    if known is not None:
        first |= _TRACK
        track = round(known * 65536 / 360) & 0xFFFF
    known = value("baro_rate")
    if known is None:
        known = value("geom_rate")
    if known is not None:
        first |= _RATE
        rate = _within(-128, known / 64, 127)
    return ROW.pack(first, lon, lat, altitude, gs, track, rate, _within(0, (now - heard) * 4, 255))


class BinaryV1(JsonV1):
    """The codec of a lane of ``flighttap.v1.bin``: there is no choice of fields, and nothing is deflated."""

    subprotocol = "flighttap.v1.bin"

    def __init__(self) -> None:
        super().__init__()

    def full(self, aircraft: Aircraft, now: float) -> Piece:
        """A whole record: who it is as JSON, how it moves as a row; JSON alone without an address."""
        if not has_address(aircraft.key):
            return super().full(aircraft, now)
        return Piece(encode(_unplaced(record(aircraft, now, IDENTITY))), row(aircraft, now))

    def delta(self, aircraft: Aircraft, base: int, now: float) -> Piece:
        """A row, and as JSON what of its identity changed after ``base``; JSON alone without an address."""
        if not has_address(aircraft.key):
            return super().delta(aircraft, base, now)
        json = b""
        if any(cell.seq > base and cell.wire in IDENTITY for cell in aircraft.cells.values()):
            json = encode(_unplaced(delta(aircraft, base, now, IDENTITY)))
        return Piece(json, row(aircraft, now))

    def snapshot(self, head: dict[str, Any], pieces: Sequence[Piece], follow: int = 0) -> list[bytes]:
        """A snapshot's frames: JSON first, then binary; ``part`` and ``parts`` count both kinds."""
        rows = _cut(pieces)
        texts = super().snapshot(head, pieces, len(rows))
        return texts + _frames(SNAPSHOT, {"base": 0, **head}, rows, len(texts))

    def update(
        self,
        head: dict[str, Any],
        removed: Iterable[str],
        out: Iterable[str],
        full: Iterable[Piece],
        changed: Iterable[Piece],
        follow: int = 0,
    ) -> list[bytes]:
        """An update's frames: JSON first where there is any to say, then binary. The last one moves the position."""
        removed, out, full, changed = list(removed), list(out), list(full), list(changed)
        rows = _cut(full + changed)
        texts = []
        said = removed or out or head.keys() - {"base", "seq", "now"} or any(piece.json for piece in full + changed)
        if said or not rows:
            texts = super().update(head, removed, out, full, changed, len(rows))
        return texts + _frames(UPDATE, head, rows, len(texts))


def _within(low: int, value: float, high: int) -> int:
    return max(low, min(high, round(value)))


def _unplaced(row: dict[str, Any]) -> dict[str, Any]:
    """A JSON row without the position's age, which the binary row has."""
    row.pop("seen_pos", None)
    return row


def _cut(pieces: Iterable[Piece]) -> list[bytes]:
    """The rows of all pieces, as many to a frame as ``PART`` holds, but one at the least."""
    rows = b"".join(piece.rows for piece in pieces)
    size = max(1, (sizes.PART - HEADER.size) // ROW.size) * ROW.size
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _frames(kind: int, head: dict[str, Any], cut: list[bytes], before: int) -> list[bytes]:
    """Binary frames that follow on ``before`` messages of the same snapshot or update."""
    parts = before + len(cut)
    frames = []
    for part, rows in enumerate(cut, before + 1):
        more = MORE if part < parts else 0
        count = len(rows) // ROW.size
        header = HEADER.pack(kind, VERSION, more, count, head["base"], head["seq"], head["now"], part, parts)
        frames.append(frame(header + rows, BINARY))
    return frames
