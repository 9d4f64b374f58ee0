"""What twisted.web does not bound of a connection: time to send a request, its headers, how much is asked unread.

* A request's headers must be complete ``header_deadline`` seconds after the
  connection opened (for a later request: after its first byte), its body
  :data:`BODY_DEADLINE` later, however steadily bytes drip in.
* Header bytes that Twisted and Autobahn split differently, two ``Host``,
  ``Origin`` or ``Content-Type`` headers, and bytes outside ASCII in the target
  are refused with 400 before any resource sees them.
* One that became a WebSocket counts as a connection of its address until it is
  lost, and nothing else here touches it after the upgrade.
* A peer that asks on and on without reading the answers is closed, and of
  requests sent in one go each waits for a turn of the reactor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IHalfCloseableDescriptor
from twisted.internet.protocol import connectionDone
from twisted.protocols.policies import ProtocolWrapper
from twisted.web.http import RESPONSES, HTTPChannel
from twisted.web.server import Request

from flighttap.web.answers import STALL, error_body

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall
    from twisted.python.failure import Failure

    from flighttap.web.hardening import HardenedSite

__all__ = ["HardenedChannel"]

BODY_DEADLINE = 30.0
"""Seconds for a body, from the end of its headers."""

LINGER = 2.0
"""Seconds in which a refused peer may read why, before its connection is cut."""

PAUSE = 1.0
"""Seconds by which a deadline must be called late to count as a pause of our own; and how long it is then put off."""

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
        if not self.site.cap.enter(key):
            return False
        self.left = partial(self.site.leave, key)
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
