"""The hub: rooms, who feeds them, who watches them.

It joins the pure parts with one clock. Observations and publishes come in,
rooms take them, and in turns each lane with news is flushed; ``broadcast``
writes what comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from flighttap.aircraft.identity import NON_ICAO, address_of
from flighttap.aircraft.observation import Observation
from flighttap.aircraft.origin import of_address
from flighttap.attendance import Attendance
from flighttap.errors import Forbidden, RoomFull, RoomLimit, UnknownRoom
from flighttap.past import Past
from flighttap.pulse import Pulse
from flighttap.rooms.crowd import Crowd, Nobody
from flighttap.rooms.feed import Feed, Spec
from flighttap.rooms.member import Delivery, Member
from flighttap.rooms.meter import Meter
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.rooms.room import Room
from flighttap.rooms.tutorial_lane import TutorialLane
from flighttap.rooms.view import EVERYTHING, Scope
from flighttap.seats import Seats
from flighttap.turns import Turns
from flighttap.wire import TUTORIAL
from flighttap.wire.json_v1 import record
from flighttap.wire.messages import Flight

__all__ = ["HEARTBEAT", "Hub", "deliver_all"]

HEARTBEAT = 15.0
"""Seconds after which a watcher that was told nothing is told its position."""
KEEP_EMPTY = 300.0
"""Seconds until a room with no member, aircraft or feed is forgotten."""
KEEP_SENT = 4096
"""Bytes up to which a member's object is kept as sent."""


class _Members:
    """The origin of what members say: no aerial, no place."""

    receiver = None


MEMBERS = _Members()
SENT, MERGED = TUTORIAL[False], TUTORIAL[True]


def deliver_all(deliveries: Iterable[Delivery]) -> None:
    """Write to each member what it is to be written."""
    for members, parts in deliveries:
        for member in members:
            member.deliver(parts)


