"""A view: the members of a lane that look at the same part of the room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
    :param fields: wire names of the fields wanted; ``None``: all.
    :param detail: keys of flights of which it wants every field, in an encoding that leaves some out.
    """

    area: Area = WORLD
    where: Query | None = None
    detail: frozenset[str] = frozenset()
    fields: frozenset[str] | None = None

    @property
    def filter_id(self) -> str | None:
        """What is shown of the flights in the area, as a name: what was held under another is no beginning for it."""
        where = None if self.where is None else self.where.id
        return where if self.fields is None else f"{where or ''}+{','.join(sorted(self.fields))}"

    def key(self) -> tuple[object, str | None]:
        """Members with the same key look at the same flights, and are sent the same bytes but for their details."""
        return self.area.tiles, self.filter_id

    def wants(self, aircraft: Aircraft) -> bool:
        """Whether an aircraft belongs in it now."""
        return aircraft.tile in self.area and (self.where is None or self.where.matches(aircraft))


EVERYTHING = Scope()


class View:
    """The shared end of members that look at the same flights.

    :ivar last: the ``seq`` of the last frame that they were sent; the base of the next.
    :ivar detailed: those of its members who want details of some flights.
    :ivar shown: with a filter: the keys that they have.
    :ivar spoke_at: hub time when they were last told anything.
    """

    __slots__ = ("detailed", "last", "members", "scope", "shown", "spoke_at")

    def __init__(self, scope: Scope, last: int, shown: set[str], now: float) -> None:
        self.scope = scope
        self.last = last
        self.members: dict[Member, None] = {}
        self.detailed: set[Member] = set()
        self.shown = shown
        self.spoke_at = now

    def chosen(self, keys: Iterable[str], there: Mapping[str, Aircraft]) -> list[Aircraft]:
        """The flights of these keys that its members have.

        :param there: all flights of the room.
        """
        area, filtered, shown = self.scope.area, self.scope.where is not None, self.shown
        flights = [there[key] for key in keys if key in there]
        return [flight for flight in flights if (flight.key in shown if filtered else flight.tile in area)]
