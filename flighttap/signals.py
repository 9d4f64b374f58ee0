"""The signals that twistd leaves to us.

``SIGHUP``
    reads certificates again; in the foreground of a terminal, which sends it
    when it is closed, it stops the server as before.
a second ``SIGTERM`` or ``SIGINT``
    ends the waiting that the first one began.

A handler runs between any two instructions of the main thread: all that it does
is to hand a call to the reactor.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

__all__ = ["Heeding", "heed"]

Handler = Callable[[int, FrameType | None], object]


class Heeding(Protocol):
    """Who is told."""

    def renew(self) -> None:
        """Read again what may have been exchanged on the disk."""

    def hurry(self) -> None:
        """Stop without waiting for anybody."""


def heed(reactor: Any, service: Heeding) -> None:
    """Tell the service of the signals from now on."""

    def hung_up(number: int, frame: FrameType | None) -> None:
        reactor.callFromThread(reactor.stop if _at_terminal() else service.renew)

    signal.signal(signal.SIGHUP, hung_up)
    # The reactor sets its own handlers when it begins to run; ours stand before those.
    for number in (signal.SIGTERM, signal.SIGINT):
        reactor.callWhenRunning(_twice, number, reactor, service)


def _twice(number: signal.Signals, reactor: Any, service: Heeding) -> None:
    first: Any = signal.getsignal(number)
    heard: list[int] = []

    def asked(number: int, frame: FrameType | None) -> None:
        heard.append(number)
        if len(heard) == 1 and callable(first):
            first(number, frame)
        else:
            reactor.callFromThread(service.hurry)

    signal.signal(number, asked)


def _at_terminal() -> bool:
    try:
        return os.isatty(0)
    except OSError:
        return False
