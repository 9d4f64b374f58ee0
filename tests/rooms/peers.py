"""Watchers without sockets: a peer whose socket can be full, and the replica behind it."""

from __future__ import annotations

import json
from typing import Any

from flighttap.client.replica import Replica
from flighttap.hub import Hub
from flighttap.rooms.member import Member
from flighttap.wire.frames import BINARY

__all__ = ["Binary", "FakePeer", "Spec", "frames"]


class Binary(bytes):
    """The payload of a binary frame."""


def frames(data: bytes) -> list[bytes]:
    """The payloads of the unmasked, unfragmented frames in some bytes; of binary frames as :class:`Binary`."""
    payloads: list[bytes] = []
    while data:
        size, start = data[1], 2
        if size == 126:
            size, start = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, start = int.from_bytes(data[2:10], "big"), 10
        payload = data[start : start + size]
        payloads.append(Binary(payload) if data[0] == BINARY else payload)
        assert len(payloads[-1]) == size
        data = data[start + size :]
    return payloads


class FakePeer:
    """Takes frames; once ``stalled``, the next write fills its socket, like a transport over its high-water mark."""

    def __init__(self, hub: Hub, room: str, session: str, **member: Any) -> None:
        self.hub = hub
        self.member = Member(self, room, session, f"c{session}", **member)
        self.waiting: list[bytes] = []
        self.stalled = False
        self.writes = 0
        self.closed: tuple[int, str] | None = None
        self.replica = Replica()
        hub.join(self.member)

    def write(self, data: bytes) -> bool:
        assert not self.member.full, "nothing is written to a full socket"
        self.writes += 1
        self.waiting += frames(data)
        if self.stalled:
            self.hub.filled(self.member)
        return not self.member.full

    def tell(self, said: dict[str, Any]) -> None:
        """A message that the hub leaves to the shells, behind all that was sent."""
        self.waiting.append(json.dumps(said).encode())

    def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def drain(self) -> None:
        """The socket takes bytes again."""
        self.stalled = False
        if self.member.full:
            self.hub.drained(self.member)

    def received(self) -> list[Any]:
        """Everything that arrived since the last look, decoded."""
        messages, self.waiting = [json.loads(frame) for frame in self.waiting], []
        return messages

    def read(self, count: int | None = None) -> None:
        """Let the replica take the next messages (all of them unless told otherwise)."""
        count = len(self.waiting) if count is None else count
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        for message in taken:
            if isinstance(message, Binary):
                self.replica.apply_binary(message)
            else:
                self.replica.apply(json.loads(message))


class Spec:
    """A feed's configuration, as short as can be."""

    format = "beast"
    share_position = "rounded"
    simulated = False

    def __init__(self, *rooms: str, receiver: tuple[float, float] | None = None) -> None:
        self.name = "feed"
        self.rooms = rooms
        self.source = "test"
        self.receiver = receiver
