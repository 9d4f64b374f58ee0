"""How often a watcher is served: as often as it asked, less often while it lags.

A watcher lags when its socket is still full as its next update is due. One lag
is a hiccup. A second that begins within :data:`AGAIN` seconds of the first, or
of a raise, costs one step down :data:`HZ`; once it kept up for its probation it
is given one step back. The probation is doubled each time that does not last,
so that nobody goes up and down for ever.
"""

from __future__ import annotations

__all__ = ["AGAIN", "HZ", "PROBATION", "PROBATION_MOST", "Pace", "snapped"]

HZ = (20, 10, 5, 2, 1, 0.5, 0.2)
"""Updates per second that a watcher can choose from."""
AGAIN = 10.0
PROBATION = 30.0
PROBATION_MOST = 480.0


def snapped(hz: float) -> float:
    """The greatest rate on offer that is not above ``hz``, or the lowest."""
    return next((offer for offer in HZ if offer <= hz), HZ[-1])


class Pace:
    """The rate of one watcher. All times are hub time in seconds.

    :ivar wish: updates per second that it asked for.
    :ivar hz: those that it is served.
    """

    __slots__ = ("_filled_at", "_probation", "_raised_at", "_since", "hz", "wish")

    def __init__(self, wish: float) -> None:
        self.wish = self.hz = wish
        self._probation = PROBATION
        self._since = float("-inf")
        self._raised_at: float | None = None
        self._filled_at: float | None = None

    def filled(self, now: float) -> None:
        """Its socket takes no more."""
        if self._filled_at is None:
            self._filled_at = now

    def excuse(self) -> None:
        """What fills its socket is what it asked for, a map or all of the room: no measure of how it keeps up."""
        self._filled_at = float("inf")

    def drained(self, now: float) -> bool:
        """It has taken all that was to be written; whether it is to be served less often from now on."""
        filled_at, self._filled_at = self._filled_at, None
        if filled_at is None or now - filled_at < 1 / self.hz:
            return False
        again = filled_at - self._since <= AGAIN
        self._since = now
        return again and self._lower(now)

    def kept_up(self, now: float) -> bool:
        """Whether the watcher is to be served more often from now on."""
        if self.hz >= self.wish or self._filled_at is not None or now - self._since < self._probation:
            return False
        self.hz = min(offer for offer in HZ if offer > self.hz)
        self._since = self._raised_at = now
        return True

    def _lower(self, now: float) -> bool:
        if self._raised_at is not None:
            lasted = now - self._raised_at >= self._probation
            self._probation = PROBATION if lasted else min(2 * self._probation, PROBATION_MOST)
            self._raised_at = None
        slower = [offer for offer in HZ if offer < self.hz]
        if not slower:
            return False
        self.hz = slower[0]
        return True
