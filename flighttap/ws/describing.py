"""What an operator may know of a connection: never its session, its token, or what it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flighttap.rooms.member import Member
    from flighttap.ws.protocol import RoomProtocol

__all__ = ["SPOKEN", "described", "spoken"]

SPOKEN = {"": "tutorial"}
"""What a connection is said to speak, where that is not its subprotocol."""


def spoken(protocol: RoomProtocol) -> str:
    """What a connection speaks, in one word."""
    encoding = protocol.admission.encoding
    return SPOKEN.get(encoding, encoding)


def described(protocol: RoomProtocol, member: Member) -> dict[str, Any]:
    """A connection, JSON-ready.

    :param member: what the hub knows it as.
    """
    factory = protocol.factory
    wants, now = member.wants, factory.reactor.seconds()
    return {
        "id": member.id,
        "name": factory.hub.rooms[member.room].presence.name_of(member.session),
        "address": protocol.admission.address,
        "speaks": spoken(protocol),
        "connected_s": round(now - (protocol.opened_at or now)),
        "watches": wants is not None,
        "hz": None if wants is None else wants.hz,
        "roles": list(protocol.standing.roles),
        "lagging": member.full,
        "buffered_bytes": protocol.waiting(),
    }