class Hub:
    """All rooms of this process.

    :param clock: monotonic seconds and timers.
    :param new_epoch: gives a random word for each room made.
    :param wall: Unix time in seconds, for what goes on the wire.
    :param open_rooms: whether whoever comes to a room that is not there makes it.
    :param look_up: what is known of a 24-bit ICAO address before anything is heard, field name to value.
    :ivar attendance: who is in the rooms.
    :ivar seats: who is in which lane.
    :ivar meter: what was done since the start.
    :ivar turns: when what changed is flushed.
    :ivar pulse: how late this process is.
    :ivar crowd: all connections.
    :ivar broadcast: carries out the lanes' writes.
    """

    _log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        limits: Limits,
        new_epoch: Callable[[], str],
        wall: Callable[[], float],
        look_up: Callable[[int], Mapping[str, Any]] = of_address,
        open_rooms: bool = True,
    ) -> None:
        self.clock = clock
        self.limits = limits
        self.wall = wall
        self.rooms: dict[str, Room] = {}
        self.open_rooms = open_rooms
        self.feeds: list[Feed] = []
        self.meter = Meter()
        self.pulse = Pulse(clock)
        self.crowd: Crowd = Nobody()
        self.past = Past(clock)
        self.attendance = Attendance(clock)
        self.broadcast: Callable[[Iterable[Delivery]], None] = deliver_all
        self.turns = Turns(clock, wall, self.meter, lambda deliveries: self.broadcast(deliveries))
        self.seats = Seats(clock, limits, wall, self.rooms, self.turns.changed)
        self._new_epoch = new_epoch
        self._look_up = look_up
        self._tick_call: IDelayedCall | None = None
        self._ticked_at = self._started_at = 0.0

    def start(self) -> None:
        """Begin to keep time."""
        self._ticked_at = self._started_at = self.clock.seconds()
        self._tick_call = self.clock.callLater(1.0, self._tick)

    @property
    def ready(self) -> bool:
        """Whether it keeps time and lets people in: not before it was started, nor while it sends everybody away."""
        return self._tick_call is not None and not self.crowd.stopping

    @property
    def uptime(self) -> float:
        """Seconds since it was started."""
        return self.clock.seconds() - self._started_at if self._tick_call is not None else 0.0

    def stop(self) -> None:
        """Cancel every timer; nothing is sent any more."""
        self.attendance.stop()
        self.turns.stop()
        if self._tick_call is not None:
            self._tick_call.cancel()
            self._tick_call = None

    # Rooms

    def declare(self, name: str, rules: RoomRules) -> Room:
        """Make a room that stays, with rules of its own."""
        room = self.rooms[name] = Room(name, self._new_epoch(), self.limits, rules, self._known_of, self.meter)
        return room

    def enter(self, name: str) -> Room:
        """The room of this name, made if it is not there.

        :raises UnknownRoom: it is not there, and rooms are not open.
        :raises RoomLimit: there are as many rooms as there may be.
        """
        room = self.rooms.get(name)
        if room is None and not self.open_rooms:
            raise UnknownRoom("There is no such room here.")
        return room or self._make(name)

    def _make(self, name: str) -> Room:
        if len(self.rooms) >= self.limits.rooms:
            raise RoomLimit("This server has as many rooms as it may.")
        room = self.rooms[name] = Room(name, self._new_epoch(), self.limits, None, self._known_of, self.meter)
        self._log.debug("room {room!r} made", room=name, event_id="room.made")
        return room

    def rules_of(self, name: str) -> RoomRules:
        """What a room allows, or would allow if it were there."""
        room = self.rooms.get(name)
        return RoomRules() if room is None else room.rules

    def _known_of(self, key: str) -> Mapping[str, Any]:
        address = address_of(key)
        return self._look_up(address) if 0 <= address < NON_ICAO else {}

    def listed(self) -> list[str]:
        """Names of the rooms that a list may show, in order."""
        return sorted(name for name, room in self.rooms.items() if room.rules.listed)

    def describe(self, name: str) -> dict[str, Any] | None:
        """What everybody may know of a room, JSON-ready; ``None`` for a room that is not there."""
        room = self.rooms.get(name)
        if room is None:
            return None
        aircraft, with_position = room.listed_count(self.clock.seconds())
        feeds = [feed.describe() for feed in self.feeds if name in feed.rooms]
        return {
            "room": name,
            "epoch": room.epoch,
            "aircraft": aircraft,
            "with_position": with_position,
            "watchers": room.members,
            "messages_per_s": round(room.rate, 1),
            "turned_away": room.turned_away,
            "simulated": any(feed["simulated"] for feed in feeds),
            "feeds": feeds,
        }

    def snapshot_rows(self, name: str, now: float, scope: Scope = EVERYTHING) -> list[dict[str, Any]]:
        """Records of the listed aircraft of a room, JSON-ready, in order of last change."""
        return [
            record(aircraft, now)
            for aircraft in self.rooms[name].by_change()
            if aircraft.listed(now) and scope.wants(aircraft)
        ]

    # Feeds

    def add_feed(self, spec: Spec) -> Feed:
        """Open a feed's way into its rooms, which are made if need be."""
        feed = Feed(spec, self._observed)
        for name in spec.rooms:
            if name not in self.rooms:
                self._make(name)
        self.feeds.append(feed)
        return feed

    def _observed(self, feed: Feed, observations: Sequence[Observation]) -> None:
        now = self.clock.seconds()
        for name in feed.rooms:
            room = self.rooms[name]
            apply = room.apply
            before = room.seq
            for observation in observations:
                try:
                    apply(observation, now, feed)
                except RoomFull:
                    continue  # counted by the room
            if room.seq != before:
                self.turns.changed(room)

    # Members

    def join(self, member: Member) -> Room:
        """Let a connection into its room; it is sent nothing until it watches."""
        room = self.enter(member.room)
        room.members += 1
        self._demand(room)
        return room

    def leave(self, member: Member) -> None:
        """A connection closed."""
        room = self.rooms[member.room]
        self.seats.leave(room, member)
        room.members -= 1
        self.attendance.left(room, member)

    def filled(self, member: Member) -> None:
        """A member's socket takes no more."""
        self.seats.filled(member)

    def drained(self, member: Member) -> None:
        """A member's socket takes bytes again."""
        self.seats.drained(member)
        self.attendance.drained(self.rooms[member.room], member)

    # Publishing

    def publish(self, name: str, flights: Sequence[Flight], sender: Member | None) -> list[list[str]]:
        """Take what somebody sent: flights into the room's table, the rest as events, all on to everybody.

        :returns: for each, the wire names of fields that a fresher received value owns.
        :raises RoomFull, RoomLimit, UnknownRoom: nothing of it was taken.
        """
        room = self.enter(name)
        now = self.clock.seconds()
        here = room.aircraft
        free = self.limits.aircraft - len(here)
        if len(flights) > free:
            new = {flight.key for flight in flights if flight.key is not None and flight.key not in here}
            if len(new) > free:
                room.turned_away += len(new)
                raise RoomFull(f"This room holds its {self.limits.aircraft} flights already.")
        answers: list[list[str]] = []
        as_sent: list[TutorialLane] = []
        merging: list[TutorialLane] = []
        for lane in room.lanes.values():
            if isinstance(lane, TutorialLane):
                (merging if lane.wants.merged else as_sent).append(lane)
        merged: list[bytes] = []
        said_by = sender.id if sender else None
        for flight in flights:
            shadowed: list[str] = []
            aircraft = None
            if flight.key is None:
                room.events.append(said_by, flight.raw, now)
            else:
                flight.values["sender"] = said_by
                observation = Observation(flight.key, now, "member", flight.values)
                aircraft = room.apply(observation, now, MEMBERS, shadowed)
                if aircraft is None:
                    aircraft = here[flight.key]
                    room.touch(aircraft, now)
                aircraft.sent = flight.raw if len(flight.raw) <= KEEP_SENT else None
                aircraft.sent_seq = room.seq
            if merging:
                merged.append(MERGED.laid_over(flight, aircraft, now))
            answers.append(shadowed)
        if as_sent:
            sent = SENT.forwarded(flights)
            for lane in as_sent:
                lane.forward(sent, sender, now)
        for lane in merging:
            lane.forward(merged, sender, now)
        self.meter.published["http" if sender is None else "websocket"] += len(flights)
        self.turns.changed(room)
        return answers

    def remove(self, name: str, key: str) -> bool:
        """Forget a flight that only members speak of; whether it was there.

        :raises Forbidden: a receiver hears it.
        """
        room = self.rooms[name]
        aircraft = room.aircraft.get(key)
        if aircraft is None:
            return False
        if not aircraft.member_only():
            raise Forbidden("A receiver hears this flight: it goes when it is heard no more.")
        room.remove(key, self.clock.seconds())
        self.turns.changed(room)
        return True

    def clear(self, name: str) -> None:
        """Forget what members said in a room; all of it, where nobody declared it, feeds it or is in it."""
        room = self.rooms[name]
        now = self.clock.seconds()
        for key in [key for key, aircraft in room.aircraft.items() if aircraft.member_only()]:
            room.remove(key, now)
        self.turns.changed(room)
        if not (room.declared or room.members or any(name in feed.rooms for feed in self.feeds)):
            del self.rooms[name]

    # Time

    def _tick(self) -> None:
        """Once a second: what grows old does."""
        now = self.clock.seconds()
        elapsed, self._ticked_at = now - self._ticked_at, now
        self._tick_call = self.clock.callLater(1.0, self._tick)
        for feed in self.feeds:
            feed.second_passed(elapsed)
        wall = self.wall()
        for room in list(self.rooms.values()):
            if room.expire(now):
                self.turns.changed(room)
            room.second_passed(elapsed)
            for lane in list(room.lanes.values()):
                self.broadcast(lane.heartbeat(now, wall, HEARTBEAT))
            self.attendance.second_passed(room, now)
            self._demand(room)
            self._forget_if_idle(room, now)
        self.past.second_passed(self.rooms.values(), self.feeds, now)
        self.seats.second_passed(now)

    def _forget_if_idle(self, room: Room, now: float) -> None:
        fed = any(room.name in feed.rooms for feed in self.feeds)
        if room.declared or room.members or room.aircraft or fed:
            room.idle_since = None
        elif room.idle_since is None:
            room.idle_since = now
        elif now - room.idle_since >= KEEP_EMPTY:
            del self.rooms[room.name]
            self._log.debug("room {room!r} forgotten", room=room.name, event_id="room.forgotten")

    def _demand(self, room: Room) -> None:
        """Tell the feeds of a room how many watch it."""
        now = self.clock.seconds()
        for feed in self.feeds:
            if room.name in feed.rooms:
                feed.watched(sum(self.rooms[name].members for name in feed.rooms), now)
