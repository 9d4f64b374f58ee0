"""When lanes are to be flushed: at the end of the turn, or at a time of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from flighttap.rooms.room import Reader

__all__ = ["LATE", "Timetable", "next_due"]

LATE = 0.005
"""Seconds that a timer may be late without moving the beat of its lane."""


def next_due(due: float, now: float, hz: float) -> float:
    """When a lane that was due at ``due`` and is flushed at ``now`` may be flushed again; hub time in seconds.

    Counted from when it was due, or a timer that is always a little late would
    take something off its rate. One that comes later counts from now: nothing
    is made up for after a pause, and lanes that had to wait for each other part.
    """
    return (due if now - due <= LATE else now) + 1 / hz


class Timetable:
    """The lanes that have something to say, in order of the hub time at which they may.

    A lane is in it once at the most for the end of the turn, and once for later.
    """

    def __init__(self) -> None:
        self._soon: dict[Reader, None] = {}
        self._later: set[Reader] = set()
        self._order: list[tuple[float, int, Reader]] = []
        self._counter = count()
        self._behind = False

    def put(self, lane: Reader, due: float, now: float) -> None:
        """Have a lane looked at when it is due. For later it never says an earlier time than it said before."""
        if due <= now:
            self._soon[lane] = None
        elif lane not in self._later:
            self._later.add(lane)
            heappush(self._order, (due, next(self._counter), lane))

    def soon(self) -> bool:
        """Whether a lane is to be looked at when this turn ends."""
        return bool(self._soon)

    def later(self) -> float | None:
        """When the first of the others is due."""
        return self._order[0][0] if self._order else None

    def take(self, now: float) -> list[Reader]:
        """The lanes to be looked at by ``now``, in the order in which they asked."""
        taken, self._soon = self._soon, {}
        while self._order and self._order[0][0] <= now:
            _, _, lane = heappop(self._order)
            self._later.discard(lane)
            taken[lane] = None
        if self._behind:
            self._behind = False
            return _in_turns(taken)
        return list(taken)

    def put_back(self, lanes: Iterable[Reader]) -> None:
        """Have lanes looked at in the next turn for which this one had no time.

        Then rooms take turns: one lane of each before a second of any, so that a room of many lanes holds up no other.
        """
        self._soon = dict.fromkeys(lanes) | self._soon
        self._behind = True


def _in_turns(lanes: Iterable[Reader]) -> list[Reader]:
    """The first lane of each room, then the second of each, and so on."""
    seen: Counter[str] = Counter()
    ranked: list[tuple[int, Reader]] = []
    for lane in lanes:
        ranked.append((seen[lane.room.name], lane))
        seen[lane.room.name] += 1
    return [lane for _, lane in sorted(ranked, key=lambda pair: pair[0])]
