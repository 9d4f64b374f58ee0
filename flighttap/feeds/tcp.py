"""Receivers over TCP: we dial them, or they dial us.

Every connection has a decoder of its own, because half a message, CPR pairs and
known addresses belong to one stream; what they count is added up over all
connections of the feed. What a connection says goes to the hub in the reactor
turn in which it arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred, succeed
from twisted.internet.error import (
    CannotListenError,
    ConnectionDone,
    ConnectionRefusedError,
    DNSLookupError,
    NoRouteError,
    TCPTimedOutError,
    TimeoutError,
    UnknownHostError,
)
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IListeningPort,
    IReactorTCP,
    IReactorTime,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol, ServerFactory, connectionDone
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from flighttap.errors import FeedError
from flighttap.feeds.senders import allowed, tls_context
from flighttap.feeds.sink import Reader, Sink, Tally
from flighttap.feeds.spec import Listen

__all__ = ["BARREN_LIMIT", "READ_SIZE", "DialService", "FeedProtocol", "ListenService"]

BARREN_LIMIT = 256 * 1024
"""Bytes without one message in them after which a peer is taken to speak something else."""


READ_SIZE = 16 * 1024
"""Bytes read in one reactor turn: a receiver that delivers a backlog must not hold up everybody else."""

_WORDS: tuple[tuple[tuple[type[Exception], ...], str], ...] = (
    ((DNSLookupError, UnknownHostError), "its host name is not known"),
    ((TimeoutError, TCPTimedOutError), "it did not answer"),
    ((ConnectionRefusedError,), "it refused the connection"),
    ((NoRouteError,), "there is no way to it"),
)


class FeedProtocol(Protocol):
    """One connection of a feed: bytes to the decoder, observations to the hub.

    It gives up when nothing came for ``silence`` seconds, or when what comes is
    plainly another format.

    :param silence: seconds; 0 waits for ever.
    :ivar closed: fires with the reason, a sentence's part, when the connection is gone.
    :ivar heard: whether any byte came.
    """

    _log = Logger()
    transport: ITCPTransport

    def __init__(self, sink: Sink, reader: Reader, tally: Tally, clock: IReactorTime, silence: float) -> None:
        self.closed: Deferred[str] = Deferred()
        self.heard = False
        self.silent = False
        self._sink = sink
        self._reader = reader
        self._tally = tally
        self._clock = clock
        self._silence = silence
        self._last = 0.0
        self._barren = 0
        self._watch: IDelayedCall | None = None
        self._why = ""

    def connectionMade(self) -> None:
        self._tally.follow(self._reader.stats)
        self.transport.setTcpKeepAlive(True)
        self.transport.bufferSize = READ_SIZE  # type: ignore[attr-defined]  # Twisted's own, in no interface
        self._last = self._clock.seconds()
        if self._silence:
            self._watch = self._clock.callLater(self._silence, self._look)

    def dataReceived(self, data: bytes) -> None:
        at = self._last = self._clock.seconds()
        self.heard = True
        self._sink.bytes_in += len(data)
        observations = self._reader.feed(data, at)
        if observations:
            self._barren = 0
            self._sink.observe(observations)
            return
        self._barren += len(data)
        if self._barren > BARREN_LIMIT:
            self.drop("what it sends has no message of this format in it")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self._watch is not None and self._watch.active():
            self._watch.cancel()
        self._tally.retire(self._reader.stats)
        if not self._why:
            self._why = "it closed the connection" if reason.check(ConnectionDone) else "the connection was lost"
        self.closed.callback(self._why)

    def drop(self, why: str) -> None:
        """Cut the connection and remember why."""
        self._why = self._why or why
        self.transport.abortConnection()

    def _look(self) -> None:
        quiet = self._clock.seconds() - self._last
        if quiet < self._silence:
            self._watch = self._clock.callLater(self._silence - quiet, self._look)
            return
        self.silent = True
        self.drop(f"nothing came for {self._silence:g} s")


class DialService(Service):
    """Keeps one connection to a receiver, with growing pauses after failures.

    :param endpoint: where to connect.
    :param make_reader: makes a decoder for each connection.
    :param retry_policy: number of failures in a row to seconds; a connection
        that brought a byte ends the row.
    """

    _log = Logger()

    def __init__(
        self,
        sink: Sink,
        endpoint: IStreamClientEndpoint,
        make_reader: Callable[[], Reader],
        clock: IReactorTime,
        retry_policy: Callable[[int], float],
        silence: float,
    ) -> None:
        self.setName(f"feed:{sink.name}")
        self._sink = sink
        self._endpoint = endpoint
        self._make_reader = make_reader
        self._clock = clock
        self._retry_policy = retry_policy
        self._silence = silence
        self._tally = Tally()
        self._loop: Deferred[None] | None = None
        self._protocol: FeedProtocol | None = None
        sink.stats = self._tally

    def startService(self) -> None:
        super().startService()
        self._loop = Deferred.fromCoroutine(self._run())
        self._loop.addErrback(self._broke)

    def stopService(self) -> Deferred[None]:
        """Cut the connection, or the wait for one; fires when it is gone."""
        super().stopService()
        loop, self._loop = self._loop, None
        if loop is None:
            return succeed(None)
        if self._protocol is not None:
            self._protocol.drop("stopped")
        else:
            loop.cancel()
        return loop.addCallback(lambda _: self._sink.state_changed("down", "stopped"))

    async def _run(self) -> None:
        failures = 0
        why = ""
        while self.running:
            self._sink.state_changed("connecting", why)
            state, why, heard = await self._connection()
            if not self.running:
                return
            failures = 0 if heard else failures + 1
            pause = self._retry_policy(failures)
            self._sink.state_changed(state, f"{why}; next try in {pause:.0f} s")
            self._log.info(
                "feed {feed} lost: {why}; next try in {pause:.1f} s",
                feed=self._sink.name,
                why=why,
                pause=pause,
                event_id="feed.lost",
            )
            await deferLater(self._clock, pause)

    async def _connection(self) -> tuple[str, str, bool]:
        """One connection from the first SYN to its end.

        :returns: the state after it, why, and whether a byte came.
        """
        protocol = FeedProtocol(self._sink, self._make_reader(), self._tally, self._clock, self._silence)
        try:
            await self._endpoint.connect(_Factory(lambda _: protocol))
        except CancelledError:
            raise
        except Exception as error:  # whatever an endpoint raises, it is a failed try
            self._log.debug("feed {feed}: {error}", feed=self._sink.name, error=error, event_id="feed.unreachable")
            return "down", _in_words(error), False
        self._protocol = protocol
        self._sink.state_changed("up")
        self._log.info("feed {feed} connected", feed=self._sink.name, event_id="feed.connected")
        why = await protocol.closed
        self._protocol = None
        return ("silent" if protocol.silent else "down"), why, protocol.heard

    def _broke(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            self._log.failure("feed {feed} broke", failure, feed=self._sink.name, event_id="feed.broke")
            self._sink.state_changed("failed", "a fault of ours: see the log")


class ListenService(Service):
    """A port where receivers deliver, several at once, each with its own decoder.

    A sender from elsewhere than it may come from, or one too many, is closed at once and counted as ``refused``.

    :param where: which port (0 lets the system choose; :attr:`port` tells) and who may deliver there.
    """

    _log = Logger()

    def __init__(
        self,
        sink: Sink,
        reactor: IReactorTCP,
        make_reader: Callable[[], Reader],
        clock: IReactorTime,
        where: Listen,
    ) -> None:
        self.setName(f"feed:{sink.name}")
        self.port: IListeningPort | None = None
        self._sink = sink
        self._reactor = reactor
        self._make_reader = make_reader
        self._clock = clock
        self._where = where
        self._senders: set[FeedProtocol] = set()
        self._tally = Tally()
        sink.stats = self._tally

    def startService(self) -> None:
        """Listen.

        :raises FeedError: the port cannot be had; one sentence.
        """
        port, interface = self._where.port, self._where.interface
        try:
            self.port = self._listen(_Factory(self._sender))
        except CannotListenError as error:
            why = getattr(error.socketError, "strerror", None) or str(error.socketError)
            self._sink.state_changed("failed", f"cannot listen on port {port}: {why}")
            raise FeedError(f"Feed {self._sink.name} cannot listen on {interface} port {port}: {why}.") from error
        super().startService()
        self._tell()

    def _listen(self, factory: ServerFactory) -> IListeningPort:
        where, wrapped = self._where, factory
        if where.cert:
            from twisted.protocols.tls import TLSMemoryBIOFactory

            context = tls_context(where.cert, where.key, where.ca)
            wrapped = cast("ServerFactory", TLSMemoryBIOFactory(context, False, factory))
        return self._reactor.listenTCP(where.port, wrapped, interface=where.interface)

    def stopService(self) -> Deferred[None]:
        """Stop listening and cut the senders; fires when all are gone."""
        super().stopService()
        return Deferred.fromCoroutine(self._stopped())

    async def _stopped(self) -> None:
        port, self.port = self.port, None
        if port is None:
            return
        await maybeDeferred(port.stopListening)
        gone = [sender.closed for sender in self._senders]
        for sender in tuple(self._senders):
            sender.drop("stopped")
        await DeferredList(gone)
        self._sink.state_changed("down", "stopped")

    def _sender(self, address: IAddress | None) -> FeedProtocol | None:
        """A protocol for a receiver that just connected; ``None`` when it may not, or there are enough."""
        where, why = self._where, ""
        if not allowed(where.allow, getattr(address, "host", "")):
            why = "it may not deliver here"
        elif len(self._senders) >= where.senders:
            why = f"{where.senders} senders are connected already"
        if why:
            self._tally.count("refused")
            self._log.warn(
                "feed {feed} refused {address}: {why}",
                feed=self._sink.name,
                address=address,
                why=why,
                event_id="feed.refused",
            )
            return None
        protocol = FeedProtocol(self._sink, self._make_reader(), self._tally, self._clock, where.silence)
        self._senders.add(protocol)
        self._log.info(
            "feed {feed}: {address} connected", feed=self._sink.name, address=address, event_id="feed.sender"
        )
        protocol.closed.addCallback(self._gone, protocol)
        self._tell()
        return protocol

    def _gone(self, why: str, protocol: FeedProtocol) -> None:
        self._senders.discard(protocol)
        self._log.info("feed {feed}: a sender left: {why}", feed=self._sink.name, why=why, event_id="feed.sender.left")
        if self.running:
            self._tell(why if protocol.silent else "")

    def _tell(self, silence: str = "") -> None:
        count = len(self._senders)
        if count:
            self._sink.state_changed("up", f"{count} sender{'s' if count > 1 else ''}")
        elif silence:
            self._sink.state_changed("silent", silence)
        else:
            self._sink.state_changed("connecting", "no sender has connected")


class _Factory(ServerFactory):
    """Asks somebody else for each protocol."""

    noisy = False

    def __init__(self, make: Callable[[IAddress | None], FeedProtocol | None]) -> None:
        self._make = make

    def buildProtocol(self, addr: IAddress | None) -> FeedProtocol | None:
        return self._make(addr)


def _in_words(error: Exception) -> str:
    """Why a connection could not be made; without the address, which not everybody may see."""
    for kinds, words in _WORDS:
        if isinstance(error, kinds):
            return words
    return "it cannot be reached"
