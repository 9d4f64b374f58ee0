"""The last events of a room: messages without a flight, kept in order for a while."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["Event", "EventRing"]


@dataclass(frozen=True, slots=True)
class Event:
    """One message: its number, who sent it (a member's public id) and its JSON as sent."""

    eseq: int
    at: float
    sender: str | None
    data: bytes


class EventRing:
    """A bounded memory of events with a counter of its own.

    :param size: how many are kept.
    :param age: how long, in seconds.
    """

    __slots__ = ("_age", "_events", "eseq")

    def __init__(self, size: int, age: float) -> None:
        self._events: deque[Event] = deque(maxlen=size)
        self._age = age
        self.eseq = 0

    def append(self, sender: str | None, data: bytes, now: float) -> Event:
        """Number an event and keep it."""
        self.eseq += 1
        event = Event(self.eseq, now, sender, data)
        self._events.append(event)
        return event

    def expire(self, now: float) -> None:
        """Forget what is too old."""
        while self._events and now - self._events[0].at > self._age:
            self._events.popleft()

    def since(self, eseq: int) -> tuple[tuple[int, int] | None, list[Event]]:
        """What a reader who has everything up to ``eseq`` lacks.

        :returns: the first and last number that are gone for good, or ``None``;
            and the events still here, oldest first.
        """
        events: list[Event] = []
        for event in reversed(self._events):
            if event.eseq <= eseq:
                break
            events.append(event)
        events.reverse()
        first = events[0].eseq if events else self.eseq + 1
        lost = (eseq + 1, first - 1) if eseq + 1 < first else None
        return lost, events
