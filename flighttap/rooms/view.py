"""A view: the members of a lane that look at the same part of the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flighttap.aircraft.state import Aircraft
from flighttap.rooms.query import Query
from flighttap.rooms.tiles import WORLD, Area

if TYPE_CHECKING:
    from flighttap.rooms.member import Member

__all__ = ["EVERYTHING", "Scope", "View"]


class Scope(NamedTuple):
    """What a member looks at.

    :param where: its filter; ``None``: every flight in the area.
    """

    area: Area = WORLD
    where: Query | None = None

    @property
    def filter_id(self) -> str | None:
        return None if self.where is None else self.where.id

    def key(self) -> tuple[object, str | None]:
        """Members with the same key are sent the same bytes."""
        return self.area.tiles, self.filter_id

    def wants(self, aircraft: Aircraft) -> bool:
        """Whether an aircraft belongs in it now."""
        return aircraft.tile in self.area and (self.where is None or self.where.matches(aircraft))


EVERYTHING = Scope()


class View:
    """The shared end of members with equal scope.

    :ivar last: the ``seq`` of the last frame that they were sent; the base of the next.
    :ivar shown: with a filter: the keys that they have.
    :ivar spoke_at: hub time when they were last told anything.
    """

    __slots__ = ("last", "members", "scope", "shown", "spoke_at")

    def __init__(self, scope: Scope, last: int, shown: set[str], now: float) -> None:
        self.scope = scope
        self.last = last
        self.members: dict[Member, None] = {}
        self.shown = shown
        self.spoke_at = now
