"""Token buckets: how much somebody may do over time."""

from __future__ import annotations

__all__ = ["Bucket"]


class Bucket:
    """Fills at ``rate`` tokens a second up to ``burst``; may go into debt.

    :param rate: tokens per second; 0: there is no limit.
    :param burst: tokens of one that was quiet, at least 1.
    :param now: seconds, of the same clock as all that follow.
    """

    __slots__ = ("_at", "_burst", "_level", "rate")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.rate = rate
        self._burst = self._level = max(float(burst), 1.0)
        self._at = now

    def take(self, tokens: float = 1.0) -> None:
        """Take one token, or so many, owing what is not there."""
        self._level -= tokens

    def wait(self, now: float) -> float:
        """Seconds until a token is there; 0 where one is."""
        return self._until(1.0, now)

    def debt(self, now: float) -> float:
        """Seconds until nothing is owed; 0 where nothing is."""
        return self._until(0.0, now)

    def full(self, now: float) -> bool:
        """Whether nothing was taken for so long that the bucket may be forgotten."""
        return self._until(self._burst, now) == 0

    def _until(self, level: float, now: float) -> float:
        if not self.rate:
            return 0.0
        self._level = min(self._burst, self._level + (now - self._at) * self.rate)
        self._at = now
        return max(0.0, (level - self._level) / self.rate)
