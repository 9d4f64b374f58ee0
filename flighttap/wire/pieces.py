"""What a flush encodes once and many messages are put together from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flighttap.wire.frames import deflated

__all__ = ["PART", "Piece", "joined"]

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


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Put records together into pieces of at most ``PART`` bytes (or one record) of each kind."""
    json: list[bytes] = []
    rows: list[bytes] = []
    size = 0
    for piece in pieces:
        grown = size + len(piece.json) + len(piece.rows) + 1
        if size and grown > PART:
            yield Piece(b",".join(json), b"".join(rows))
            json, rows = [], []
            grown -= size
        if piece.json:
            json.append(piece.json)
        if piece.rows:
            rows.append(piece.rows)
        size = grown
    if size:
        yield Piece(b",".join(json), b"".join(rows))
