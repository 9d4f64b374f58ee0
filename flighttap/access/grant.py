"""What a token or a key gives: roles, in which rooms, how much and until when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase

__all__ = ["EVERY_ROOM", "Grant"]

EVERY_ROOM = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """A token or a key that was found good.

    :param subject: whom it was made out to; may be told to an operator, and is never the token itself.
    :param identity: tells one token from another, for what is counted by token; not the token either.
    :param rooms: names, or patterns with ``*`` and ``?``.
    :param expires: Unix seconds; ``None``: never.
    :param rate: messages a second that may be published with it, over all its connections; ``None``: the server's limit
        for each connection alone.
    :param flights: how many flights it may keep in the rooms; ``None``: the rooms' limit alone.
    """

    subject: str
    identity: str
    roles: frozenset[str]
    rooms: tuple[str, ...]
    expires: float | None = None
    rate: float | None = None
    flights: int | None = None

    @property
    def limited(self) -> bool:
        """Whether what is published with it is counted by token."""
        return self.rate is not None or self.flights is not None

    def held(self, room: str | None) -> Collection[str]:
        """The roles that it gives in a room; with ``None`` those that it gives in every one there is or will be."""
        if room is None:
            return self.roles if EVERY_ROOM in self.rooms else ()
        return self.roles if any(fnmatchcase(room, pattern) for pattern in self.rooms) else ()
