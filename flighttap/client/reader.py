"""File descriptors of the command line: lines of an input as they are taken, an output whose reader may go."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

__all__ = ["LineReader", "ReaderGone"]

LONGEST = 1024 * 1024
"""Bytes that a line may have."""


class _Descriptor:
    """What the reactor wants of something that it watches for reading."""

    def __init__(self, fd: int, reactor: Any) -> None:
        self._fd = fd
        self._reactor = reactor
        self._watched = False

    def fileno(self) -> int:
        """:class:`IReadDescriptor`."""
        return self._fd

    def logPrefix(self) -> str:
        """:class:`IReadDescriptor`."""
        return "console"

    def resume(self) -> None:
        """Have it watched."""
        if not self._watched:
            self._watched = True
            self._reactor.addReader(self)

    def pause(self) -> None:
        """Have it not watched for now."""
        if self._watched:
            self._watched = False
            self._reactor.removeReader(self)


@implementer(IReadDescriptor)
class ReaderGone(_Descriptor):
    """Notices when whoever reads a pipe of ours has gone, though we write nothing just then.

    :param gone: called once.
    """

    def __init__(self, fd: int, reactor: Any, gone: Callable[[], None]) -> None:
        super().__init__(fd, reactor)
        self._gone = gone

    def start(self) -> None:
        """Begin to watch; only a pipe can tell."""
        if stat.S_ISFIFO(os.fstat(self._fd).st_mode):
            self.resume()

    def doRead(self) -> None:
        """The writing end of a pipe becomes readable for an error only (:class:`IReadDescriptor`)."""
        self.pause()
        self._gone()

    def connectionLost(self, reason: Failure) -> None:
        """The same, as other reactors tell it (:class:`IReadDescriptor`)."""
        self.pause()
        self._gone()


@implementer(IReadDescriptor)
class LineReader(_Descriptor):
    """Reads a pipe, a terminal or a file with the reactor.

    The descriptor is left blocking, for it may be shared with a shell: it is read
    only when there is something to read.

    :param line: called with each line without its end, ``None`` for one that is too long.
    :param end: called once, after the last line.
    """

    def __init__(self, fd: int, reactor: Any, line: Callable[[bytes | None], None], end: Callable[[], None]) -> None:
        super().__init__(fd, reactor)
        self._line = line
        self._end = end
        self._rest = b""
        self._skipping = False
        self._over = False

    def resume(self) -> None:
        """Read, or go on with it."""
        if not self._over:
            super().resume()

    def stop(self) -> None:
        """Read no more, ever."""
        self.pause()
        self._over = True

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
