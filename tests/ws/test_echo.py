"""The echo that conformance tests talk to: there when asked for, and only then."""

from __future__ import annotations

from typing import Any

import pytest
from autobahn.twisted.websocket import WebSocketClientFactory
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateResponseAccept
from twisted.internet.defer import DeferredQueue
from twisted.internet.endpoints import TCP4ClientEndpoint

from tests.ws.support import Client, serving


class Echoed(Client):
    """Keeps what comes, and whether it was binary."""

    def __init__(self) -> None:
        super().__init__()
        self.back: DeferredQueue[tuple[bytes, bool]] = DeferredQueue()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.back.put((payload, isBinary))


async def echoing(server: Any, *offers: PerMessageDeflateOffer) -> Echoed:
    factory = WebSocketClientFactory(f"ws://127.0.0.1:{server.port}/ws/echo", reactor=server.reactor)
    factory.protocol = Echoed
    factory.setProtocolOptions(
        openHandshakeTimeout=0,
        closeHandshakeTimeout=0,
        serverConnectionDropTimeout=0,
        perMessageCompressionOffers=list(offers),
        perMessageCompressionAccept=PerMessageDeflateResponseAccept,
    )
    client: Echoed = await TCP4ClientEndpoint(server.reactor, "127.0.0.1", server.port).connect(factory)
    server.clients.append(client)
    await client.opened
    return client


@pytest.mark.parametrize("deflate", [False, True])
async def test_every_message_comes_back_as_it_came(deflate: bool) -> None:
    async with serving(echo=True) as server:
        client = await echoing(server, *([PerMessageDeflateOffer()] if deflate else []))
        for said in ((b"text", False), (b"\xff\x00", True), (b"", False), (b"", True), (b"x" * 99_999, False)):
            client.sendMessage(*said)
            assert await client.back.get() == said
        assert (client._perMessageCompress is not None) == deflate


@pytest.mark.parametrize(("bits", "taken"), [(0, True), (9, False), (14, False), (15, True)])
async def test_deflate_is_taken_where_a_whole_window_may_be_used(bits: int, taken: bool) -> None:
    async with serving(echo=True) as server:
        client = await echoing(server, PerMessageDeflateOffer(request_max_window_bits=bits))
        assert (client._perMessageCompress is not None) == taken
        client.sendMessage(b"text" * 100)
        assert await client.back.get() == (b"text" * 100, False)


async def test_nobody_in_any_room_hears_of_it_and_no_list_shows_it() -> None:
    async with serving(echo=True) as server:
        client = await echoing(server)
        watcher = await server.connect("echo/")
        client.sendMessage(b'{"id": 1}')
        assert await client.back.get() == (b'{"id": 1}', False)
        assert server.hub.listed() == ["echo"]
        assert server.hub.rooms["echo"].members == 1
        watcher.say({"id": 2})
        assert await watcher.message() == {"data": {"id": 2}}
        assert client.back.pending == []
