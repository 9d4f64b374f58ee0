"""Which lane and view each member sits in, and how it gets there.

A member takes a seat when it watches or resumes. It loses it while its socket is
full and gets it back, brought up to date, when that drains; one that lags is
given a seat in a slower lane, and in time a faster one again. Every one of these
is one :meth:`~flighttap.rooms.room.Reader.catch_up`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from twisted.internet.interfaces import IReactorTime

from flighttap.errors import TooManyFilters
from flighttap.rooms.lane import Lane
from flighttap.rooms.member import Member, Wants
from flighttap.rooms.pace import Pace
from flighttap.rooms.policy import Limits
from flighttap.rooms.room import Reader, Room
from flighttap.rooms.tutorial_lane import TutorialLane
from flighttap.rooms.view import EVERYTHING, Scope
from flighttap.wire import ENCODINGS, TUTORIAL
from flighttap.wire.json_v1 import message

__all__ = ["RAISES", "Seats"]

RAISES = 100
"""Members that are given a faster lane in one second at the most."""


class Seats:
    """The members of all rooms in their lanes.

    :param clock: monotonic seconds.
    :param wall: Unix time in seconds, for what goes on the wire.
    :param rooms: by name.
    :param taken: called with the room after somebody took a seat: its lane may have to be flushed.
    """

    def __init__(
        self,
        clock: IReactorTime,
        limits: Limits,
        wall: Callable[[], float],
        rooms: Mapping[str, Room],
        taken: Callable[[Room], None],
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._wall = wall
        self._rooms = rooms
        self._taken = taken
        self._slowed: dict[Member, None] = {}

    def watch(self, member: Member, wants: Wants, scope: Scope = EVERYTHING) -> None:
        """Bring a member from its own cursor into the lane and view that it wants.

        A newcomer, or one that moves its map, or changes rate, fields or filter.
        """
        room = self._rooms[member.room]
        self._take_out(room, member)
        member.wants = wants
        member.scope = scope
        if not member.full:
            self._answer(room, member, wants)

    def admit(self, member: Member, wants: Wants, scope: Scope) -> None:
        """Ask before a watch or resume whether the room has one more filtered view or set of fields to give.

        :raises TooManyFilters: it has not.
        """
        room, limits, alone = self._rooms[member.room], self._limits, {member}
        lanes = [lane for lane in room.lanes.values() if isinstance(lane, Lane)]
        if wants.fields is not None:
            sets = {lane.wants.fields for lane in lanes if lane.members.keys() != alone} - {None}
            if wants.fields not in sets and len(sets) >= limits.field_sets:
                raise TooManyFilters(f"This room serves {limits.field_sets} sets of fields already.")
        if scope.where is not None:
            views = [(lane, view) for lane in lanes for view in lane.filtered() if view.members.keys() != alone]
            shared = any(lane.wants == wants and view.scope.key() == scope.key() for lane, view in views)
            if not shared and len(views) >= limits.filters:
                raise TooManyFilters(f"This room serves {limits.filters} filtered views already.")

    def pace(self, member: Member, wish: float) -> float:
        """How often a member that asks for ``wish`` updates a second is served: less often while it lags.

        The same wish again changes nothing; another is a new start.
        """
        if member.pace is None or member.pace.wish != wish:
            member.pace = Pace(wish)
            self._slowed.pop(member, None)
        return member.pace.hz

    def resume(
        self,
        member: Member,
        wants: Wants,
        seq: int | None,
        eseq: int | None,
        scope: Scope = EVERYTHING,
        held: Scope = EVERYTHING,
    ) -> None:
        """Go on from the position that a member says it has; it is answered even if nothing is new.

        :param seq: its position in this room's epoch, ``None``: it needs all.
        :param eseq: the last event that it has, ``None``: events from now on.
        :param held: the part of the room that its position is about.
        """
        room = self._rooms[member.room]
        self._take_out(room, member)
        member.wants = wants
        member.scope = scope
        member.held = held
        member.cursor = seq
        member.eseq = eseq if eseq is not None and eseq <= room.events.eseq else None
        if not member.full:
            self._answer(room, member, wants, resuming=True)

    def leave(self, room: Room, member: Member) -> None:
        """A connection closed."""
        self._take_out(room, member)
        self._slowed.pop(member, None)
        member.wants = None

    def filled(self, member: Member) -> None:
        """A member's socket takes no more: it leaves its lane with its own cursor."""
        member.full = True
        self._rooms[member.room].meter.lags += 1
        if member.pace is not None:
            member.pace.filled(self._clock.seconds())
        self._take_out(self._rooms[member.room], member)

    def drained(self, member: Member) -> None:
        """A member's socket takes bytes again: the rest of its message, then what it missed."""
        member.full = False
        rest, member.rest = member.rest, ()
        member.deliver(rest)
        if member.full or member.wants is None:
            return
        room, pace = self._rooms[member.room], member.pace
        if pace is not None and pace.drained(self._clock.seconds()):
            self._move(room, member, member.wants, pace, "lag")
        else:
            self._catch_up(room, member, member.wants)

    def second_passed(self, now: float) -> None:
        """Give faster lanes to those who kept up in slower ones, ``RAISES`` of them at the most."""
        raised = 0
        for member in list(self._slowed):
            pace, wants = member.pace, member.wants
            if raised < RAISES and pace is not None and wants is not None and pace.kept_up(now):
                self._move(self._rooms[member.room], member, wants, pace, "recovered")
                raised += 1

    def _move(self, room: Room, member: Member, wants: Wants, pace: Pace, why: str) -> None:
        """Give a member a seat in the lane of its new rate, and tell it."""
        self._take_out(room, member)
        member.wants = wants._replace(hz=pace.hz)
        if pace.hz < pace.wish:
            self._slowed[member] = None
        else:
            del self._slowed[member]
        self._catch_up(room, member, member.wants, first=message("rate", hz=pace.hz, why=why))

    def _answer(self, room: Room, member: Member, wants: Wants, resuming: bool = False) -> None:
        """Give a member what it asked for, however much that is."""
        self._catch_up(room, member, wants, resuming)
        if member.full and member.pace is not None:
            member.pace.excuse()

    def _catch_up(
        self, room: Room, member: Member, wants: Wants, resuming: bool = False, first: bytes | None = None
    ) -> None:
        lane = self._lane(room, wants)
        parts = lane.catch_up(member, self._clock.seconds(), self._wall(), resuming)
        room.meter.caught_up += 1
        room.meter.own_bytes += sum(map(len, parts))
        member.deliver(parts if first is None else (first, *parts))
        self._taken(room)

    def _lane(self, room: Room, wants: Wants) -> Reader:
        lane = room.lanes.get(wants)
        if lane is None:
            encoding = ENCODINGS.get(wants.encoding)
            if encoding is None:
                lane = TutorialLane(room, TUTORIAL[wants.merged], wants, self._clock.seconds())
            else:
                lane = Lane(room, encoding(wants.fields, wants.deflate), wants)
            room.lanes[wants] = lane
        return lane

    def _take_out(self, room: Room, member: Member) -> None:
        if member.wants is None:
            return
        lane = room.lanes.get(member.wants)
        if lane is not None:
            lane.leave(member)
            if not lane.members:
                del room.lanes[member.wants]
