"""What one connection owes for what it sends: publishes, other operations, mistakes; and its room, for all together."""

from __future__ import annotations

from flighttap.errors import RateLimited, RoomBusy, TooFast, TooManyBad, WireError
from flighttap.rooms.bucket import Bucket
from flighttap.rooms.policy import Limits
from flighttap.ws.standing import Standing

__all__ = ["Dues"]

PAUSE_MOST = 5.0
"""Seconds for which a publisher over its rate is held back before it is told so."""
FORGIVEN = 0.5
"""Mistakes that are forgotten in a second."""


class Dues:
    """The accounts of one connection.

    :ivar room: the room's, where the connection is in one.
    """

    __slots__ = ("_asking", "_failing", "_publishing", "_work", "room")

    def __init__(self, limits: Limits, now: float) -> None:
        self._publishing = Bucket(limits.publish_rate, limits.publish_burst, now)
        self._asking = Bucket(limits.control_rate, limits.control_rate, now)
        self._failing = Bucket(FORGIVEN, limits.bad_messages, now)
        self._work = limits.work
        self.room = Bucket(0.0, 1.0, now)

    def publish(self, standing: Standing, now: float) -> bool:
        """Count a publish; whether the publisher is to be held back now, until :meth:`debt` is gone.

        :raises RateLimited: it is not taken.
        """
        own, room = self._publishing, self.room
        if not own.rate and not room.rate:
            standing.take_message(now)
            return False
        debt = own.debt(now)
        if debt >= PAUSE_MOST:
            raise RateLimited("You publish faster than this server takes it.", round(debt * 1000))
        debt = room.debt(now)
        if debt >= PAUSE_MOST:
            raise RoomBusy("More is published into this room than it takes.", round(debt * 1000))
        if not standing.take_message(now):
            own.take()
        room.take()
        return own.debt(now) > 0 or room.debt(now) > 0

    def debt(self, now: float) -> float:
        """Seconds until a publisher may go on."""
        return max(self._publishing.debt(now), self.room.debt(now))

    def ask(self, now: float) -> None:
        """Count another operation.

        :raises RateLimited: it is not taken.
        """
        wait = self._asking.wait(now)
        if wait > 0:
            raise RateLimited("Too many operations.", round(wait * 1000) + 1)
        self._asking.take()

    def pay(self, seconds: float, publishing: bool) -> None:
        """Charge for the processor time of an operation: what goes over a connection's share of it is waited for."""
        if self._work:
            bucket = self._publishing if publishing else self._asking
            bucket.take(min(seconds / self._work, PAUSE_MOST) * bucket.rate)

    def fail(self, problem: WireError, now: float) -> None:
        """Count what a peer did wrong.

        :raises TooFast, TooManyBad: it goes on and on.
        """
        if isinstance(problem, RoomBusy):
            return
        if self._failing.wait(now) > 0:
            if isinstance(problem, RateLimited):
                raise TooFast("You were told to wait and went on.")
            raise TooManyBad("Too many bad messages.")
        self._failing.take()
