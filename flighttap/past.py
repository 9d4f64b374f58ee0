"""What the rooms remember: where aircraft have been, and how far their receiver hears.

The hub calls it once a second; it looks at each room every few seconds, by cursors of its own, and not at all of them
in the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from math import inf

from twisted.internet.interfaces import IReactorTime

from flighttap.rooms.feed import Feed
from flighttap.rooms.reach import Reach
from flighttap.rooms.room import Room
from flighttap.rooms.trail import EVERY, Trails

__all__ = ["Memory", "Past"]


class Memory:
    """What is remembered of one room.

    :ivar reach: ``None`` unless just one feed of the room shows where its receiver is.
    :ivar feed: the name of that feed.
    :ivar due: hub time at which to look at the room again.
    """

    __slots__ = ("due", "feed", "reach", "trails")

    def __init__(self, now: float) -> None:
        self.trails = Trails(now)
        self.reach: Reach | None = None
        self.feed = ""
        self.due = -inf


class Past:
    """The memories of all rooms.

    :param clock: monotonic seconds.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._of: dict[Room, Memory] = {}
        self._due = -inf
        self._parts = cycle(range(int(EVERY)))

    def of(self, room: Room) -> Memory:
        """What is remembered of a room."""
        memory = self._of.get(room)
        if memory is None:
            memory = self._of[room] = Memory(self._clock.seconds())
        return memory

    def second_passed(self, rooms: Iterable[Room], feeds: Iterable[Feed], now: float) -> None:
        """Look at the rooms for which it is time; those that are gone are forgotten."""
        if now >= self._due:
            self._due = now + EVERY
            self._of = {room: self.of(room) for room in rooms}
        for room, memory in self._of.items():
            if now < memory.due:
                continue
            memory.due = now + EVERY - (next(self._parts) if memory.due == -inf else 0)
            memory.trails.follow(room)
            self._place(room, memory, feeds)
            if memory.reach is not None:
                memory.reach.follow(room)

    def _place(self, room: Room, memory: Memory, feeds: Iterable[Feed]) -> None:
        placed = [(feed.name, shown) for feed in feeds if room.name in feed.rooms and (shown := feed.shown_receiver)]
        if len(placed) != 1:
            memory.reach, memory.feed = None, ""
        elif memory.reach is None or (memory.feed, memory.reach.receiver) != placed[0]:
            memory.feed, memory.reach = placed[0][0], Reach(placed[0][1])
