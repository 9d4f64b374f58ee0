"""What a room knows of one aircraft now: a cell for each field, and when it was heard."""

from __future__ import annotations

from math import inf
from typing import Any

from flighttap.aircraft.fields import BY_NAME, IDENTITY
from flighttap.aircraft.identity import address_of
from flighttap.aircraft.observation import MEMBER_RANK
from flighttap.aircraft.plausible import PositionCheck

__all__ = ["FORGET", "MOTION", "UNKNOWN", "Aircraft", "Cell"]

FORGET = 300.0
"""Seconds after the last message until an aircraft is forgotten."""
POSITION_SHOWN = 60.0
HEARD_SHOWN = 30.0
MOTION = ("lat", "lon", "alt_baro", "alt_geom", "gs", "track", "baro_rate", "geom_rate", "on_ground")
"""Names of the fields that say how an aircraft moves."""


class Cell:
    """One field of one aircraft.

    ``value`` is ``None`` once the field was cleared; the stamp stays, so that
    readers learn of it.
    """

    __slots__ = ("heard", "lifetime", "rank", "seq", "value", "wire")

    def __init__(self, name: str, value: Any, rank: int, heard: float, seq: int) -> None:
        field = BY_NAME[name]
        self.wire = field.wire
        self.lifetime = field.lifetime
        self.value = value
        self.rank = rank
        self.heard = heard
        self.seq = seq


UNKNOWN = Cell("lat", None, 0, 0.0, 0)
"""Stands for any field of which nothing was ever told."""


class Aircraft:
    """The record of one aircraft in one room.

    :ivar address: of its key (:func:`~flighttap.aircraft.identity.address_of`).
    :ivar created_seq: the room's ``seq`` when the record was made.
    :ivar seq: the room's ``seq`` at its last change.
    :ivar identity_seq: the room's ``seq`` at the last change of a field that says who it is.
    :ivar heard: hub time of the last message, seconds.
    :ivar changed_at: hub time of the last change.
    :ivar motion: the cells of :data:`MOTION` in that order; empty until :meth:`moving` was asked.
    :ivar sent: the last object about it just as a member sent it, while small.
    :ivar sent_seq: the room's ``seq`` when that came; 0 if never.
    :ivar tile: where on the map it is (:mod:`flighttap.rooms.tiles`).
    :ivar box: south, west, north and east of that in degrees.
    :ivar tile_seq: the room's ``seq`` when it came into that tile.
    :ivar left: the tile that it was in before, ``None``: in none.
    :ivar left_seq: the room's ``seq`` when it had come into that one.
    """

    __slots__ = (
        "address",
        "box",
        "cells",
        "changed_at",
        "check",
        "created_seq",
        "heard",
        "identity_seq",
        "key",
        "left",
        "left_seq",
        "messages",
        "motion",
        "sent",
        "sent_seq",
        "seq",
        "signal_at",
        "tile",
        "tile_seq",
    )

    def __init__(self, key: str, seq: int, now: float) -> None:
        self.key = key
        self.address = address_of(key)
        self.created_seq = seq
        self.seq = seq
        self.identity_seq = seq
        self.cells: dict[str, Cell] = {}
        self.motion: tuple[Cell, ...] = ()
        self.heard = now
        self.changed_at = now
        self.signal_at = float("-inf")
        self.messages = 0
        self.check: PositionCheck | None = None
        self.sent: bytes | None = None
        self.sent_seq = 0
        self.tile = -1
        self.box = (inf, inf, -inf, -inf)
        self.tile_seq = seq
        self.left: int | None = None
        self.left_seq = 0

    def learn(self, name: str, value: Any, rank: int, now: float, seq: int) -> None:
        """Put in the first value of a field."""
        self.cells[name] = Cell(name, value, rank, now, seq)
        self.motion = ()
        if name in IDENTITY:
            self.identity_seq = seq

    def moving(self) -> tuple[Cell, ...]:
        """The cells of :data:`MOTION`; :data:`UNKNOWN` for what was never told. They are looked up once."""
        if not self.motion:
            self.motion = tuple(self.cells.get(name, UNKNOWN) for name in MOTION)
        return self.motion

    def value(self, name: str) -> Any:
        """The present value of a field, ``None`` where unknown."""
        cell = self.cells.get(name)
        return None if cell is None else cell.value

    def position_heard(self) -> float | None:
        """Hub time when the present position was last heard, ``None`` without one."""
        cell = self.cells.get("lat")
        return None if cell is None or cell.value is None else cell.heard

    def received_since(self, seq: int) -> bool:
        """Whether a field that a receiver heard, not a member said, changed after ``seq``."""
        return any(cell.seq > seq and cell.rank < MEMBER_RANK for cell in self.cells.values())

    def member_only(self) -> bool:
        """Whether all that is known of it was said by members."""
        return all(cell.rank >= MEMBER_RANK or cell.value is None for cell in self.cells.values())

    def listed(self, now: float) -> bool:
        """Whether lists and counts have it: readsb's rule (README-json.md, ``seen``)."""
        if now - self.heard < HEARD_SHOWN:
            return True
        position = self.position_heard()
        return position is not None and now - position < POSITION_SHOWN

    def next_expiry(self) -> float:
        """Hub time at which a field of it, or all of it, is next due to be dropped."""
        due = self.heard + FORGET
        for cell in self.cells.values():
            if cell.value is not None and cell.lifetime is not None and cell.heard + cell.lifetime < due:
                due = cell.heard + cell.lifetime
        return due

    def drop_expired(self, now: float, seq: int) -> bool:
        """Clear the fields whose lifetime is over, stamping them ``seq``; whether any was."""
        dropped = False
        for name, cell in self.cells.items():
            if cell.value is not None and cell.lifetime is not None and cell.heard + cell.lifetime <= now:
                cell.value = None
                cell.seq = seq
                if name in IDENTITY:
                    self.identity_seq = seq
                dropped = True
        return dropped
