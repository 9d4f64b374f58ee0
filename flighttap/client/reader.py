"""Lines from a file descriptor, as they come and not faster than they are taken."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["LineReader"]

LONGEST = 1024 * 1024
"""Bytes that a line may have."""


@implementer(IReadDescriptor)
class LineReader:
    """Reads a pipe, a terminal or a file with the reactor.

    The descriptor is left blocking, for it may be shared with a shell: it is read
    only when there is something to read.

    :param line: called with each line without its end, ``None`` for one that is too long.
    :param end: called once, after the last line.
    """

    def __init__(self, fd: int, reactor: Any, line: Callable[[bytes | None], None], end: Callable[[], None]) -> None:
        self._fd = fd
        self._reactor = reactor
        self._line = line
        self._end = end
        self._rest = b""
        self._skipping = False
        self._over = False
        self._reading = False

    def start(self) -> None:
        """Begin to read."""
        self.resume()

    def pause(self) -> None:
        """Read no more for now."""
        if self._reading:
            self._reading = False
            self._reactor.removeReader(self)

    def resume(self) -> None:
        """Go on."""
        if not self._reading and not self._over:
            self._reading = True
            self._reactor.addReader(self)

    def stop(self) -> None:
        """Read no more, ever."""
        self.pause()
        self._over = True

    def fileno(self) -> int:
        """:class:`IReadDescriptor`."""
        return self._fd

    def logPrefix(self) -> str:
        """:class:`IReadDescriptor`."""
        return "input"

    def doRead(self) -> None:
        """Take what is there (:class:`IReadDescriptor`)."""
        try:
            data = os.read(self._fd, 65536)
        except BlockingIOError:
            return
        if not data:
            self._finish()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._skipping:
                self._skipping = False
                self._line(None)
            else:
                self._line(line if len(line) <= LONGEST else None)
        if len(self._rest) > LONGEST:
            self._skipping = True
        if self._skipping:
            self._rest = b""

    def connectionLost(self, reason: Failure) -> None:
        """The reactor can read no more (:class:`IReadDescriptor`)."""
        self._finish()

    def _finish(self) -> None:
        if self._over:
            return
        self.stop()
        if self._rest or self._skipping:
            self._line(None if self._skipping else self._rest)
        self._end()
