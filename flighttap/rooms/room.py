"""A room: a versioned table of aircraft that every reader follows by a cursor.

Each applied change raises ``seq`` by one and stamps the record and each changed
field. A reader is a number, "I have everything up to ``seq``"; :meth:`Room.since`
answers all of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any, Protocol

from flighttap.aircraft.fusion import fuse
from flighttap.aircraft.observation import LOOKED_UP, Observation
from flighttap.aircraft.plausible import Origin
from flighttap.aircraft.state import FORGET, Aircraft, Cell
from flighttap.errors import RoomFull
from flighttap.rooms.bucket import Bucket
from flighttap.rooms.events import EventRing
from flighttap.rooms.member import Delivery, Member, Wants
from flighttap.rooms.meter import Meter
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.rooms.presence import Presence
from flighttap.rooms.snapshot import Snapshot
from flighttap.rooms.tiles import NOWHERE, box_of, tile_of

__all__ = ["Changes", "Reader", "Room"]

RECENT = 4
"""Changes for each aircraft that the log holds: who is further behind may as well look at all of them."""


@dataclass(slots=True)
class Changes:
    """What a reader at ``base`` lacks of a room at ``seq``.

    :param removed: keys that are gone.
    :param full: records made after ``base``: they replace what the reader has.
    :param changed: records of which only the fields stamped after ``base`` differ.
        Both lists are in order of last change, oldest first.
    """

    base: int
    seq: int
    removed: list[str]
    full: list[Aircraft]
    changed: list[Aircraft]

    def __bool__(self) -> bool:
        return bool(self.removed or self.full or self.changed)

    def oldest(self) -> float | None:
        """Hub time of the first of the changes of records, ``None`` where there is none."""
        full, changed = self.full, self.changed
        if not full:
            return changed[0].changed_at if changed else None
        at = full[0].changed_at
        return at if not changed or at < changed[0].changed_at else changed[0].changed_at

    def count(self, meter: Meter) -> None:
        """Count what a reader is told: of some changes of one record only the last."""
        due = self.seq - self.base
        meter.changes += due
        told = len(self.removed) + len(self.full) + len(self.changed)
        if told != due:
            meter.conflated += due - told


class Reader(Protocol):
    """Members that follow a room by one shared cursor: a lane.

    :ivar oldest: hub time of the oldest news in its last flush; ``None``: there was none.
    """

    room: Room
    wants: Wants
    oldest: float | None

    @property
    def members(self) -> Mapping[Member, object]:
        """Who is in it."""

    def due(self) -> float | None:
        """Hub time at which to flush, ``None``: nothing to do."""

    def flush(self, now: float, wall: float) -> list[Delivery]:
        """What is new, for every member."""

    def heartbeat(self, now: float, wall: float, every: float) -> list[Delivery]:
        """A word to members that were told nothing for ``every`` seconds."""

    def catch_up(self, member: Member, now: float, wall: float, resuming: bool = False) -> tuple[bytes, ...]:
        """Take a member in from its own cursor; the parts that bring it here."""

    def leave(self, member: Member) -> None:
        """Let a member go with a cursor of its own."""


class Room:
    """The newest state of every aircraft in one room.

    :param epoch: a random word: a room made anew under the same name has another.
    :param rules: given for a room that is declared, and so stays.
    :param look_up: what is known of a key before anybody said anything of it, field name to value.
    :param meter: where its readers count; the hub's.
    :ivar seq: the number of changes so far.
    :ivar aircraft: key to record.
    :ivar tiles: the aircraft in each tile of the map that has any.
    :ivar floor: the highest ``seq`` of a removal that is no longer remembered.
    :ivar lanes: the readers, by what they want.
    :ivar members: connections in the room.
    :ivar applied: observations taken; ``rate`` is the same per second.
    :ivar turned_away: observations refused because the room was full.
    """

    __slots__ = (
        "_applied_before",
        "_expiries",
        "_gone",
        "_look_up",
        "_older",
        "_recent",
        "aircraft",
        "applied",
        "declared",
        "epoch",
        "events",
        "floor",
        "idle_since",
        "lanes",
        "limits",
        "members",
        "meter",
        "name",
        "presence",
        "publishing",
        "rate",
        "rules",
        "seq",
        "snapshots",
        "tiles",
        "turned_away",
    )

    def __init__(
        self,
        name: str,
        epoch: str,
        limits: Limits,
        rules: RoomRules | None = None,
        look_up: Callable[[str], Mapping[str, Any]] | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.name = name
        self.epoch = epoch
        self.limits = limits
        self.rules = rules or RoomRules()
        self.declared = rules is not None
        self._look_up = look_up
        self.meter = meter or Meter()
        self.publishing = Bucket(limits.room_rate, 2 * limits.room_rate, 0.0)
        self.seq = 0
        self.floor = 0
        self.aircraft: dict[str, Aircraft] = {}
        self._recent: list[Aircraft] = []  # whom each change was of, the last one ``seq``
        self._older = 0  # changes before the first of these
        self.tiles: dict[int, dict[str, Aircraft]] = {}
        self._gone: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self._expiries: list[tuple[float, int, str]] = []
        self.events = EventRing(limits.events, limits.event_age)
        self.presence = Presence(limits.presence_list)
        self.members = 0
        self.lanes: dict[Wants, Reader] = {}
        self.snapshots: dict[object, Snapshot[Any]] = {}
        self.applied = 0
        self._applied_before = 0
        self.rate = 0.0
        self.turned_away = 0
        self.idle_since: float | None = None

    def apply(
        self, observation: Observation, now: float, origin: Origin, shadowed: list[str] | None = None
    ) -> Aircraft | None:
        """Let an observation in; the record if it changed, else ``None``.

        :raises RoomFull: it is about one aircraft more than the room may hold.
        """
        self.applied += 1
        key = observation.key
        seq = self.seq + 1
        aircraft = self.aircraft.get(key)
        if aircraft is None:
            if len(self.aircraft) >= self.limits.aircraft:
                self.turned_away += 1
                raise RoomFull(f"This room holds its {self.limits.aircraft} flights already.")
            aircraft = self.aircraft[key] = Aircraft(key, seq, now)
            self.tiles.setdefault(NOWHERE, {})[key] = aircraft
            if self._gone.pop(key, None) is not None:
                aircraft.left_seq = seq  # who was not told that it was gone may have it by any tile
            if self._look_up is not None:
                for name, value in self._look_up(key).items():
                    aircraft.cells[name] = Cell(name, value, LOOKED_UP, now, seq)
            fuse(aircraft, observation, now, seq, origin, shadowed)
            heappush(self._expiries, (aircraft.next_expiry(), seq, key))
        elif not fuse(aircraft, observation, now, seq, origin, shadowed):
            return None
        self._stamp(aircraft)
        return aircraft

    def touch(self, aircraft: Aircraft, now: float) -> None:
        """Mark a record as changed although no field is."""
        aircraft.changed_at = now
        self._stamp(aircraft)

    def remove(self, key: str, now: float) -> bool:
        """Forget an aircraft; whether it was there."""
        aircraft = self.aircraft.pop(key, None)
        if aircraft is None:
            return False
        self._take_from_tile(aircraft)
        self.seq += 1
        self._recent.append(aircraft)
        aircraft.seq = -1  # no change in the log is its last any more
        self._gone[key] = (self.seq, now)
        if len(self._gone) > self.limits.tombstones:
            self._bury()
        return True

    def since(self, seq: int) -> Changes | None:
        """What a reader with everything up to ``seq`` lacks.

        ``None`` when that cannot be told any more (below ``floor``) or never was
        true of this room: the reader needs a snapshot.
        """
        if not self.floor <= seq <= self.seq:
            return None
        changes = Changes(seq, self.seq, [], [], [])
        if seq == self.seq:
            return changes
        for key in reversed(self._gone):
            if self._gone[key][0] <= seq:
                break
            changes.removed.append(key)
        for number, aircraft in self._recent_after(seq):
            if aircraft.seq == number:
                (changes.full if aircraft.created_seq > seq else changes.changed).append(aircraft)
        return changes

    def by_change(self, seq: int = 0) -> list[Aircraft]:
        """The aircraft that changed after ``seq``, in order of last change, oldest first."""
        return sorted((each for each in self.aircraft.values() if each.seq > seq), key=attrgetter("seq"))

    def expire(self, now: float) -> bool:
        """Drop what was not heard for its lifetime; whether anything changed.

        Lazy: an aircraft is looked at when its earliest field was due, as of the
        last look, and at most once a second.
        """
        before = self.seq
        expiries = self._expiries
        while expiries and expiries[0][0] <= now:
            _, created_seq, key = heappop(expiries)
            aircraft = self.aircraft.get(key)
            if aircraft is None or aircraft.created_seq != created_seq:
                continue
            if now - aircraft.heard >= FORGET:
                self.remove(key, now)
                continue
            if aircraft.drop_expired(now, self.seq + 1):
                aircraft.changed_at = now
                self._stamp(aircraft)
            heappush(expiries, (max(aircraft.next_expiry(), now + 1.0), created_seq, key))
        self.events.expire(now)
        while self._gone:
            _, died = next(iter(self._gone.values()))
            if now - died <= self.limits.tombstone_age:
                break
            self._bury()
        return self.seq != before

    def second_passed(self, elapsed: float) -> None:
        """Work out ``rate``, observations per second; drop what nobody needs of the log, and snapshots likewise.

        :param elapsed: seconds since the last call.
        """
        self.rate = (self.applied - self._applied_before) / elapsed if elapsed > 0 else 0.0
        self._applied_before = self.applied
        old = len(self._recent) - RECENT * len(self.aircraft)
        if old > 0:
            del self._recent[:old]
            self._older += old
        if any(snapshot.seq != self.seq for snapshot in self.snapshots.values()):
            self.snapshots.clear()

    def listed_count(self, now: float) -> tuple[int, int]:
        """How many aircraft are listed, and how many of those with a position."""
        listed = [aircraft for aircraft in self.aircraft.values() if aircraft.listed(now)]
        return len(listed), sum(aircraft.position_heard() is not None for aircraft in listed)

    def _recent_after(self, seq: int) -> Iterable[tuple[int, Aircraft]]:
        """Each change after ``seq`` and whom it was of; where the log does not reach back, only the last of each."""
        start = seq - self._older
        if start >= 0:
            return enumerate(self._recent[start:], seq + 1)
        return ((each.seq, each) for each in self.by_change(seq))

    def _stamp(self, aircraft: Aircraft) -> None:
        self.seq = seq = self.seq + 1
        aircraft.seq = seq
        self._recent.append(aircraft)
        cells = aircraft.cells
        lat, lon = cells.get("lat"), cells.get("lon")
        if lat is not None and lon is not None and (lat.seq == seq or lon.seq == seq):
            south, west, north, east = aircraft.box
            y, x = lat.value, lon.value
            if y is None or x is None or not (south <= y < north and west <= x < east):
                self._put_in_tile(aircraft, tile_of(y, x))

    def _put_in_tile(self, aircraft: Aircraft, tile: int) -> None:
        """Where it belongs by its position; on the edges of the map it may be there already."""
        if tile != aircraft.tile:
            self._take_from_tile(aircraft)
            if aircraft.tile_seq != self.seq:
                aircraft.left, aircraft.left_seq = aircraft.tile, aircraft.tile_seq
            aircraft.tile, aircraft.tile_seq = tile, self.seq
            aircraft.box = box_of(tile)
            self.tiles.setdefault(tile, {})[aircraft.key] = aircraft

    def _take_from_tile(self, aircraft: Aircraft) -> None:
        there = self.tiles[aircraft.tile]
        del there[aircraft.key]
        if not there:
            del self.tiles[aircraft.tile]

    def _bury(self) -> None:
        _, (seq, _) = self._gone.popitem(last=False)
        self.floor = seq
