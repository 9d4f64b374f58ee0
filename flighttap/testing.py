"""Fakes for testing programs that use :mod:`flighttap.client`: a server in memory, on a clock that the test moves.

::

    server = FakeServer()
    watcher = Watcher(server.url, reactor=server.clock, endpoint=server.endpoint, random=lambda: 0.5)
    watcher.start()
    server.settle()
    server.newest.say(snapshot(1, {"hex": "4ca7b5", "flight": "RYR12AB"}))
    server.settle()
    assert watcher.replica.aircraft["4ca7b5"]["flight"] == "RYR12AB"

Real Autobahn speaks on both sides; only the network is missing.
"""

from __future__ import annotations

import json
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.test import iosim
from zope.interface import implementer

__all__ = ["FakeConnection", "FakeServer", "snapshot", "update"]

SUBPROTOCOL = "flighttap.v1.json"


def snapshot(seq: int, *rows: dict[str, Any], epoch: str = "e1", **more: Any) -> dict[str, Any]:
    """A whole snapshot in one part; further keys replace those given here."""
    head = {"t": "snapshot", "epoch": epoch, "seq": seq, "eseq": 0, "part": 1, "parts": 1, "recovered": False}
    return {**head, "now": 1000.0, "aircraft": list(rows), **more}


def update(base: int, seq: int, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An update from ``base`` to ``seq`` that changes these records."""
    return {"t": "update", "base": base, "seq": seq, "now": 1001.0, "aircraft": list(rows), **more}


class FakeConnection(WebSocketServerProtocol):
    """The server's side of one connection.

    :ivar heard: the messages that came, decoded.
    :ivar path: what was asked for.
    :ivar end: the client's close code once it said goodbye; 1006 when it just went.
    """

    def __init__(self, server: FakeServer) -> None:
        super().__init__()
        self._server = server
        self.heard: list[Any] = []
        self.path = ""
        self.end: int | None = None
        self.frozen = False
        self.pump: iosim.IOPump | None = None

    def onConnect(self, request: ConnectionRequest) -> str | None:
        if self._server.http_status is not None:
            raise ConnectionDeny(self._server.http_status, "so it was wished")
        self.path = request.path
        return SUBPROTOCOL if self._server.speaks and SUBPROTOCOL in request.protocols else None

    def onOpen(self) -> None:
        if self._server.hello is not None:
            number = len(self._server.connections)
            self.say({**self._server.hello, "session": f"s{number}", "id": f"c{number}"})

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.heard.append(json.loads(payload))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.end = code

    def say(self, message: dict[str, Any] | str) -> None:
        """Send a message, or text that is none."""
        self.sendMessage((message if isinstance(message, str) else json.dumps(message)).encode())

    def close(self, code: int, reason: str = "") -> None:
        """Close with a code."""
        self.sendClose(code, reason or None)

    def drop(self) -> None:
        """Cut the connection without a word."""
        self.transport.abortConnection()

    def freeze(self) -> None:
        """Let nothing through any more, in either direction; neither side is told."""
        self.frozen = True

    def carry(self) -> bool:
        """Move what either side has written; whether there was anything."""
        if self.pump is None:
            return False
        client = self.pump.clientIO
        if not self.frozen:
            return bool(self.pump.pump())
        if not client.disconnecting or client.disconnected:
            return False
        client.disconnected = True
        client.protocol.connectionLost(Failure(ConnectionAborted()))
        return True


@implementer(IStreamClientEndpoint)
class FakeServer:
    """A server of one room in memory; also the endpoint that leads to it.

    :ivar clock: what the client takes for its reactor.
    :ivar connections: all there were, oldest first.
    :ivar hello: what each connection is greeted with; ``None``: nothing is said.
    :ivar down: the error that attempts to connect fail with; ``None``: they succeed.
    :ivar deaf: attempts are never answered.
    :ivar http_status: answer the upgrade with this status instead.
    :ivar speaks: whether the subprotocol is known.
    """

    url = "ws://fake.example:8000/ws/tracker/demo/"

    def __init__(self) -> None:
        self.clock = Clock()
        self.connections: list[FakeConnection] = []
        self.hello: dict[str, Any] | None = {
            "t": "hello", "v": 1, "room": "demo", "epoch": "e1", "roles": ["watch", "publish"], "features": [],
            "hz": [20, 10, 5, 2, 1, 0.5, 0.2], "heartbeat": 15, "max_message": 65536, "now": 1000.0,
        }  # fmt: skip
        self.down: Exception | None = None
        self.deaf = False
        self.http_status: int | None = None
        self.speaks = True
        self.attempts: list[float] = []
        self._factory = WebSocketServerFactory(reactor=self.clock)
        self._factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0)

    @property
    def endpoint(self) -> IStreamClientEndpoint:
        """The way here."""
        return self

    @property
    def newest(self) -> FakeConnection:
        """The connection that was made last."""
        return self.connections[-1]

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Make a connection (:class:`IStreamClientEndpoint`)."""
        self.attempts.append(self.clock.seconds())
        if self.down is not None:
            return fail(self.down)
        if self.deaf:
            return Deferred()
        here, there = IPv4Address("TCP", "192.0.2.1", 8000), IPv4Address("TCP", "192.0.2.2", 40000)
        server = FakeConnection(self)
        server.factory = self._factory
        self.connections.append(server)
        client = protocolFactory.buildProtocol(here)
        ours = iosim.FakeTransport(server, isServer=True, hostAddress=here, peerAddress=there)
        theirs = iosim.FakeTransport(client, isServer=False, hostAddress=there, peerAddress=here)
        server.pump = iosim.connect(server, ours, client, theirs)
        connected: Deferred[Any] = Deferred()
        connected.callback(client)
        return connected

    def settle(self) -> None:
        """Carry bytes both ways and make the calls that are due, until nothing moves."""
        moved = True
        while moved:
            moved = sum(connection.carry() for connection in tuple(self.connections)) > 0
            if any(call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls()):
                self.clock.advance(0)
                moved = True

    def advance(self, seconds: float) -> None:
        """Let time pass, each call made at its own moment."""
        until = self.clock.seconds() + seconds
        self.settle()
        while True:
            due = [call.getTime() for call in self.clock.getDelayedCalls() if call.getTime() <= until]
            if not due:
                break
            self.clock.advance(max(0.0, min(due) - self.clock.seconds()))
            self.settle()
        self.clock.advance(max(0.0, until - self.clock.seconds()))
        self.settle()
