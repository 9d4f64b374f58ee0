"""Feeds over real loopback connections, through make_feed and the real formats."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.protocol import Factory, Protocol

from flighttap.errors import FeedError
from flighttap.feeds import jittered, make_feed
from flighttap.feeds.spec import parse_feed
from flighttap.feeds.tcp import READ_SIZE, FeedProtocol
from tests.feeds.fakes import FakeSink
from tests.needs import need_data

IDENT = bytes.fromhex("1a33ffffffffffff80" + "8d4840d6202cc371c32ce0576098")
POSITION = bytes.fromhex("1a33ffffffffffff80" + "8d40621d58c382d690c8ac2863a7")


class Peer(Protocol):
    """The other end: sends what it is told and knows when it was left."""

    def __init__(self) -> None:
        self.gone: Deferred[None] = Deferred()

    def connectionLost(self, reason: Any = None) -> None:
        self.gone.callback(None)


class Watch:
    """Waits for a condition that what a feed tells the hub makes true."""

    def __init__(self, sink: FakeSink) -> None:
        self._waiting: list[tuple[Callable[[], bool], Deferred[None]]] = []
        sink.on_change = self._look

    def _look(self) -> None:
        from twisted.internet import reactor

        reactor.callLater(0, self._fire)  # type: ignore[attr-defined]

    def _fire(self) -> None:
        due = [each for each in self._waiting if each[0]()]
        self._waiting = [each for each in self._waiting if each not in due]
        for _, waiting in due:
            waiting.callback(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        if not condition():
            waiting: Deferred[None] = Deferred()
            self._waiting.append((condition, waiting))
            await waiting


class Stage:
    """A sink, and services that are stopped in the end."""

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self.sink = FakeSink()
        self.watch = Watch(self.sink)
        self.services: list[Any] = []
        self.ports: list[Any] = []
        self.peers: list[Peer] = []

    def feed(self, text: str, retry: float = 0.01) -> Any:
        service = make_feed(parse_feed(text), self.sink, self.reactor, lambda failures: retry)
        service.startService()
        self.services.append(service)
        return service

    async def receiver(self) -> int:
        """A port that accepts; connections appear in ``peers``."""

        class Accepting(Factory):
            noisy = False

            def buildProtocol(factory, address: Any) -> Peer:
                self.peers.append(Peer())
                return self.peers[-1]

        port = await TCP4ServerEndpoint(self.reactor, 0, interface="127.0.0.1").listen(Accepting())
        self.ports.append(port)
        return int(port.getHost().port)

    async def sender(self, port: int) -> Peer:
        endpoint = TCP4ClientEndpoint(self.reactor, "127.0.0.1", port)
        peer: Peer = await connectProtocol(endpoint, Peer())
        self.peers.append(peer)
        return peer

    async def end(self) -> None:
        for service in self.services:
            await service.stopService()
        for port in self.ports:
            await port.stopListening()
        for peer in self.peers:
            peer.transport.abortConnection()  # type: ignore[union-attr]
            if not peer.gone.called:
                await peer.gone


@pytest_twisted.async_yield_fixture
async def stage() -> AsyncIterator[Stage]:
    from twisted.internet import reactor

    made = Stage(reactor)
    yield made
    await made.end()


async def test_a_dialled_receiver_is_read_and_dialled_again_when_it_comes_back(stage: Stage) -> None:
    port = await stage.receiver()
    stage.feed(f"home=beast@tcp:localhost:{port}")
    await stage.watch.until(lambda: stage.sink.states == ["connecting", "up"])
    stage.peers[0].transport.write(IDENT[:9])  # type: ignore[union-attr]
    stage.peers[0].transport.write(IDENT[9:])  # type: ignore[union-attr]
    await stage.watch.until(lambda: stage.sink.keys == ["4840d6"])
    assert stage.sink.heard[0].values["callsign"] == "KLM1023"
    stage.peers[0].transport.loseConnection()  # type: ignore[union-attr]
    await stage.watch.until(lambda: stage.sink.states[2:] == ["down", "connecting", "up"])
    stage.peers[1].transport.write(POSITION)  # type: ignore[union-attr]
    await stage.watch.until(lambda: stage.sink.keys == ["4840d6", "40621d"])
    assert stage.sink.stats["messages"] == 2
    assert stage.sink.bytes_in == len(IDENT + POSITION)


async def test_a_refused_port_is_down_with_a_reason(stage: Stage) -> None:
    port = await stage.receiver()
    await stage.ports.pop().stopListening()
    stage.feed(f"home=beast@tcp:127.0.0.1:{port}", retry=100.0)
    await stage.watch.until(lambda: stage.sink.state == "down")
    assert stage.sink.whys[-1] == "it refused the connection; next try in 100 s"


async def test_several_senders_deliver_at_once_each_with_a_decoder_of_its_own(stage: Stage) -> None:
    service = stage.feed("home=beast@listen:tcp:0")
    assert service.port.getHost().host == "127.0.0.1"
    assert stage.sink.whys == ["no sender has connected"]
    number = service.port.getHost().port
    one, two = await stage.sender(number), await stage.sender(number)
    await stage.watch.until(lambda: stage.sink.whys[-1] == "2 senders")
    one.transport.write(IDENT[:12])  # type: ignore[union-attr]
    two.transport.write(POSITION)  # type: ignore[union-attr]
    await stage.watch.until(lambda: stage.sink.keys == ["40621d"])
    one.transport.write(IDENT[12:])  # type: ignore[union-attr]
    await stage.watch.until(lambda: stage.sink.keys == ["40621d", "4840d6"])
    one.transport.loseConnection()  # type: ignore[union-attr]
    await stage.watch.until(lambda: stage.sink.whys[-1] == "1 sender")
    assert stage.sink.stats["messages"] == 2


async def test_one_sender_too_many_is_closed_and_counted(stage: Stage) -> None:
    service = stage.feed("home=beast@listen:tcp:0?senders=1")
    number = service.port.getHost().port
    await stage.sender(number)
    await stage.watch.until(lambda: stage.sink.state == "up")
    await (await stage.sender(number)).gone
    assert stage.sink.stats["refused"] == 1
    assert stage.sink.whys[-1] == "1 sender"


async def test_stopping_a_listener_cuts_its_senders_and_frees_the_port(stage: Stage) -> None:
    service = stage.feed("home=beast@listen:tcp:0")
    number = service.port.getHost().port
    sender = await stage.sender(number)
    await stage.watch.until(lambda: stage.sink.state == "up")
    await service.stopService()
    assert stage.sink.state == "down"
    await sender.gone
    stage.feed(f"home=beast@listen:tcp:{number}")


async def test_a_port_in_use_is_one_sentence(stage: Stage) -> None:
    number = await stage.receiver()
    service = make_feed(parse_feed(f"roof:home=beast@listen:tcp:{number}"), stage.sink, stage.reactor)
    with pytest.raises(
        FeedError, match=rf"^Feed roof cannot listen on 127.0.0.1 port {number}: Address already in use"
    ):
        service.startService()
    assert stage.sink.state == "failed"
    assert not service.running
    await service.stopService()


async def test_at_full_speed_no_frame_is_lost_or_called_malformed(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = need_data("toulouse.beast").read_bytes()
    largest = 0
    received = FeedProtocol.dataReceived

    def measured(protocol: FeedProtocol, data: bytes) -> None:
        nonlocal largest
        largest = max(largest, len(data))
        received(protocol, data)

    monkeypatch.setattr(FeedProtocol, "dataReceived", measured)
    service = stage.feed("home=beast@listen:tcp:0?receiver=43.63,1.37")
    sender = await stage.sender(service.port.getHost().port)
    sender.transport.write(recording)  # type: ignore[union-attr]
    sender.transport.loseConnection()  # type: ignore[union-attr]
    await sender.gone
    await stage.watch.until(lambda: stage.sink.states[-2:] == ["up", "connecting"])
    stats = stage.sink.stats
    assert stage.sink.bytes_in == len(recording)
    assert len(stage.sink.heard) == stats["messages"]
    not_lost = ("messages", "crc_failed", "unknown_address", "doubtful", "unknown_df", "unused")
    assert sum(stats.get(reason, 0) for reason in not_lost) == 71_939
    assert stats["malformed"] == 0
    assert largest <= READ_SIZE  # a backlog is taken in pieces, others have their turns between
    assert len(set(stage.sink.keys)) >= 13  # that many identify themselves by a squitter


def test_pauses_grow_and_are_never_the_same() -> None:
    policy = jittered()
    assert 1.0 <= policy(0) <= 3.0
    assert 30.0 <= policy(50) <= 32.0
    assert len({policy(3) for _ in range(5)}) == 5
