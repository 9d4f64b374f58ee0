"""A whole server without sockets, for strangers to talk to: the site on a clock, and whoever connects to it.

What must never happen is noticed here: an exception that escapes, a failure that is logged, a timer or a member that
is left, an answer that is no answer of ours.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.logger import LogEvent, LogLevel, globalLogPublisher
from twisted.python.failure import Failure

from flighttap.access.access import Access
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits
from flighttap.web.answers import SECURITY_HEADERS
from flighttap.web.site import make_site
from flighttap.ws.factory import RoomFactory
from flighttap.ws.resource import RoomResource
from tests.web.support import write_page
from tests.ws.test_connection import Kept, request

__all__ = ["Stranger", "World", "assert_answers", "world"]

LIMITS = Limits(message=2000, fragments=4, pings=3, aircraft=20, rooms=8, bad_messages=1000, publish_rate=0)
PEER, HERE = IPv4Address("TCP", "127.0.0.1", 40000), IPv4Address("TCP", "127.0.0.1", 8000)


_FOLDER = tempfile.TemporaryDirectory(prefix="flighttap-fuzz-")


@cache
def _page() -> Path:
    return write_page(Path(_FOLDER.name) / "static")


class Wire(Kept):
    """A transport that has a protocol, as TCP's has."""

    protocol: Any = None

    def _checkState(self) -> None:
        """Nothing to complain of: a real one does not either, where it is to be closed."""


class Stranger:
    """One connection; what it sends is read by whichever protocol has the transport."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.wire = Wire(peerAddress=PEER, hostAddress=HERE)
        self.wire.protocol = world.site.buildProtocol(PEER)
        self.wire.protocol.makeConnection(self.wire)

    def send(self, data: bytes) -> None:
        """Some bytes arrive, and the reactor has a turn."""
        if not self.wire.aborted and not self.wire.disconnecting:
            self.wire.protocol.dataReceived(data)
        self.world.clock.advance(0)

    def upgrade(self, encoding: str = "", deflate: bool = False, room: str = "x", options: str = "") -> None:
        """Become a member."""
        named = {"Sec_WebSocket_Protocol": encoding} if encoding else {}
        if deflate:
            named["Sec_WebSocket_Extensions"] = "permessage-deflate"
        self.send(request(f"/ws/tracker/{room}/{options}", **named))
        assert self.said().startswith(b"HTTP/1.1 101 "), self.said()

    def said(self) -> bytes:
        """All that was written to it."""
        return self.wire.value()

    def go(self) -> None:
        """The connection is gone."""
        self.wire.protocol.connectionLost(Failure(ConnectionDone()))


class World:
    """One server.

    :ivar faults: what was logged as a fault of ours.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.clock = Clock()
        self.hub = Hub(self.clock, limits, lambda: "e1", lambda: 1_795_000_000.0)
        factory = RoomFactory(self.hub, self.clock, new_session=lambda: "s", spread=lambda: 0.5)
        access = Access(self.hub.rules_of)
        rooms = RoomResource(factory, access)
        self.site = make_site(self.hub, rooms, reactor=self.clock, limits=limits, access=access, static=_page())
        self.factory = factory
        self.hub.start()
        factory.startFactory()
        self.faults: list[LogEvent] = []

    def noted(self, event: LogEvent) -> None:
        """A line of the log."""
        if event["log_level"] >= LogLevel.error:
            self.faults.append(event)

    def end(self) -> None:
        """Stop, and see to it that nothing is left."""
        self.clock.advance(10.0)
        assert not self.factory.members, "a connection that is gone is still a member"
        assert not any(room.members for room in self.hub.rooms.values())
        assert self.site.cap.counts == {}
        self.factory.stopFactory()
        self.hub.stop()
        left = [call for call in self.clock.getDelayedCalls() if call.getTime() < self.clock.seconds() + 1000]
        assert left == [], "a timer is left"
        assert self.faults == [], [event.get("log_failure") or event for event in self.faults]


@contextmanager
def world() -> Iterator[World]:
    """A server that must come out of it whole."""
    server = World()
    globalLogPublisher.addObserver(server.noted)
    try:
        yield server
        server.end()
    finally:
        globalLogPublisher.removeObserver(server.noted)


def assert_answers(said: bytes) -> None:
    """Every HTTP answer in these bytes carries the security headers and none of them names what runs here."""
    for answer in said.split(b"HTTP/1.")[1:]:
        head = answer.partition(b"\r\n\r\n")[0].lower()
        if head[2:5] not in (b"101", b"100"):
            for name, value in SECURITY_HEADERS:
                assert b"\r\n%b: %b" % (name.lower(), value.lower()) in head, answer
        assert b"\r\nserver:" not in head
    for word in (b"Traceback", b"autobahn", b"Autobahn", b"twisted", b"Twisted", b".py"):
        assert word not in said, said
