"""What the core knows of all connections together: how many there are, and how to send them away.

The factory that holds the connections is one of these; a hub without any has :class:`Nobody`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

__all__ = ["KICKED", "Census", "Crowd", "Nobody"]

KICKED = 4506
"""The close code of whoever was removed by an operator."""


@dataclass(slots=True)
class Census:
    """The connections at one moment.

    :param speaking: how many there are by what they speak, ``tutorial`` or a subprotocol.
    :param lagging: how many have a full socket.
    :param buffered: bytes that wait in this process for sockets to take them.
    """

    speaking: dict[str, int] = field(default_factory=dict)
    lagging: int = 0
    buffered: int = 0


class Crowd(Protocol):
    """All connections of one server."""

    @property
    def stopping(self) -> bool:
        """Whether nobody is let in any more."""

    def census(self) -> Census:
        """How many there are and how they are."""

    def roster(self, room: str) -> list[dict[str, Any]]:
        """What an operator may know of each connection in a room, JSON-ready; never its session or token."""

    def send_away(self, room: str, public_id: str | None = None) -> int:
        """Close those in a room with 4506, or only those of this public id; how many there were."""

    def drain(self) -> int:
        """Let nobody in any more and send everybody away with 4000; how many there were."""


class Nobody:
    """The crowd of a hub that has no connections."""

    stopping = False

    def census(self) -> Census:
        """Nobody."""
        return Census()

    def roster(self, room: str) -> list[dict[str, Any]]:
        """Nobody."""
        return []

    def send_away(self, room: str, public_id: str | None = None) -> int:
        """Nobody goes."""
        return 0

    def drain(self) -> int:
        """Nobody goes."""
        return 0
