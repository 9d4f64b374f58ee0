"""A lane: the watchers of one room at one rate and encoding, and one cursor for all of them.

A flush asks the room once what is new and has it encoded once a tile; each view
joins the pieces of its tiles and gives every member the same bytes.
:meth:`Lane.catch_up` is the only other way in: it takes a member from its own
cursor, and from what it held, to where its view stands.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.codec import Codec, Piece
from flighttap.rooms.flush import Flush
from flighttap.rooms.member import Delivery, Member, Wants
from flighttap.rooms.room import Changes, Room
from flighttap.rooms.snapshot import Snapshot
from flighttap.rooms.timetable import next_due
from flighttap.rooms.view import Scope, View

__all__ = ["Lane", "packed"]

BUFFER = 98304
"""Bytes that are handed to a socket at once: what one full read of small messages makes, and some more."""


class Lane:
    """The shared cursor of members with equal wants.

    :ivar cursor: the room was looked through up to this ``seq``.
    :ivar eseq: the same for events.
    :ivar oldest: hub time of the oldest change in the last flush; ``None``: there was none.
    """

    __slots__ = ("_codec", "_due", "_placed", "_views", "cursor", "eseq", "members", "oldest", "room", "wants")

    def __init__(self, room: Room, codec: Codec, wants: Wants) -> None:
        self.room = room
        self._codec = codec
        self.wants = wants
        self._placed = wants.fields is None or {"lat", "lon"} <= wants.fields
        self.members: dict[Member, View] = {}
        self._views: dict[object, View] = {}
        self.cursor = room.seq
        self.eseq = room.events.eseq
        self._due = float("-inf")
        self.oldest: float | None = None

    def filtered(self) -> list[View]:
        """Its views with a filter: they look at each changed flight on their own."""
        return [view for view in self._views.values() if view.scope.where is not None]

    def due(self) -> float | None:
        """Hub time at which to flush: minus infinity where nothing holds it back, ``None``: nothing to do."""
        if not self.members:
            return None
        if self.wants.events and self.room.events.eseq > self.eseq:
            return float("-inf")
        if self.room.seq > self.cursor:
            return self._due
        return None

    def flush(self, now: float, wall: float) -> list[Delivery]:
        """What is new since the last flush, for every member.

        :param now: hub time.
        :param wall: Unix time to put on messages.
        """
        deliveries: list[Delivery] = []
        frames: dict[View, list[bytes]] = {}
        details: dict[View, dict[frozenset[str], list[bytes]]] = {}
        self.oldest = None
        if self.room.seq > self.cursor and self._due <= now:
            changes = self.room.since(self.cursor)
            if changes is None:
                return self._start_over(now, wall)
            flush = Flush(self._codec, changes, now, wall)
            for view in self._views.values():
                base = view.last
                if self.wants.deflate:
                    saved = self._codec.saved
                    frames[view] = flush.frames(view)
                    self.room.meter.deflate_saved += (self._codec.saved - saved) * len(view.members)
                else:
                    frames[view] = flush.frames(view)
                if view.detailed and frames[view]:
                    details[view] = self._details(view, base, changes, now, wall)
            self.cursor = changes.seq
            self.oldest = changes.oldest()
            changes.count(self.room.meter)
            self._due = next_due(self._due, now, self.wants.hz)
        events = self._new_events()
        for view in self._views.values():
            said = frames.get(view, []) + events
            if said:
                parts = packed(said)
                view.spoke_at = now
                if view in details:
                    firsts = details[view]
                    own = {keys: packed(first + said) for keys, first in firsts.items()}
                    deliveries += [((member,), own.get(member.scope.detail, parts)) for member in view.members]
                else:
                    deliveries.append((tuple(view.members), parts))
        return deliveries

    def heartbeat(self, now: float, wall: float, every: float) -> list[Delivery]:
        """A word to members that were told nothing for ``every`` seconds."""
        deliveries: list[Delivery] = []
        for view in self._views.values():
            if now - view.spoke_at >= every:
                view.spoke_at = now
                view.last = self.cursor
                parts = (self._codec.heartbeat(self.cursor, self.eseq, wall),)
                deliveries.append((tuple(view.members), parts))
        return deliveries

    def catch_up(self, member: Member, now: float, wall: float, resuming: bool = False) -> tuple[bytes, ...]:
        """Take a member in from its own cursor and what it held; the parts that bring it here.

        :param resuming: it came back and is told whether nothing was lost.
        """
        room = self.room
        if not self.members:
            self.cursor = room.seq
            self.eseq = room.events.eseq
        view = self._view(member.scope, now)
        frames = self._difference(member, view, now, wall, resuming)
        if resuming:
            self._count_resumed(frames is not None)
        if frames is None:
            frames = self._all(member, view, now, wall)
        if self.wants.events:
            eseq = self.eseq if member.eseq is None else member.eseq
            lost, events = room.events.since(eseq)
            frames += self._codec.events(lost, [event for event in events if event.eseq <= self.eseq])
        member.eseq = self.eseq
        member.held = member.scope
        view.members[member] = None
        if member.scope.detail:
            view.detailed.add(member)
        self.members[member] = view
        return packed(frames)

    def leave(self, member: Member) -> None:
        """Let a member go with a cursor of its own."""
        view = self.members.pop(member, None)
        if view is None:
            return
        del view.members[member]
        view.detailed.discard(member)
        if not view.members:
            del self._views[view.scope.key()]
        member.cursor = max(member.cursor or 0, view.last) if view.scope.where is None else view.last
        member.eseq = self.eseq

    def _count_resumed(self, exact: bool) -> None:
        meter = self.room.meter
        if exact:
            meter.resumed += 1
        else:
            meter.restarted += 1

    def _view(self, scope: Scope, now: float) -> View:
        view = self._views.get(scope.key())
        if view is None:
            shown = set() if scope.where is None else {a.key for a in self.room.aircraft.values() if scope.wants(a)}
            view = self._views[scope.key()] = View(scope, self.cursor, shown, now)
        return view

    def _difference(self, member: Member, view: View, now: float, wall: float, resuming: bool) -> list[bytes] | None:
        """The update from a member's cursor to its view; ``None`` where there is none and it needs all."""
        base, held, wanted = member.cursor, member.held, member.scope
        if base is None or held.filter_id != wanted.filter_id:
            return None
        filtered = wanted.where is not None
        changes = self.room.since(min(base, self.cursor) if filtered else base)
        if changes is None or base > self.room.seq:
            return None
        changes.count(self.room.meter)
        changed_area = held.area.tiles != wanted.area.tiles
        if changed_area and not self._placed:
            return None  # it cannot tell which of its records a new map leaves out
        full: dict[str, Aircraft] = {}
        merged: list[Aircraft] = []
        out: list[str] = []
        for aircraft in changes.full + changes.changed:
            new = aircraft.created_seq > changes.base or aircraft.tile_seq > changes.base
            if filtered:
                if aircraft.key in view.shown:
                    full[aircraft.key] = aircraft
                else:
                    out.append(aircraft.key)
            elif aircraft.tile not in wanted.area:
                if new:
                    out.append(aircraft.key)
            elif new or aircraft.tile not in held.area:
                full[aircraft.key] = aircraft
            else:
                merged.append(aircraft)
        if changed_area:
            full |= {a.key: a for a in self._there(view) if a.tile not in held.area}
        full |= {a.key: a for a in view.chosen(held.detail - wanted.detail, self.room.aircraft)}
        detail = [
            aircraft
            for aircraft in view.chosen(wanted.detail, self.room.aircraft)
            if aircraft.seq > changes.base or aircraft.key in full or aircraft.key not in held.detail
        ]
        news = full or merged or out or changes.removed or changed_area or detail or resuming
        if not news and base >= view.last:
            return []  # it can take the view's next frame as it is
        member.cursor = self.cursor if filtered else changes.seq
        head: dict[str, Any] = {"base": base, "seq": member.cursor, "now": round(wall, 3)}
        if changed_area:
            head["covers"] = wanted.area.covers
        if resuming:
            head["recovered"] = True
        codec = self._codec
        deltas = codec.delta(merged, changes.base, now)
        whole = codec.full(full.values(), now)
        return codec.update(head, changes.removed, out, whole, deltas, codec.detail(detail, now))

    def _details(
        self, view: View, base: int, changes: Changes, now: float, wall: float
    ) -> dict[frozenset[str], list[bytes]]:
        """What goes before a view's update, by the keys of which its members want details; only where any changed."""
        head = {"base": base, "seq": changes.seq, "now": round(wall, 3)}
        made: dict[frozenset[str], list[bytes]] = {}
        for keys in {member.scope.detail for member in view.detailed}:
            changed = [flight for flight in view.chosen(keys, self.room.aircraft) if flight.seq > changes.base]
            if changed:
                made[keys] = self._codec.update(head, (), (), (), (), self._codec.detail(changed, now), follow=1)
        return made

    def _there(self, view: View) -> Iterable[Aircraft]:
        """The aircraft that a view shows."""
        room, scope = self.room, view.scope
        if scope.where is not None:
            return [room.aircraft[key] for key in view.shown if key in room.aircraft]
        tiles = room.tiles if scope.area.tiles is None else scope.area.tiles
        return [aircraft for tile in tiles if tile in room.tiles for aircraft in room.tiles[tile].values()]

    def _all(self, member: Member, view: View, now: float, wall: float) -> list[bytes]:
        """A snapshot for a member; its cursor and events follow."""
        room, scope = self.room, view.scope
        snapshot = self._snapshot(now, wall)
        if scope.where is None:
            frames = snapshot.frames.get(scope.area.tiles)
            if frames is None:
                tiles = list(room.tiles) if scope.area.tiles is None else scope.area.tiles
                frames = tuple(self._snapshot_frames(snapshot, snapshot.seq, view, snapshot.pieces(tiles, room.tiles)))
                snapshot.frames[scope.area.tiles] = frames
            member.cursor = snapshot.seq
        else:
            pieces = self._codec.full(self._there(view), snapshot.now)
            frames = tuple(self._snapshot_frames(snapshot, self.cursor, view, pieces))
            member.cursor = self.cursor
        if member.eseq is None or not self.wants.events:
            member.eseq = snapshot.eseq
        return [*frames, *self._all_details(member, view, member.cursor, now, wall)]

    def _all_details(self, member: Member, view: View, seq: int, now: float, wall: float) -> list[bytes]:
        """What follows on a snapshot that is the same for everybody: the details that this member wants.

        The snapshot may have been made before such a flight was where it is now: it comes in full too.
        """
        flights = view.chosen(member.scope.detail, self.room.aircraft)
        if not flights:
            return []
        head = {"base": seq, "seq": seq, "now": round(wall, 3)}
        return self._codec.update(head, (), (), self._codec.full(flights, now), (), self._codec.detail(flights, now))

    def _snapshot_frames(self, snapshot: Snapshot[Piece], seq: int, view: View, pieces: Iterable[Piece]) -> list[bytes]:
        head = {
            "epoch": self.room.epoch,
            "seq": seq,
            "eseq": snapshot.eseq,
            "recovered": False,
            "covers": view.scope.area.covers,
            "filter": view.scope.filter_id,
            "now": round(snapshot.wall, 3),
        }
        return self._codec.snapshot(head, list(pieces))

    def _snapshot(self, now: float, wall: float) -> Snapshot[Piece]:
        """The newest snapshot begun, while it is not behind this lane."""
        room, key = self.room, self._codec.key
        cached = room.snapshots.get(key)
        if cached is None or cached.seq < self.cursor or cached.seq < room.floor:
            cached = Snapshot(room.seq, room.events.eseq, now, wall, self._encode_tile)
            room.snapshots[key] = cached
        return cached

    def _encode_tile(self, there: Iterable[Aircraft], now: float) -> list[Piece]:
        return self._codec.full(there, now)

    def _start_over(self, now: float, wall: float) -> list[Delivery]:
        """The lane fell below the floor: everybody gets a snapshot."""
        self.cursor = self.room.seq
        self._due = next_due(self._due, now, self.wants.hz)
        deliveries: list[Delivery] = []
        for view in self._views.values():
            view.last = self.cursor
            view.spoke_at = now
            if view.scope.where is not None:
                view.shown = {a.key for a in self.room.aircraft.values() if view.scope.wants(a)}
            for member in view.members:
                deliveries.append(((member,), packed(self._all(member, view, now, wall))))
        return deliveries

    def _new_events(self) -> list[bytes]:
        if not self.wants.events or self.room.events.eseq == self.eseq:
            return []
        lost, events = self.room.events.since(self.eseq)
        self.eseq = self.room.events.eseq
        return self._codec.events(lost, events)


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
