"""What a flush encodes once and many messages are put together from."""

from __future__ import annotations

from collections.abc import Iterable

from flighttap.wire.frames import deflated

__all__ = ["PART", "Piece", "texts"]

PART = 65536
"""Bytes after which a snapshot or an update goes on in another part."""


class Piece:
    """The encoding of some records, or of a tile's worth of them.

    :ivar json: JSON objects joined by commas; empty where there are none.
    :ivar rows: binary rows.
    """

    __slots__ = ("_deflated", "json", "rows")

    def __init__(self, json: bytes, rows: bytes = b"") -> None:
        self.json = json
        self.rows = rows
        self._deflated: bytes | None = None

    @property
    def deflated(self) -> bytes:
        """``json`` as a raw-deflate chunk, made once."""
        if self._deflated is None:
            self._deflated = deflated(self.json)
        return self._deflated


def texts(records: Iterable[bytes]) -> list[Piece]:
    """JSON objects put together into pieces of at most ``PART`` bytes, or of one object."""
    made: list[Piece] = []
    group: list[bytes] = []
    size = 0
    for record in records:
        if group and size + len(record) >= PART:
            made.append(Piece(b",".join(group)))
            group, size = [], 0
        group.append(record)
        size += len(record) + 1
    if group:
        made.append(Piece(b",".join(group)))
    return made
