"""How late the reactor is: what a timer that should have fired by now had to wait.

A turn of the reactor that takes long delays everything, so this one number says
whether the process keeps up.
"""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from flighttap.rooms.meter import TURNS, Histogram

__all__ = ["Pulse"]

BEAT = 0.25
"""Seconds between two measurements."""
WINDOW = 30.0
"""Seconds after which the longest delay so far begins to be forgotten."""


class Pulse:
    """Measures the delay of a reactor's timers from :meth:`start` to :meth:`stop`.

    :ivar delays: all that was measured, seconds.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.delays = Histogram(TURNS)
        self._clock = clock
        self._call: IDelayedCall | None = None
        self._due = 0.0
        self._window_began = 0.0
        self._longest = self._before = 0.0

    def start(self) -> None:
        """Begin to measure."""
        self._window_began = self._clock.seconds()
        self._again(self._window_began)

    def stop(self) -> None:
        """Measure no more."""
        if self._call is not None:
            self._call.cancel()
            self._call = None

    @property
    def longest(self) -> float:
        """The longest delay of the last half to one minute, seconds."""
        return max(self._longest, self._before)

    def _again(self, now: float) -> None:
        self._due = now + BEAT
        self._call = self._clock.callLater(BEAT, self._beat)

    def _beat(self) -> None:
        now = self._clock.seconds()
        delay = max(0.0, now - self._due)
        self.delays.add(delay)
        if now - self._window_began >= WINDOW:
            self._window_began, self._before, self._longest = now, self._longest, 0.0
        self._longest = max(self._longest, delay)
        self._again(now)
