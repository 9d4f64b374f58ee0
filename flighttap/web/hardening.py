"""What twisted.web does not bound of requests: the size of a body, connections and work of an address.

* A body is at most :attr:`HardenedSite.body_cap` bytes, chunked or not: 413.
* An address has at most so many connections. Of what comes through a trusted
  proxy each request counts for its own caller.
* What is answered under ``/api/`` may take so much of the processor's time for an
  address: more is 429 until it has waited.

What is bounded of a single connection stands in channel.py.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address as TCP4
from twisted.internet.address import IPv6Address as TCP6
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.web import http
from twisted.web.error import UnsupportedMethod
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request, Site

from flighttap.rooms.rates import ConnectionCap, Rates, address_key
from flighttap.web.answers import SECURITY_HEADERS, refuse
from flighttap.web.channel import HardenedChannel
from flighttap.web.forwarded import NOBODY, TrustedProxies

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IReactorTime
    from twisted.python.failure import Failure

__all__ = ["HardenedSite", "HubRequest"]

WEIGHED = b"/api/"
"""Where requests are weighed by what they cost: what is elsewhere is made once for everybody."""

WORK_BURST = 5.0
"""Seconds of processor time that requests of a quiet address may take at once."""

CAPPED_AGAIN = 60.0
"""Seconds until it is logged again that an address has too many connections."""

CROWDED_RETRY = 5.0
"""Seconds after which an address that has all its connections may try again."""


class HubRequest(Request):
    """A request whose answers all carry the security headers and whose faults stay here."""

    channel: HardenedChannel
    transport: Any
    _log = Logger()
    _received = 0

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > self.channel.site.body_cap:
            self.channel.refuse_body()
        else:
            super().handleContentChunk(data)

    def process(self) -> None:
        channel = self.channel
        for name, value in channel.site.headers:
            self.setHeader(name, value)
        if channel.proxied:
            # RFC 9110, 7.6.3. Where a proxy forwards nothing of its caller, this alone tells it from a local program.
            self.requestHeaders.addRawHeader(b"Via", b"1.1 proxy")
            if not channel.enter(address_key(self.getClientAddress())):
                refuse(self, 429, "rate_limited", "This address has too many connections.", retry_after=CROWDED_RETRY)
                return
        super().process()

    def getClientAddress(self) -> IAddress:
        """Whoever asks: the other end of the connection, or what a trusted proxy says of it."""
        peer: IAddress = super().getClientAddress()
        if self.channel is None or not self.channel.proxied:
            return peer
        host = self.channel.site.proxies.caller(self._values(b"x-forwarded-for"))
        if host is None:
            return peer
        return TCP6("TCP", host, 0) if ":" in host else TCP4("TCP", host, 0)

    def isSecure(self) -> bool:
        """Whether whoever asks uses TLS, up to a trusted proxy or up to here."""
        channel = self.channel
        if channel is not None and channel.proxied and TrustedProxies.secure(self._values(b"x-forwarded-proto")):
            return True
        return bool(super().isSecure())

    def _values(self, name: bytes) -> list[str]:
        return [value.decode("latin-1") for value in self.requestHeaders.getRawHeaders(name) or ()]

    def render(self, resrc: IResource) -> None:
        self.responseHeaders.removeHeader(b"server")
        channel = self.channel
        transport = channel.transport
        site, peer = channel.site, self.getClientAddress()
        weighed = self.path.startswith(WEIGHED) and address_key(peer) is not None
        if weighed and (debt := site.spent.of(peer, site.clock.seconds()).debt(site.clock.seconds())) > 0:
            refuse(self, 429, "rate_limited", "This address asks for too much: wait a moment.", retry_after=debt)
            return
        began = site.stopwatch()
        try:
            body = resrc.render(self)
        except UnsupportedMethod as fault:
            methods: list[bytes] = sorted(fault.allowedMethods)
            allow = [method.decode("ascii") for method in methods]
            refuse(self, 405, "method_not_allowed", "That method means nothing here.", allow=allow)
            return
        finally:
            if channel.transport is None and transport is not None:
                channel.taken_over(transport)
            if weighed:
                site.spent.of(peer, site.clock.seconds()).take(site.stopwatch() - began)
        if body is not NOT_DONE_YET:
            self.setHeader(b"Content-Length", b"%d" % len(body))
            self.write(b"" if self.method == b"HEAD" else body)
            self.finish()

    def processingFailed(self, reason: Failure) -> Failure:
        self._log.failure("no answer for {path}", failure=reason, path=repr(self.path), event_id="http.failed")
        if self.startedWriting or self.channel is None or self.channel.transport is None:
            if self.transport is not None:
                self.transport.abortConnection()
        else:
            refuse(self, 500, "internal", "Something went wrong here; it is in the server's log.")
        return reason


class _TurnedAway(Protocol):
    """A connection too many."""

    def connectionMade(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()


class HardenedSite(Site):
    """A Site of :class:`HardenedChannel`, HTTP/1.1 only.

    :param reactor: the clock of every deadline.
    :param header_deadline: seconds.
    :param body_cap: bytes.
    :param connections_per_address: 0 for no limit.
    :param idle: seconds without a request after which a kept connection is closed.
    :param headers: sent with every answer.
    :param proxies: whose word on who asks is believed.
    :param work: the share of the processor's time that an address's requests may take; 0 for no limit.
    :param stopwatch: processor seconds, to learn what a request costs.
    :ivar ended: connections that are gone, and behind proxies requests that are over.
    :ivar capped: connections turned away since their address had all it may have.
    """

    _log = Logger()
    protocol = HardenedChannel  # type: ignore[assignment]
    requestFactory = HubRequest
    displayTracebacks = False

    def __init__(
        self,
        root: IResource,
        *,
        reactor: IReactorTime,
        header_deadline: float,
        body_cap: int,
        connections_per_address: int,
        idle: float = 60.0,
        headers: tuple[tuple[bytes, bytes], ...] = SECURITY_HEADERS,
        proxies: TrustedProxies = NOBODY,
        work: float = 0.0,
        stopwatch: Callable[[], float] = time.thread_time,
    ) -> None:
        super().__init__(root, timeout=idle, reactor=reactor, parsePOSTFormSubmission=False)
        self.header_deadline = header_deadline
        self.headers = headers
        self.proxies = proxies
        self.body_cap = body_cap
        self.cap = ConnectionCap(connections_per_address)
        self.clock = reactor
        self.stopwatch = stopwatch
        self.spent = Rates(work, WORK_BURST)
        self.ended = 0
        self.capped = 0
        self._capped_again = 0.0

    def buildProtocol(self, addr: IAddress | None) -> Any:
        if self.proxies.trusts(addr):
            proxied: HardenedChannel = super().buildProtocol(addr)
            proxied.proxied = True
            return proxied
        key = address_key(addr)
        if not self.cap.enter(key):
            self.capped += 1
            if self.clock.seconds() >= self._capped_again:  # a flood of connections is none of lines in the log
                self._capped_again = self.clock.seconds() + CAPPED_AGAIN
                self._log.info("{address} has too many connections", address=key, event_id="http.capped")
            return _TurnedAway()
        channel: HardenedChannel = super().buildProtocol(addr)
        channel.left = partial(self.leave, key)
        return channel

    def leave(self, key: str | None) -> None:
        """A connection of this address is gone, or behind a proxy a request of it over."""
        self.ended += 1
        self.cap.leave(key)

    def getContentFile(self, length: int | None) -> BytesIO:
        """Bodies are small: they stay in memory."""
        return BytesIO()

    def acceptableProtocols(self) -> list[bytes]:
        return [b"http/1.1"]

    def startFactory(self) -> None:
        """No access log file and no timer for its dates: requests are debug events."""

    def stopFactory(self) -> None:
        """Nothing was opened."""

    def log(self, request: http.Request) -> None:
        """Write no line a request: twistd's log keeps every event, and a receiver's disk is an SD card."""
