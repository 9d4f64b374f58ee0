"""The lane of tutorial mode: what members send goes on message by message, as sent.

Flights from feeds come through the room's cursor like in any lane, each at most
``hz`` times a second, and only those in the tiles of a watcher's box. A watcher
that does not keep up falls back to its cursor and gets the newest of each flight.
"""

from __future__ import annotations

from typing import Protocol

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.lane import packed
from flighttap.rooms.member import Delivery, Member, Wants
from flighttap.rooms.room import Room
from flighttap.rooms.tiles import Area
from flighttap.rooms.timetable import next_due

__all__ = ["TutorialCodec", "TutorialLane"]


class TutorialCodec(Protocol):
    """The encoding that forwards objects as they were sent."""

    def data(self, raw: bytes) -> bytes:
        """The frame around one object."""

    def newest(self, aircraft: Aircraft, now: float) -> bytes:
        """The frame of a flight for somebody who missed how it came about."""


class TutorialLane:
    """Members without a subprotocol that want the same.

    :ivar cursor: flights from feeds were written up to this ``seq``.
    :ivar forwarded: objects of members were written up to this ``seq``.
    :ivar eseq: events were written up to this number.
    :ivar oldest: hub time of the oldest news in the last flush; ``None``: there was none.
    """

    __slots__ = (
        "_areas",
        "_codec",
        "_due",
        "_pending",
        "_since",
        "cursor",
        "eseq",
        "forwarded",
        "members",
        "oldest",
        "room",
        "wants",
    )

    def __init__(self, room: Room, codec: TutorialCodec, wants: Wants, now: float) -> None:
        self.room = room
        self._codec = codec
        self.wants = wants
        self.members: dict[Member, Area] = {}
        self._areas: dict[Area, dict[Member, None]] = {}
        self._pending: list[tuple[list[bytes], Member | None]] = []
        self._since = now
        self.oldest: float | None = None
        self._due = now + 1 / wants.hz
        self.cursor = self.forwarded = room.seq
        self.eseq = room.events.eseq

    def forward(self, frames: list[bytes], sender: Member | None, now: float) -> None:
        """Take the frames of objects that a member sent, for the end of this turn."""
        if self.members:
            if not self._pending:
                self._since = now
            self._pending.append((frames, sender))

    def due(self) -> float | None:
        """Hub time at which to flush; minus infinity: at once."""
        if not self.members:
            return None
        if self._pending:
            return float("-inf")
        if self.room.seq > self.cursor:
            return self._due
        return None

    def flush(self, now: float, wall: float) -> list[Delivery]:
        """What was sent this turn, then flights from feeds where they are due."""
        pending, self._pending = self._pending, []
        self.oldest = self._since if pending else None
        self.forwarded = self.room.seq
        self.eseq = self.room.events.eseq
        heard = self._heard(now)
        sent = [frame for frames, _ in pending for frame in frames]
        quiet = {sender for _, sender in pending if sender is not None and not sender.echo}
        if not heard and not quiet:
            return [(tuple(self.members), packed(sent))] if sent else []
        encoded: dict[int, list[bytes]] = {}
        deliveries: list[Delivery] = []
        for area, members in self._areas.items():
            feeds: list[bytes] = []
            for tile in heard:
                if tile in area:
                    if tile not in encoded:
                        encoded[tile] = [self._codec.newest(aircraft, now) for aircraft in heard[tile]]
                    feeds += encoded[tile]
            if sent or feeds:
                deliveries.append((tuple(members.keys() - quiet), packed(sent + feeds)))
            for member in quiet & members.keys():
                others = [frame for frames, sender in pending if sender is not member for frame in frames]
                deliveries.append(((member,), packed(others + feeds)))
        return deliveries

    def _heard(self, now: float) -> dict[int, list[Aircraft]]:
        """What feeds changed, by the tile where it is, once it is due."""
        heard: dict[int, list[Aircraft]] = {}
        if self.room.seq > self.cursor and self._due <= now:
            for aircraft in self._changed(self.cursor):
                if aircraft.received_since(self.cursor):
                    if self.oldest is None or aircraft.changed_at < self.oldest:
                        self.oldest = aircraft.changed_at
                    heard.setdefault(aircraft.tile, []).append(aircraft)
            self.cursor = self.room.seq
            self._due = next_due(self._due, now, self.wants.hz)
        return heard

    def heartbeat(self, now: float, wall: float, every: float) -> list[Delivery]:
        """Nothing: these watchers are sent flight data and nothing else."""
        return []

    def catch_up(self, member: Member, now: float, wall: float, resuming: bool = False) -> tuple[bytes, ...]:
        """Take a member in: the newest of each flight that it missed, and the events still here.

        A member whose cursor is ``None`` has missed nothing; at 0 it wants all there is.
        """
        if not self.members:
            self.cursor = self.forwarded = self.room.seq
            self.eseq = self.room.events.eseq
        frames: list[bytes] = []
        area = member.scope.area
        if member.cursor is not None:
            _, events = self.room.events.since(member.eseq or 0)
            frames += [self._codec.data(event.data) for event in events if event.eseq <= self.eseq]
            frames += [
                self._codec.newest(aircraft, now)
                for aircraft in self._changed(member.cursor)
                if member.forwarded < aircraft.sent_seq <= self.forwarded
                or (aircraft.tile in area and aircraft.received_since(member.cursor))
            ]
        self.members[member] = area
        self._areas.setdefault(area, {})[member] = None
        return packed(frames)

    def leave(self, member: Member) -> None:
        """Let a member go with a cursor of its own."""
        area = self.members.pop(member, None)
        if area is None:
            return
        del self._areas[area][member]
        if not self._areas[area]:
            del self._areas[area]
        member.cursor = self.cursor
        member.forwarded = self.forwarded
        member.eseq = self.eseq

    def _changed(self, cursor: int) -> list[Aircraft]:
        changes = self.room.since(cursor)
        if changes is None:
            return self.room.by_change()
        return sorted(changes.full + changes.changed, key=lambda aircraft: aircraft.seq)
