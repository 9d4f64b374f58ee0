"""Who is in the rooms, and telling it to the members that want to know.

The hub says who comes and goes; this keeps each room's presence and tells of it
at most once in ``EVERY`` seconds, on timers of its own.
"""

from __future__ import annotations

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from flighttap.rooms.member import Member
from flighttap.rooms.room import Room
from flighttap.wire.json_v1 import message

__all__ = ["EVERY", "Attendance"]

EVERY = 1.0
"""Seconds that at least pass between two messages of a room about who is there."""


class Attendance:
    """The presence of all rooms.

    :param clock: monotonic seconds and timers.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._telling: dict[Room, IDelayedCall] = {}

    def stop(self) -> None:
        """Cancel every timer."""
        for call in self._telling.values():
            call.cancel()
        self._telling.clear()

    def arrived(self, room: Room, member: Member) -> None:
        """A connection is in a room."""
        room.presence.arrive(member.session)
        self._changed(room)

    def left(self, room: Room, member: Member) -> None:
        """It closed; for the others it leaves only if it stays away."""
        room.counters.pop(member, None)
        room.presence.depart(member.session, self._clock.seconds())

    def resumed(self, room: Room, member: Member, session: str) -> None:
        """A connection turned out to be a session that was here a moment ago."""
        room.presence.rename(member.session, session)
        member.session = session
        self._changed(room)

    def count_wanted(self, room: Room, member: Member, wanted: bool) -> None:
        """Whether a member is told how many are here."""
        if wanted:
            room.counters[member] = None
            member.pseq = -1
            self.drained(room, member)
        else:
            room.counters.pop(member, None)

    def drained(self, room: Room, member: Member) -> None:
        """A member takes bytes: the count, unless it has it."""
        if member in room.counters and not member.full and member.pseq != room.presence.pseq:
            member.pseq = room.presence.pseq
            member.peer.write(message("presence", pseq=member.pseq, count=room.presence.count))

    def second_passed(self, room: Room, now: float) -> None:
        """Let those go who stayed away too long."""
        pseq = room.presence.pseq
        room.presence.settle(now)
        if room.presence.pseq != pseq:
            self._changed(room)

    def _changed(self, room: Room) -> None:
        if room not in self._telling:
            due = max(0.0, room.counted_at + EVERY - self._clock.seconds())
            self._telling[room] = self._clock.callLater(due, self._tell, room)

    def _tell(self, room: Room) -> None:
        del self._telling[room]
        room.counted_at = self._clock.seconds()
        for member in list(room.counters):
            self.drained(room, member)
