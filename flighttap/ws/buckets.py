"""Token buckets: how much a connection may do over time."""

from __future__ import annotations

__all__ = ["Bucket"]


class Bucket:
    """Fills at ``rate`` tokens a second up to ``burst``; may go into debt.

    :param rate: tokens per second; 0: there is no limit.
    """

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._level = float(burst)
        self._at = now

    def debt(self, now: float) -> float:
        """Seconds until the bucket would be level again; 0 where it is."""
        if not self._rate:
            return 0.0
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, -self._level / self._rate)

    def take(self) -> None:
        """Take one token, owing it where there is none."""
        self._level -= 1
