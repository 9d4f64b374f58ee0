"""Who is in the rooms, and telling it to the members that want to know.

The hub and the connections say who comes, goes and calls itself what; this keeps
each room's presence and its timer, and writes what is to be told.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from flighttap.rooms.member import Member
from flighttap.rooms.room import Room
from flighttap.wire.json_v1 import message

__all__ = ["Attendance"]


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
        """A connection takes part in a room; said again, nothing happens."""
        if not member.present:
            member.present = True
            room.presence.arrive(member.session, member.id)
            self._changed(room)

    def left(self, room: Room, member: Member) -> None:
        """It closed; for the others it leaves only if it stays away."""
        room.presence.ignore(member)
        if member.present:
            member.present = False
            room.presence.depart(member.session, self._clock.seconds())

    def resumed(self, room: Room, member: Member, session: str) -> None:
        """A connection says that it is a session that was here: if that is known here, it goes on as that."""
        public_id = room.presence.id_of(session)
        if public_id is not None:
            room.presence.arrive(session, public_id)
            if member.present:
                room.presence.disown(member.session)
            member.session, member.id, member.present = session, public_id, True
        self.arrived(room, member)
        self._changed(room)

    def named(self, room: Room, member: Member, name: str | None) -> None:
        """A connection calls itself something, or nothing any more."""
        self.arrived(room, member)
        room.presence.name(member.session, name)
        self._changed(room)

    def wanted(self, room: Room, member: Member, wish: str) -> None:
        """What a member wants to be told from now on.

        :param wish: ``none``, ``count`` or ``list``.
        """
        if wish == "none":
            room.presence.ignore(member)
        elif room.presence.listen(member, wish == "list"):
            self.drained(room, member)

    def drained(self, room: Room, member: Member) -> None:
        """A member takes bytes: all that it wants to know, if it lacks anything."""
        if not member.full and room.presence.lacks(member):
            frame = _frame(room.presence.whole(member))
            room.meter.presence_bytes += len(frame)
            member.peer.write(frame)

    def second_passed(self, room: Room, now: float) -> None:
        """Let those go who stayed away too long."""
        room.presence.settle(now)
        self._changed(room)

    def _changed(self, room: Room) -> None:
        due = room.presence.due()
        if due is not None and room not in self._telling:
            self._telling[room] = self._clock.callLater(max(0.0, due - self._clock.seconds()), self._tell, room)

    def _tell(self, room: Room) -> None:
        del self._telling[room]
        for body, members in room.presence.flush(self._clock.seconds()):
            frame = _frame(body)
            room.meter.presence_bytes += len(frame) * len(members)
            for member in members:
                member.peer.write(frame)


def _frame(body: dict[str, Any]) -> bytes:
    return message("presence", **body)
