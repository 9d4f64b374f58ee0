"""What receivers put beside a frame: a signal level and a time stamp.

Stamps are for pacing a replay only. Receivers' counters wrap, restart and jump,
and log lines carry a wall clock that somebody may have set; nothing but the
differences between neighbours is of use, and :class:`Pace` keeps those.
"""

from __future__ import annotations

from math import log10

__all__ = ["COUNTER_HZ", "COUNTER_PERIOD", "DAY", "MLAT", "NOT_A_TIME", "RSSI", "Pace"]

RSSI: tuple[float | None, ...] = (None, *(round(20 * log10(level / 255), 1) for level in range(1, 256)))
"""Signal level byte to dBFS: the byte is the root of the power over full scale. 0 says nothing."""

MLAT = 0xFF004D4C4154
"""The stamp of a frame that a multilateration server made up (readsb.h)."""

NOT_A_TIME = frozenset((0, MLAT, 0xFF004D4C4155, 0xFF004D4C4160, 0xFFFFFFFFFFFF))
"""Stamps that mean something else than a time: none, MLAT, from UAT, not to be forwarded, any."""

COUNTER_HZ = 12_000_000
"""Ticks a second of the Mode-S Beast's counter."""

COUNTER_PERIOD = 2**48 / COUNTER_HZ
"""Seconds after which that 48-bit counter starts again: 271 days."""

DAY = 86_400.0

_LEAP = 3600.0
_DISORDER = 10.0


class Pace:
    """Turns raw stamps into seconds that never fall.

    A step forward of up to an hour is taken as it is. A stamp up to ten seconds
    back is a message out of order: time stands still until the stamps have
    caught up. Any other step is a fault of the counter: time stands still and
    goes on from there.

    :param period: after how many seconds the stamps begin again at 0, if they do.
    """

    __slots__ = ("_period", "_stamp", "now")

    def __init__(self, period: float | None = None) -> None:
        self.now: float | None = None
        self._period = period
        self._stamp: float | None = None

    def at(self, stamp: float) -> float:
        """The time, in seconds, of a message stamped ``stamp``; the first message's is its stamp."""
        if self.now is None:
            self.now = stamp
        if self._stamp is None:
            self._stamp = stamp
            return self.now
        step = stamp - self._stamp
        if self._period is not None:
            step = (step + self._period / 2) % self._period - self._period / 2
        if -_DISORDER <= step < 0:
            return self.now
        self._stamp = stamp
        if 0 <= step <= _LEAP:
            self.now += step
        return self.now

    def restart(self, period: float | None) -> None:
        """From here on the stamps are of another kind; time goes on from where it is."""
        self._period = period
        self._stamp = None
