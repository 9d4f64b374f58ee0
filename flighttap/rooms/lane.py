"""A lane: the watchers of one room that want the same, and one cursor for all of them.

A flush asks the room once what is new, has it encoded once, and gives every
member the same bytes. :meth:`Lane.catch_up` is the only other way in: it takes a
member from its own cursor to the lane's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from flighttap.rooms.events import Event
from flighttap.rooms.member import Delivery, Member, Wants
from flighttap.rooms.room import Changes, Room
from flighttap.rooms.snapshot import Snapshot

__all__ = ["Codec", "Lane", "packed"]

BUFFER = 65536


class Codec(Protocol):
    """An encoding that follows the room by updates."""

    subprotocol: str

    def snapshot(self, room: Room, now: float, wall: float, recovered: bool = False) -> Snapshot:
        """The whole room."""

    def update(self, changes: Changes, now: float, wall: float, recovered: bool = False) -> tuple[bytes, ...]:
        """Changes as parts."""

    def events(self, lost: tuple[int, int] | None, events: Iterable[Event]) -> list[bytes]:
        """Frames of events."""

    def heartbeat(self, seq: int, eseq: int, wall: float) -> bytes:
        """The frame that says: you are here, and nothing is new."""


class Lane:
    """The shared cursor of members with equal wants.

    :ivar cursor: everything up to this ``seq`` was written to each member.
    :ivar eseq: the same for events.
    """

    __slots__ = ("_codec", "_flushed_at", "_room", "_spoke_at", "cursor", "eseq", "members", "wants")

    def __init__(self, room: Room, codec: Codec, wants: Wants, now: float) -> None:
        self._room = room
        self._codec = codec
        self.wants = wants
        self.members: dict[Member, None] = {}
        self.cursor = room.seq
        self.eseq = room.events.eseq
        self._flushed_at = float("-inf")
        self._spoke_at = now

    def due(self) -> float | None:
        """Hub time at which to flush: at once (minus infinity) where nothing holds it back, ``None``: nothing to do."""
        if not self.members:
            return None
        if self.wants.events and self._room.events.eseq > self.eseq:
            return float("-inf")
        if self._room.seq > self.cursor:
            return self._flushed_at + 1 / self.wants.hz
        return None

    def flush(self, now: float, wall: float) -> list[Delivery]:
        """What is new since the last flush, for every member.

        :param now: hub time.
        :param wall: Unix time to put on messages.
        """
        frames: list[bytes] = []
        if self._room.seq > self.cursor and self._flushed_at + 1 / self.wants.hz <= now:
            changes = self._room.since(self.cursor)
            if changes is None:
                return self._start_over(now, wall)
            frames += self._codec.update(changes, now, wall)
            self.cursor = changes.seq
            self._flushed_at = now
        frames += self._new_events()
        return self._to_all(frames, now)

    def heartbeat(self, now: float, wall: float, every: float) -> list[Delivery]:
        """A word to members that were told nothing for ``every`` seconds."""
        if not self.members or now - self._spoke_at < every:
            return []
        return self._to_all([self._codec.heartbeat(self.cursor, self.eseq, wall)], now)

    def catch_up(self, member: Member, now: float, wall: float, resuming: bool = False) -> tuple[bytes, ...]:
        """Take a member in from its own cursor; the parts that bring it here.

        :param resuming: it came back and is told whether nothing was lost.
        """
        room = self._room
        if not self.members:
            self.cursor = room.seq
            self.eseq = room.events.eseq
            self._spoke_at = now
        changes = None if member.cursor is None else room.since(member.cursor)
        frames: list[bytes] = []
        if changes is None:
            snapshot = self._snapshot(now, wall)
            frames += snapshot.parts
            member.cursor = snapshot.seq
            if member.eseq is None or not self.wants.events:
                member.eseq = snapshot.eseq
        else:
            if changes or resuming:
                frames += self._codec.update(changes, now, wall, resuming)
            member.cursor = changes.seq
        if self.wants.events:
            eseq = self.eseq if member.eseq is None else member.eseq
            lost, events = room.events.since(eseq)
            frames += self._codec.events(lost, [event for event in events if event.eseq <= self.eseq])
        member.eseq = self.eseq
        self.members[member] = None
        return packed(frames)

    def leave(self, member: Member) -> None:
        """Let a member go with a cursor of its own."""
        if self.members.pop(member, self) is self:
            return
        member.cursor = max(member.cursor or 0, self.cursor)
        member.eseq = self.eseq

    def _snapshot(self, now: float, wall: float) -> Snapshot:
        """The newest snapshot made, while it is not behind this lane."""
        cached = self._room.snapshots.get(self._codec.subprotocol)
        if cached is None or cached.seq < self.cursor or cached.seq < self._room.floor:
            cached = self._codec.snapshot(self._room, now, wall)
            self._room.snapshots[self._codec.subprotocol] = cached
        return cached

    def _start_over(self, now: float, wall: float) -> list[Delivery]:
        """The lane fell below the floor: everybody gets a snapshot."""
        self.cursor = self._room.seq
        self._flushed_at = self._spoke_at = now
        snapshot = self._snapshot(now, wall)
        return [(member, snapshot.parts) for member in self.members]

    def _new_events(self) -> list[bytes]:
        if not self.wants.events or self._room.events.eseq == self.eseq:
            return []
        lost, events = self._room.events.since(self.eseq)
        self.eseq = self._room.events.eseq
        return self._codec.events(lost, events)

    def _to_all(self, frames: list[bytes], now: float) -> list[Delivery]:
        if not frames:
            return []
        self._spoke_at = now
        parts = packed(frames)
        return [(member, parts) for member in self.members]


def packed(frames: Iterable[bytes]) -> tuple[bytes, ...]:
    """Join frames into as few buffers of about ``BUFFER`` bytes as hold them."""
    buffers: list[bytes] = []
    waiting: list[bytes] = []
    size = 0
    for frame in frames:
        if waiting and size + len(frame) > BUFFER:
            buffers.append(b"".join(waiting))
            waiting, size = [], 0
        waiting.append(frame)
        size += len(frame)
    if waiting:
        buffers.append(b"".join(waiting))
    return tuple(buffers)
