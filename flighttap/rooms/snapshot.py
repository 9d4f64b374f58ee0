"""A whole room as frames, made once for everybody who needs it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Snapshot"]


class Snapshot(NamedTuple):
    """Immutable parts and the positions they bring a reader to."""

    seq: int
    eseq: int
    parts: tuple[bytes, ...]
