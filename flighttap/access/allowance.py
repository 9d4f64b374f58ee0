"""How much may be published with one token, over all the connections that it opens."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from flighttap.access.grant import Grant
from flighttap.errors import RateLimited, RoomFull
from flighttap.rooms.bucket import Bucket

__all__ = ["Allowance", "Allowances"]

REMEMBERED = 300.0
"""Seconds after which a flight that is published no more is gone from its room."""
_SWEEP = 1024
"""Tokens remembered before those that have not been used for long are looked for."""


class Allowance:
    """What is left of one token's rate and flights.

    :ivar bucket: a token for each message; ``None``: the server's limit for each connection holds.
    """

    def __init__(self, grant: Grant, now: float) -> None:
        self.bucket = None if grant.rate is None else Bucket(grant.rate, max(1.0, 2 * grant.rate), now)
        self._most = grant.flights
        self._flights: OrderedDict[tuple[str, str], float] = OrderedDict()

    def take_message(self, now: float) -> bool:
        """Count one message; whether there is a rate to count it by.

        :raises RateLimited: there is none left at present.
        """
        if self.bucket is None:
            return False
        wait = self.bucket.wait(now)
        if wait > 0:
            raise RateLimited("This token publishes faster than it may.", round(wait * 1000) + 1)
        self.bucket.take()
        return True

    def take_flights(self, room: str, keys: Iterable[str | None], now: float) -> None:
        """Count flights that are published.

        :param keys: of the flights; ``None`` for messages that name none.
        :raises RoomFull: they would be more than it may keep; none was counted.
        """
        if self._most is None:
            return
        flights = self._flights
        while flights and now - next(iter(flights.values())) >= REMEMBERED:
            flights.popitem(last=False)
        named = dict.fromkeys((room, key) for key in keys if key is not None)
        if len(flights) + sum(flight not in flights for flight in named) > self._most:
            raise RoomFull(f"This token may keep {self._most} flights.")
        for flight in named:
            flights[flight] = now
            flights.move_to_end(flight)

    def gone(self, room: str, key: str) -> None:
        """A flight was removed."""
        self._flights.pop((room, key), None)

    def idle(self, now: float) -> bool:
        """Whether it may be forgotten: nothing was done with it for long."""
        kept = bool(self._flights) and now - next(reversed(self._flights.values())) < REMEMBERED
        return not kept and (self.bucket is None or self.bucket.full(now))


class Allowances:
    """Those of all tokens that have a limit of their own."""

    def __init__(self) -> None:
        self._of: dict[str, Allowance] = {}
        self._sweep_at = _SWEEP

    def of(self, grant: Grant | None, now: float) -> Allowance | None:
        """That of one token; ``None`` where it has no limit, or there is no token."""
        if grant is None or not grant.limited:
            return None
        allowance = self._of.get(grant.identity)
        if allowance is None:
            if len(self._of) >= self._sweep_at:
                self._of = {identity: each for identity, each in self._of.items() if not each.idle(now)}
                self._sweep_at = max(_SWEEP, 2 * len(self._of))
            allowance = self._of[grant.identity] = Allowance(grant, now)
        return allowance
