"""One large file, given out in the pieces that browsers ask for (RFC 9110, 14: ranges).

Only single ranges are served, each of at most :data:`MOST` bytes, and never the whole file. Reading happens in a
thread, since a disk may be slow.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET, Request

from flighttap.web.answers import Node, refuse, send

__all__ = ["MOST", "ArchiveResource"]

MOST = 4 * 1024 * 1024
"""Bytes in one answer; the largest pieces of a PMTiles archive, its leaf directories, are a tenth of it."""

_RANGE = re.compile(rb"bytes=(\d{1,18})-(\d{1,18})\Z")
_DAY = b"public, max-age=86400"


class ArchiveResource(Node):
    """A file, opened anew for each piece: it may be replaced, and its tag then changes."""

    isLeaf = True
    _log = Logger()

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def render_GET(self, request: Request) -> int:
        asked = _RANGE.match(request.getHeader(b"range") or b"")
        first, last = (int(asked[1]), int(asked[2])) if asked else (0, -1)
        gone: list[object] = []
        request.notifyFinish().addErrback(gone.append)
        reading: Deferred[_Piece] = deferToThread(_read, self._path, first, last - first + 1)
        reading.addCallback(self._send, request, first, gone)
        reading.addErrback(self._failed, request, gone)
        return NOT_DONE_YET

    def _send(self, piece: _Piece, request: Request, first: int, gone: list[object]) -> None:
        if gone:
            return
        request.setHeader(b"Accept-Ranges", b"bytes")
        if not piece.body:
            request.setHeader(b"Content-Range", b"bytes */%d" % piece.size)
            refuse(request, 416, "bad_range", f"Ask for one range of at most {MOST} bytes.")
            return
        last = first + len(piece.body) - 1
        request.setHeader(b"Content-Range", b"bytes %d-%d/%d" % (first, last, piece.size))
        request.setHeader(b"ETag", piece.tag)
        request.setHeader(b"Cache-Control", _DAY)
        send(request, 206, b"application/vnd.pmtiles", piece.body)

    def _failed(self, failure: Failure, request: Request, gone: list[object]) -> None:
        self._log.failure("the map cannot be read", failure=failure, event_id="map.failed")
        if not gone:
            refuse(request, 500, "internal", "Something went wrong here; it is in the server's log.")


class _Piece(NamedTuple):
    body: bytes
    size: int
    tag: bytes


def _read(path: Path, first: int, count: int) -> _Piece:
    """Bytes of a file, none where they are none, too many or behind its end; runs in a thread."""
    with path.open("rb") as file:
        state = os.fstat(file.fileno())
        tag = f'"{state.st_mtime_ns:x}-{state.st_size:x}"'.encode("ascii")
        body = os.pread(file.fileno(), count, first) if 0 < count <= MOST and first < state.st_size else b""
        return _Piece(body, state.st_size, tag)
