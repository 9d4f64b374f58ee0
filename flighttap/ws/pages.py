"""Bytes for many sockets that the kernel holds once: each socket is given the pages, and nothing is copied to it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["FEWEST", "LEAST", "held", "send"]

LEAST = 32768
"""Bytes from which this takes less time than a copy for each socket."""
FEWEST = 16
"""Sockets from which it does."""


@contextmanager
def held(data: bytes) -> Iterator[int | None]:
    """A file in memory with these bytes, to send from; ``None`` where there is none to be had.

    Nothing may be written into it: what the sockets have not sent yet is still these pages.
    """
    file = _filled(data)
    try:
        yield file
    finally:
        if file is not None:
            os.close(file)


def send(socket: int, pages: int, size: int) -> int:
    """Send so many bytes of such a file; how many the socket took.

    :raises OSError: it took none.
    """
    return os.sendfile(socket, pages, 0, size)


def _filled(data: bytes) -> int | None:
    if sys.platform != "linux":
        return None
    try:
        file = os.memfd_create("flush")
    except OSError:  # no descriptor is free, or a sandbox forbids it
        return None
    try:
        whole = os.write(file, data) == len(data)
    except OSError:
        whole = False
    if whole:
        return file
    os.close(file)
    return None
