"""What the core knows of a peer: somewhere to write to, and how far it has come.

A member that keeps up sits in a lane and shares the lane's cursor. One whose
socket is full has left its lane with a cursor of its own and holds at most the
rest of one message; when the socket drains it is caught up and comes back.
There is no queue.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeAlias

from flighttap.rooms.pace import Pace
from flighttap.rooms.view import EVERYTHING

__all__ = ["Delivery", "Member", "Peer", "Wants"]


class Peer(Protocol):
    """The transport side of a member."""

    def write(self, data: bytes) -> bool:
        """Take bytes; false once the socket is full (these are taken all the same)."""

    def close(self, code: int, reason: str) -> None:
        """End the connection with a WebSocket close code."""


class Wants(NamedTuple):
    """What a watcher asked for; those that want the same share a lane.

    :param encoding: subprotocol, empty for tutorial mode.
    :param hz: updates per second at the most.
    :param events: messages without a flight too.
    :param merged: tutorial mode's ``data=merged``.
    :param fields: wire names of the fields wanted; ``None``: all.
    :param deflate: whether messages are to be deflated.
    """

    encoding: str
    hz: float
    events: bool = True
    merged: bool = False
    fields: frozenset[str] | None = None
    deflate: bool = False


class Member:
    """One connection in one room.

    :ivar scope: the part of the room that it looks at; ``held`` is the part that ``cursor`` is about.
    :ivar cursor: with its own eyes: everything up to this ``seq`` was written to
        it; ``None``: it has nothing yet. Meaningless while it sits in a lane.
    :ivar forwarded: tutorial mode: objects that members sent were written up to this ``seq``.
    :ivar eseq: events were written up to this number; ``None``: from now on.
    :ivar rest: parts of a message that wait for the socket to drain.
    :ivar full: the socket takes no more at present.
    :ivar pace: how often it is served; ``None``: as ``wants`` says, whether it keeps up or not.
    :ivar present: it takes part in the room, so the others are told of it.
    :ivar pseq: it was told who is here up to this change.
    """

    __slots__ = (
        "cursor",
        "echo",
        "eseq",
        "forwarded",
        "full",
        "held",
        "id",
        "pace",
        "peer",
        "present",
        "pseq",
        "rest",
        "room",
        "scope",
        "session",
        "wants",
    )

    def __init__(self, peer: Peer, room: str, session: str, public_id: str, echo: bool = True) -> None:
        self.peer = peer
        self.room = room
        self.session = session
        self.id = public_id
        self.echo = echo
        self.wants: Wants | None = None
        self.scope = EVERYTHING
        self.held = EVERYTHING
        self.cursor: int | None = None
        self.forwarded = 0
        self.eseq: int | None = None
        self.rest: tuple[bytes, ...] = ()
        self.full = False
        self.pace: Pace | None = None
        self.present = False
        self.pseq = -1

    def deliver(self, parts: tuple[bytes, ...]) -> None:
        """Write parts until the socket is full; what is left waits in ``rest``."""
        write = self.peer.write
        for done, part in enumerate(parts, 1):
            if not write(part):
                self.rest = parts[done:]
                return


Delivery: TypeAlias = tuple[tuple[Member, ...], tuple[bytes, ...]]
"""What some members are all to be written, part by part."""
