"""Autobahn on Twisted as its examples do it: ``sendMessage`` to each member of the room. Prints its port."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import reactor as installed

reactor: Any = installed
rooms: defaultdict[str, set[Member]] = defaultdict(set)


class Member(WebSocketServerProtocol):
    """One connection."""

    room: str

    def onConnect(self, request: Any) -> None:
        self.room = request.path

    def onOpen(self) -> None:
        self.transport.setTcpNoDelay(True)
        rooms[self.room].add(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        data = b'{"data":' + payload + b"}"
        for member in rooms[self.room]:
            member.sendMessage(data, isBinary)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if hasattr(self, "room"):
            rooms[self.room].discard(self)


factory = WebSocketServerFactory()
factory.protocol = Member
port = reactor.listenTCP(0, factory, interface="127.0.0.1", backlog=4096)
print("port", port.getHost().port, flush=True)
reactor.run()
