"""A real server in this process, and Autobahn clients of it."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Collection, Iterable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateResponseAccept
from twisted.internet.defer import Deferred, DeferredQueue
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.task import deferLater

from flighttap.access.access import Access, Caller, Facts
from flighttap.hub import Hub
from flighttap.rooms.policy import Limits, RoomRules
from flighttap.web.site import make_site
from flighttap.ws.admission import ECHO
from flighttap.ws.factory import RoomFactory
from flighttap.ws.resource import RoomResource
from tests.rooms.peers import Binary

__all__ = ["BIN", "V1", "Client", "Server", "later", "masked", "neighbour", "serving", "until"]

V1 = "flighttap.v1.json"
BIN = "flighttap.v1.bin"


class Client(WebSocketClientProtocol):
    """Keeps what comes; ``text`` and ``message`` wait for the next."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: Deferred[None] = Deferred()
        self.closed: Deferred[tuple[int, str | None]] = Deferred()
        self.came: DeferredQueue[bytes] = DeferredQueue()

    def onOpen(self) -> None:
        self.opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        assert not isBinary or self.websocket_protocol_in_use == BIN
        self.came.put(Binary(payload) if isBinary else payload)

    def onClose(self, wasClean: bool, code: int, reason: str | None) -> None:
        self.closed.callback((code, reason))

    async def text(self) -> str:
        return (await self.came.get()).decode()

    async def message(self, kind: str | None = None) -> Any:
        """The next message; of this ``t``, where one is named."""
        while True:
            said = json.loads(await self.text())
            if kind is None or said.get("t") == kind:
                return said

    def say(self, said: Any) -> None:
        self.sendMessage(said if isinstance(said, bytes) else json.dumps(said).encode())

    def stop_reading(self) -> None:
        """Read no more, and let the kernel hold little: a buffer of fixed size does not grow meanwhile."""
        self.transport.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.transport.pauseProducing()

    async def leave(self) -> None:
        self.sendClose(1000)
        await self.closed


class Server:
    """One hub with its site on a port of its own."""

    def __init__(
        self,
        reactor: Any,
        limits: Limits,
        origins: Collection[str] = (),
        echo: bool = False,
        wall: Callable[[], float] = lambda: 1_795_000_000.0,
        open_rooms: bool = True,
        **allowing: Any,
    ) -> None:
        sessions = count(1)
        self.reactor = reactor
        self.hub = Hub(reactor, limits, lambda: "e1", wall, open_rooms=open_rooms)
        self.factory = RoomFactory(self.hub, reactor, new_session=lambda: f"s{next(sessions)}", spread=lambda: 0.5)
        access = Access(self.hub.rules_of, **allowing)
        rooms = RoomResource(self.factory, access, origins=origins, echo=echo)
        if echo:
            self.hub.declare(ECHO, RoomRules(publish="nobody", listed=False))
        site = make_site(self.hub, rooms, reactor=reactor, limits=limits, access=access)
        self.hub.start()
        self.factory.startFactory()
        self.listening = reactor.listenTCP(0, site, interface="127.0.0.1")
        self.port: int = self.listening.getHost().port
        self.clients: list[Client] = []

    async def connect(
        self, path: str = "x/", protocols: Iterable[str] = (), deflate: bool = False, **options: Any
    ) -> Client:
        """A client in a room; ``path`` goes behind ``/ws/tracker/``."""
        factory = WebSocketClientFactory(
            f"ws://127.0.0.1:{self.port}/ws/tracker/{path}", protocols=list(protocols), reactor=self.reactor, **options
        )
        factory.protocol = Client
        factory.setProtocolOptions(openHandshakeTimeout=0, closeHandshakeTimeout=0, serverConnectionDropTimeout=0)
        if deflate:
            factory.setProtocolOptions(
                perMessageCompressionOffers=[PerMessageDeflateOffer()],
                perMessageCompressionAccept=PerMessageDeflateResponseAccept,
            )
        client: Client = await TCP4ClientEndpoint(self.reactor, "127.0.0.1", self.port).connect(factory)
        self.clients.append(client)
        await client.opened
        return client

    async def watcher(self, path: str = "x/", deflate: bool = False, **said: Any) -> tuple[Client, Any]:
        """A client of version 1 that watches, and its snapshot."""
        client = await self.connect(path, [V1], deflate)
        await client.message("hello")
        client.say({"op": "watch", **said})
        return client, await client.message("snapshot")

    def member(self, index: int, room: str = "x") -> Any:
        """The server's protocol of the connection made at ``index``, from 0."""
        return sorted(self.factory.members[room], key=lambda protocol: int(protocol.member.id[1:], 16))[index]


@asynccontextmanager
async def serving(limits: Limits | None = None, **allowing: Any) -> Any:
    """A server that is gone, with all its clients, at the end.

    :param allowing: what :class:`Server` takes further, and :class:`~flighttap.access.access.Access`.
    """
    from twisted.internet import reactor

    server = Server(reactor, limits or Limits(), **allowing)
    try:
        yield server
    finally:
        for client in server.clients:
            if client.transport.connected:
                client.transport.abortConnection()
        await until(lambda: not server.factory.members)
        server.factory.stopFactory()
        server.hub.stop()
        await server.listening.stopListening()


def masked(payload: bytes, first: int = 0x81, mask: bytes = bytes(4)) -> bytes:
    """A client's frame, of the shortest length."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65536:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))


def neighbour(hub: Hub) -> Caller:
    """Somebody on this very machine."""
    return Access(hub.rules_of).caller(Facts("127.0.0.1", "127.0.0.1", "localhost"))


async def later(seconds: float) -> None:
    """Let time pass on the reactor."""
    from twisted.internet import reactor

    await deferLater(reactor, seconds)  # type: ignore[arg-type]


async def until(condition: Any) -> None:
    """Wait until something holds; the test's deadline bounds it."""
    while not condition():
        await later(0.005)
