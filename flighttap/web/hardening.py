"""What twisted.web does not bound: time to send a request, size of a body, connections of an address.

* A request's headers must be complete :attr:`HardenedSite.header_deadline` seconds
  after the connection opened (for a later request: after its first byte), its
  body :data:`BODY_DEADLINE` later, however steadily bytes drip in.
* A body is at most :attr:`HardenedSite.body_cap` bytes, chunked or not: 413.
* Header bytes that Twisted and Autobahn split differently, two ``Host``,
  ``Origin`` or ``Content-Type`` headers, and bytes outside ASCII in the target
  are refused with 400 before any resource sees them.
* An address has at most so many connections; one that became a WebSocket
  counts until it is lost, and nothing else here touches it after the upgrade.
  Of what comes through a trusted proxy each request counts for its own caller.
* What is answered under ``/api/`` may take so much of the processor's time for an
  address: more is 429 until it has waited.
* A peer that asks on and on without reading the answers is closed, and of
  requests sent in one go each waits for a turn of the reactor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from twisted.internet.address import IPv4Address as TCP4
from twisted.internet.address import IPv6Address as TCP6
from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.policies import ProtocolWrapper
from twisted.web import http
from twisted.web.error import UnsupportedMethod
from twisted.web.http import RESPONSES, HTTPChannel
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request, Site

from flighttap.rooms.rates import ConnectionCap, Rates, address_key
from flighttap.web.answers import SECURITY_HEADERS, STALL, error_body, refuse
from flighttap.web.forwarded import NOBODY, TrustedProxies

if TYPE_CHECKING:
    from twisted.internet.interfaces import IAddress, IDelayedCall, IReactorTime
    from twisted.python.failure import Failure

__all__ = ["HardenedChannel", "HardenedSite", "HubRequest"]

BODY_DEADLINE = 30.0
"""Seconds for a body, from the end of its headers."""

WEIGHED = b"/api/"
"""Where requests are weighed by what they cost: what is elsewhere is made once for everybody."""

WORK_BURST = 5.0
"""Seconds of processor time that requests of a quiet address may take at once."""

CAPPED_AGAIN = 60.0
"""Seconds until it is logged again that an address has too many connections."""

LINGER = 2.0
"""Seconds in which a refused peer may read why, before its connection is cut."""

PAUSE = 1.0
"""Seconds by which a deadline must be called late to count as a pause of our own; and how long it is then put off."""

CROWDED_RETRY = 5.0
"""Seconds after which an address that has all its connections may try again."""

_BAD_IN_VALUE = bytes({*range(0x20), 0x7F, 0x85} - {0x09})
_ONCE = (b"host", b"origin", b"content-type")
_LENGTH_DIGITS = 18
_CHUNK_OVERHEAD = 8


class HardenedChannel(HTTPChannel):
    """One connection, until a WebSocket takes it over."""

    maxHeaders = 100
    site: HardenedSite
    transport: Any
    left: Callable[[], None] | None = None
    """Called once, when the connection is lost; behind a proxy, when the request is over."""
    proxied = False
    """Whether the peer is a trusted proxy: then its headers say who asks."""

    _deadline: IDelayedCall | None = None
    _next: IDelayedCall | None = None
    _heard = False
    _refused = False
    _raw = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        self._arm(self.site.header_deadline, self._too_slow)

    def dataReceived(self, data: bytes) -> None:
        if self._refused:
            return
        self._heard = True
        if self._deadline is None and not self._handlingRequest:
            self._arm(self.site.header_deadline, self._too_slow)
        super().dataReceived(data)

    def lineLengthExceeded(self, line: bytes) -> None:
        self._refuse(431, "too_big", "A line of the request is too long.")

    def headerReceived(self, line: bytes) -> bool:
        name, _, value = line.partition(b":")
        if value.translate(None, _BAD_IN_VALUE) != value:
            self._refuse(400, "bad_request", "A header holds bytes that no header may hold.")
            return False
        if name.lower() == b"transfer-encoding" and value.strip(b" \t").lower() != b"chunked":
            self._refuse(400, "bad_request", "A body may be chunked, and coded in no other way.")
            return False
        if name.lower() == b"content-length" and len(value.strip()) > _LENGTH_DIGITS:
            self.refuse_body()
            return False
        return bool(super().headerReceived(line))

    def allHeadersReceived(self) -> None:
        headers = self.requests[-1].requestHeaders
        hosts = len(headers.getRawHeaders(b"host") or ())
        if any(len(headers.getRawHeaders(name) or ()) > 1 for name in _ONCE) or (
            self._version == b"HTTP/1.1" and hosts != 1
        ):
            self._refuse(400, "bad_request", "A request needs one Host and at most one Origin and Content-Type.")
        elif max(self._path) > 0x7E or not self._path.startswith(b"/"):  # Twisted answers "*" itself, and says its name
            self._refuse(400, "bad_request", "The target must be a path, percent-encoded where need be.")
        elif self.length is not None and self.length > self.site.body_cap:
            self.refuse_body()
        else:
            self._raw = 0
            if self.length != 0:
                self._arm(BODY_DEADLINE, self._too_slow)
            super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        if not self._handlingRequest:
            self._raw += len(data)
            if self.length is None and self._raw > _CHUNK_OVERHEAD * self.site.body_cap:
                self.refuse_body()
                return
        super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        if not self._refused:
            self._disarm()
            super().allContentReceived()

    def requestDone(self, request: Request) -> None:
        if self._waitingForTransport and (self._buffer or self._dataBuffer):
            self.persistent = 0
        elif self.persistent and (
            self._buffer or self._dataBuffer
        ):  # the next request is for the next turn, when others had theirs
            self.paused = True
            self._next = self.callLater(0, self._go_on)
        if self.proxied:
            self._leave()
        super().requestDone(request)
        if self.paused:
            self._networkProducer.pauseProducing()
        if not self.persistent:
            self._arm(STALL, self._abort)

    def _go_on(self) -> None:
        self._next = None
        self.paused = False
        self.dataReceived(b"")
        if self._next is None and not self._waitingForTransport and self.transport is not None:
            self._networkProducer.resumeProducing()

    def timeoutConnection(self) -> None:
        self.setTimeout(None)
        self._arm(LINGER, self._abort)
        self.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._disarm()
        if self._next is not None:
            self._next.cancel()
            self._next = None
        super().connectionLost(reason)
        self._leave()

    def refuse_body(self) -> None:
        """Answer 413: the body is, or says that it will be, over the cap."""
        self._refuse(413, "too_big", f"A body may have at most {self.site.body_cap} bytes.")

    def taken_over(self, transport: Any) -> None:
        """A resource moved the transport to another protocol: count until that one is told of the loss."""
        self._disarm()
        self.requests = []
        protocol = _protocol_of(transport)
        protocol.connectionLost = partial(_lost, self.left, protocol.connectionLost)
        self.left = None

    def enter(self, key: str | None) -> bool:
        """Count a request that came through a proxy for its caller, unless that one has all it may have."""
        cap = self.site.cap
        if not cap.enter(key):
            return False
        self.left = partial(cap.leave, key)
        return True

    def _leave(self) -> None:
        left, self.left = self.left, None
        if left is not None:
            left()

    def _arm(self, seconds: float, then: Callable[[], None]) -> None:
        self._disarm()
        self._deadline = self.callLater(seconds, then)

    def _disarm(self) -> None:
        deadline, self._deadline = self._deadline, None
        if deadline is not None and deadline.active():
            deadline.cancel()

    def _too_slow(self) -> None:
        due = self._deadline
        if due is not None and self.site.reactor.seconds() - due.getTime() > PAUSE:
            # This process stood still: what came meanwhile waits to be read, and timers are called before that.
            self._arm(PAUSE, self._too_slow)
        elif self._heard:
            self._refuse(408, "too_slow", "The request took too long to arrive.")
        else:
            self.timeoutConnection()

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abortConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        self._refuse(400, "bad_request", "The request is malformed.")

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer once, then take no more: bytes still coming are dropped until the peer has read why."""
        if self._refused or self.transport is None:
            return
        self._refused = True
        content_type, body = error_body(getattr(self, "_path", b""), status, code, message)
        head = [
            b"HTTP/1.1 %d %s" % (status, RESPONSES.get(status, b"Refused")),
            b"Connection: close",
            b"Content-Type: " + content_type,
            b"Content-Length: %d" % len(body),
            b"Cache-Control: no-store",
            *(name + b": " + value for name, value in self.site.headers),
        ]
        self.transport.write(b"\r\n".join(head) + b"\r\n\r\n" + body)
        self.setTimeout(None)
        self._buffer = b""
        self._arm(LINGER, self._abort)
        half_closes = IHalfCloseableDescriptor.providedBy(self.transport) and not self.isSecure()
        if half_closes:
            self.transport.loseWriteConnection()
        else:
            self.loseConnection()


def _protocol_of(transport: Any) -> Any:
    """The protocol that reads from a transport, behind TLS too."""
    if isinstance(transport, ProtocolWrapper):
        return transport.wrappedProtocol
    if isinstance(transport.protocol, ProtocolWrapper):
        return transport.protocol.wrappedProtocol
    return transport.protocol


def _lost(left: Callable[[], None] | None, then: Callable[[Failure], None], reason: Failure) -> None:
    if left is not None:
        left()
    then(reason)


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
        channel.left = partial(self.cap.leave, key)
        return channel

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
