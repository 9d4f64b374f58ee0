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
from math import floor
from struct import Struct, error
from typing import Any

from flighttap.aircraft.fields import FIELDS
from flighttap.aircraft.identity import NO_ADDRESS, NON_ICAO
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
IDENTITY = frozenset(field.wire for field in FIELDS if field.identity)
"""Wire names of what comes as JSON for aircraft with an address."""


class Known(IntFlag):
    """The upper eight bits of a row's first word."""

    NON_ICAO = NON_ICAO
    ON_GROUND = 1 << 25
    GEOMETRIC = 1 << 26
    POSITION = 1 << 27
    ALTITUDE = 1 << 28
    GS = 1 << 29
    TRACK = 1 << 30
    RATE = 1 << 31


_, _ON_GROUND, _GEOMETRIC, _POSITION, _ALTITUDE, _GS, _TRACK, _RATE = (int(flag) for flag in Known)
_PLAIN = ("base", "seq", "now")
"""What a binary header says of an update; anything more is JSON."""
_pack = ROW.pack
_TURN = 65536 / 360


def row(aircraft: Aircraft, now: float) -> bytes:
    """The 20 bytes that say how an aircraft with an address moves. What does not fit is the nearest that does.

    The altitude is the barometric one where known, else the geometric; so is the
    vertical rate. The age is that of the position, without one that of the last
    message.

    :param now: hub time.
    """
    lat_cell, lon_cell, baro, geom, gs_cell, track_cell, baro_rate, geom_rate, on_ground = (
        aircraft.motion or aircraft.moving()
    )
    first = aircraft.address
    lon = lat = altitude = gs = track = rate = 0
    heard = aircraft.heard
    if on_ground.value:
        first |= _ON_GROUND
    y, x = lat_cell.value, lon_cell.value
    if y is not None and x is not None:
        first |= _POSITION
        lat = floor(y * 1e7 + 0.5)
        lon = floor(x * 1e7 + 0.5)
        heard = lat_cell.heard
    known = baro.value
    if known is None:
        known = geom.value
        if known is not None:
            first |= _GEOMETRIC
    if known is not None:
        first |= _ALTITUDE
        altitude = floor(known / 25 + 0.5)
    known = gs_cell.value
    if known is not None:
        first |= _GS
        gs = floor(known * 10 + 0.5)
    known = track_cell.value
    if known is not None:
        first |= _TRACK
        track = floor(known * _TURN + 0.5) & 0xFFFF
    known = baro_rate.value
    if known is None:
        known = geom_rate.value
    if known is not None:
        first |= _RATE
        rate = floor(known / 64 + 0.5)
    age = floor((now - heard) * 4 + 0.5)
    try:
        return _pack(first, lon, lat, altitude, gs, track, rate, age)
    except error:
        altitude, gs = _within(-32768, altitude, 32767), _within(0, gs, 65535)
        return _pack(first, lon, lat, altitude, gs, track, _within(-128, rate, 127), _within(0, age, 255))


class BinaryV1(JsonV1):
    """The codec of a lane of ``flighttap.v1.bin``: there is no choice of fields, and nothing is deflated."""

    subprotocol = "flighttap.v1.bin"

    def __init__(self) -> None:
        super().__init__()

    def full(self, flights: Iterable[Aircraft], now: float) -> list[Piece]:
        """Whole records: who they are as JSON, how they move as rows; JSON alone without an address."""
        said, rows = [], []
        for aircraft in flights:
            if aircraft.address == NO_ADDRESS:
                said.append(encode(record(aircraft, now)))
            else:
                said.append(encode(_unplaced(record(aircraft, now, IDENTITY))))
                rows.append(row(aircraft, now))
        return _pieces(said, rows)

    def delta(self, flights: Iterable[Aircraft], base: int, now: float) -> list[Piece]:
        """Rows, and as JSON what of their identity changed after ``base``; JSON alone without an address."""
        said, rows = [], []
        for aircraft in flights:
            if aircraft.address == NO_ADDRESS:
                said.append(encode(delta(aircraft, base, now)))
                continue
            if aircraft.identity_seq > base:
                said.append(encode(_unplaced(delta(aircraft, base, now, IDENTITY))))
            rows.append(row(aircraft, now))
        return _pieces(said, rows)

    def snapshot(self, head: dict[str, Any], pieces: Sequence[Piece], follow: int = 0) -> list[bytes]:
        """A snapshot's frames: JSON first, then binary; ``part`` and ``parts`` count both kinds."""
        rows = _cut(pieces)
        texts = super().snapshot(head, pieces, len(rows))
        return texts + _frames(SNAPSHOT, {"base": 0, **head}, rows, len(texts))

    def update(
        self,
        head: dict[str, Any],
        removed: Sequence[str],
        out: Sequence[str],
        full: Sequence[Piece],
        changed: Sequence[Piece],
        detail: Sequence[Piece] = (),
        follow: int = 0,
    ) -> list[bytes]:
        """An update's frames: JSON first where there is any to say, then binary. The last one moves the position."""
        rows = _cut([*full, *changed])
        said = removed or out or detail or len(head) > len(_PLAIN) or any(piece.json for piece in (*full, *changed))
        if not said and rows:
            return _frames(UPDATE, head, rows, 0)
        texts = super().update(head, removed, out, full, changed, detail, len(rows) + follow)
        return texts + _frames(UPDATE, head, rows, len(texts))


def _pieces(said: list[bytes], rows: list[bytes]) -> list[Piece]:
    pieces = sizes.texts(said)
    if rows:
        pieces.append(Piece(b"", b"".join(rows)))
    return pieces


def _within(low: int, value: int, high: int) -> int:
    return low if value < low else high if value > high else value


def _unplaced(row: dict[str, Any]) -> dict[str, Any]:
    """A JSON row without the position's age, which the binary row has."""
    row.pop("seen_pos", None)
    return row


def _cut(pieces: Iterable[Piece]) -> list[bytes]:
    """The rows of all pieces, as many to a frame as ``PART`` holds, but one at the least."""
    rows = b"".join([piece.rows for piece in pieces])
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
