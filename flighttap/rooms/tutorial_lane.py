"""The lane of tutorial mode: what members send goes on message by message, as sent.

Flights from feeds come through the room's cursor like in any lane, each at most
``hz`` times a second. A watcher that does not keep up falls back to its cursor
and gets the newest of each flight.
"""

from __future__ import annotations

from typing import Protocol

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.lane import packed
from flighttap.rooms.member import Delivery, Member, Wants
from flighttap.rooms.room import Room

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
    """

    __slots__ = ("_codec", "_flushed_at", "_pending", "_room", "cursor", "eseq", "forwarded", "members", "wants")

    def __init__(self, room: Room, codec: TutorialCodec, wants: Wants, now: float) -> None:
        self._room = room
        self._codec = codec
        self.wants = wants
        self.members: dict[Member, None] = {}
        self._pending: list[tuple[bytes, Member | None]] = []
        self._flushed_at = now
        self.cursor = self.forwarded = room.seq
        self.eseq = room.events.eseq

    def forward(self, frame: bytes, sender: Member | None) -> None:
        """Take the frame of one object that a member sent, for the end of this turn."""
        if self.members:
            self._pending.append((frame, sender))

    def due(self) -> float | None:
        """Hub time at which to flush; minus infinity: at once."""
        if not self.members:
            return None
        if self._pending:
            return float("-inf")
        if self._room.seq > self.cursor:
            return self._flushed_at + 1 / self.wants.hz
        return None

    def flush(self, now: float, wall: float) -> list[Delivery]:
        """What was sent this turn, then flights from feeds where they are due."""
        pending, self._pending = self._pending, []
        self.forwarded = self._room.seq
        self.eseq = self._room.events.eseq
        feeds: list[bytes] = []
        if self._room.seq > self.cursor and self._flushed_at + 1 / self.wants.hz <= now:
            feeds = [
                self._codec.newest(aircraft, now)
                for aircraft in self._changed(self.cursor)
                if aircraft.received_since(self.cursor)
            ]
            self.cursor = self._room.seq
            self._flushed_at = now
        parts = packed([frame for frame, _ in pending] + feeds)
        senders = {sender for _, sender in pending if sender is not None and not sender.echo}
        deliveries: list[Delivery] = []
        for member in self.members:
            if member in senders:
                own = packed([frame for frame, sender in pending if sender is not member] + feeds)
                deliveries.append((member, own))
            elif parts:
                deliveries.append((member, parts))
        return deliveries

    def heartbeat(self, now: float, wall: float, every: float) -> list[Delivery]:
        """Nothing: these watchers are sent flight data and nothing else."""
        return []

    def catch_up(self, member: Member, now: float, wall: float, resuming: bool = False) -> tuple[bytes, ...]:
        """Take a member in: the newest of each flight that it missed, and the events still here.

        A member whose cursor is ``None`` has missed nothing; at 0 it wants all there is.
        """
        if not self.members:
            self.cursor = self.forwarded = self._room.seq
            self.eseq = self._room.events.eseq
        frames: list[bytes] = []
        if member.cursor is not None:
            _, events = self._room.events.since(member.eseq or 0)
            frames += [self._codec.data(event.data) for event in events if event.eseq <= self.eseq]
            frames += [
                self._codec.newest(aircraft, now)
                for aircraft in self._changed(member.cursor)
                if member.forwarded < aircraft.sent_seq <= self.forwarded or aircraft.received_since(member.cursor)
            ]
        self.members[member] = None
        return packed(frames)

    def leave(self, member: Member) -> None:
        """Let a member go with a cursor of its own."""
        if self.members.pop(member, self) is self:
            return
        member.cursor = self.cursor
        member.forwarded = self.forwarded
        member.eseq = self.eseq

    def _changed(self, cursor: int) -> list[Aircraft]:
        changes = self._room.since(cursor)
        if changes is None:
            return list(self._room.aircraft.values())
        return sorted(changes.full + changes.changed, key=lambda aircraft: aircraft.seq)
