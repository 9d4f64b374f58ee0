"""The echo that conformance tests talk to: every message comes back as it came, text or binary.

It is a dialogue like the others, so what is tested is how rooms read, bound, deflate and answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flighttap.errors import WireError
from flighttap.hub import Hub
from flighttap.rooms.member import Member
from flighttap.rooms.room import Room
from flighttap.wire.frames import BINARY, TEXT, deflated, frame

if TYPE_CHECKING:
    from flighttap.ws.protocol import RoomProtocol

__all__ = ["EchoDialogue"]

_COMPRESSED = 0x40
"""The bit of permessage-deflate in a frame's first byte (RFC 7692, 6)."""


class EchoDialogue:
    """A connection whose messages come back; nobody else in its room hears of them."""

    def __init__(self, protocol: RoomProtocol, hub: Hub, room: Room, member: Member) -> None:
        self._protocol = protocol

    def opened(self) -> None:
        """Say nothing until something is said."""

    def message(self, payload: bytes) -> None:
        """Give it back, deflated where the peer takes that."""
        first = BINARY if self._protocol.binary else TEXT
        if self._protocol.deflates:
            self._protocol.reply(frame(deflated(payload) + b"\0", first | _COMPRESSED))
        else:
            self._protocol.reply(frame(payload, first))

    def settle(self) -> None:
        """Nothing was put off."""

    def problem(self, problem: WireError) -> None:
        """Never called: whatever is a message comes back."""

    def drain(self, after_ms: int, spread_ms: int) -> None:
        """Close."""
        self._protocol.close(1001, "The server is stopping.")
