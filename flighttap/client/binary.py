"""Binary messages of ``flighttap.v1.bin``, read as the JSON ones would be.

Written from docs/protocol.md, not from the server's encoder: each checks the other.
"""

from __future__ import annotations

from struct import Struct
from typing import Any

__all__ = ["MOTION", "unpacked"]

MOTION = ("lat", "lon", "alt_baro", "alt_geom", "on_ground", "gs", "track", "baro_rate")
"""Fields that a binary row tells all of: one that it does not have is not known."""

_HEADER = Struct("<BBHIQQdHH4x")
_ROW = Struct("<IiihHHbB")
_KINDS = {1: "update", 2: "snapshot"}
_VERSION = 1
_MORE = 1


def unpacked(frame: bytes) -> dict[str, Any]:
    """One message: ``t base seq now more part parts``, and ``rows``.

    A row has ``hex``, what of :data:`MOTION` is known, under the wire's names and
    in its units, and ``age`` in seconds.

    :raises ValueError: it is none of this version.
    """
    if len(frame) < _HEADER.size:
        raise ValueError(f"{len(frame)} bytes are no header")
    kind, version, flags, count, base, seq, now, part, parts = _HEADER.unpack_from(frame)
    if version != _VERSION:
        raise ValueError(f"version {version}")
    if len(frame) != _HEADER.size + count * _ROW.size:
        raise ValueError(f"{len(frame)} bytes for {count} rows")
    return {
        "t": _KINDS.get(kind, f"kind {kind}"),
        "base": base,
        "seq": seq,
        "now": now,
        "more": bool(flags & _MORE),
        "part": part,
        "parts": parts,
        "rows": [_row(*cells) for cells in _ROW.iter_unpack(memoryview(frame)[_HEADER.size :])],
    }


def _row(first: int, lon: int, lat: int, altitude: int, gs: int, track: int, rate: int, age: int) -> dict[str, Any]:
    flags = first >> 24
    row: dict[str, Any] = {"hex": f"{'~' if flags & 1 else ''}{first & 0xFFFFFF:06x}", "age": age / 4}
    if flags & 2:
        row["on_ground"] = True
    if flags & 8:
        row["lat"] = lat / 1e7
        row["lon"] = lon / 1e7
    if flags & 16:
        row["alt_geom" if flags & 4 else "alt_baro"] = altitude * 25
    if flags & 32:
        row["gs"] = gs / 10
    if flags & 64:
        row["track"] = track * 360 / 65536
    if flags & 128:
        row["baro_rate"] = rate * 64
    return row
