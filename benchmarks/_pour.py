"""Bytes into a server as fast as it takes them, while watchers are read from: what that costs, and how long it takes.

The bytes are ready before, so that this process has next to nothing to do; how little is told.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks._process import Process
from benchmarks._servers import CORES, on_core

__all__ = ["Poured", "pour"]

PATIENCE = 60.0
"""Seconds until what was not taken is given up."""
_READ = 1 << 20
_LOOK = 0.02
"""Seconds between two looks at whether all has been taken."""


@dataclass(frozen=True)
class Poured:
    """What one run cost; times in seconds.

    :param messages: that were taken, all of what was poured.
    :param cpu: of the server; ``load_cpu``: of this process.
    :param told: bytes that the watchers read.
    """

    messages: int
    seconds: float
    cpu: float
    load_cpu: float
    told: int

    @property
    def rate(self) -> float:
        """Messages a second."""
        return self.messages / self.seconds

    @property
    def cost(self) -> float:
        """CPU seconds of the server for a million messages."""
        return 1e6 * self.cpu / self.messages

    @property
    def share(self) -> float:
        """How much of its core the server took."""
        return self.cpu / self.seconds

    @property
    def load_share(self) -> float:
        """How much of its core this process took."""
        return self.load_cpu / self.seconds


def pour(
    server: Process, into: socket.socket, pieces: Sequence[bytes], messages: int, taken: Callable[[], bool],
    watchers: Sequence[socket.socket],
) -> Poured:  # fmt: skip
    """Send everything, and read what the watchers are sent until all has been taken.

    :param messages: how many there are in the pieces.
    :param taken: whether the server has taken them all; asked now and then once everything is sent.
    :raises TimeoutError: it did not take them.
    """
    with on_core(CORES[-1]):
        return _Run(into, pieces, watchers).measured(server, messages, taken)


class _Run:
    def __init__(self, into: socket.socket, pieces: Sequence[bytes], watchers: Sequence[socket.socket]) -> None:
        self._into = into
        self._left = [memoryview(piece) for piece in reversed(pieces)]
        self._watchers = {watcher.fileno(): watcher for watcher in watchers}
        self._buffer = bytearray(_READ)
        self._told = 0

    def measured(self, server: Process, messages: int, taken: Callable[[], bool]) -> Poured:
        self._into.setblocking(False)
        poll = select.epoll()
        for number in self._watchers:
            poll.register(number, select.EPOLLIN)
        poll.register(self._into, select.EPOLLOUT)
        cpu, own, began = server.cpu(), time.process_time(), time.monotonic()
        end = began + PATIENCE
        try:
            while self._left:
                self._turn(poll, end)
            poll.unregister(self._into)
            while not taken():
                if time.monotonic() > end:
                    raise TimeoutError(f"not all was taken within {PATIENCE:g} s")
                look = time.monotonic() + _LOOK
                while time.monotonic() < look:
                    self._turn(poll, look)
        finally:
            poll.close()
        seconds = time.monotonic() - began
        return Poured(messages, seconds, server.cpu() - cpu, time.process_time() - own, self._told)

    def _turn(self, poll: select.epoll, end: float) -> None:
        """Read and send what can be, once something can."""
        wait = end - time.monotonic()
        if self._left and wait <= 0:
            raise TimeoutError(f"not all was sent within {PATIENCE:g} s")
        for number, _ in poll.poll(max(0.0, wait)):
            if number in self._watchers:
                self._told += self._watchers[number].recv_into(self._buffer)
            else:
                self._give()

    def _give(self) -> None:
        try:
            sent = self._into.send(self._left[-1])
        except BlockingIOError:
            return
        if sent == len(self._left[-1]):
            self._left.pop()
        else:
            self._left[-1] = self._left[-1][sent:]
