"""One WebSocket to one room: the Autobahn protocol, and what its end means.

Everything with a deadline is the :class:`~flighttap.client.link.Link`'s, on its
clock: Autobahn's own timers run on the global reactor and are turned off.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, Protocol

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)
from twisted.internet.error import (
    ConnectError,
    ConnectionRefusedError,
    DNSLookupError,
    NoRouteError,
    TimeoutError,
    UnknownHostError,
)
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from flighttap.client.address import Address
from flighttap.client.errors import Unreachable
from flighttap.client.refusals import close_meaning, closed_for_good
from flighttap.errors import FlighttapError

__all__ = [
    "SUBPROTOCOL",
    "Ending",
    "RoomFactory",
    "RoomProtocol",
    "Session",
    "ending_of",
    "tls_problem",
    "why_not_connected",
]

SUBPROTOCOL = "flighttap.v1.json"

_LARGEST = 16 * 1024 * 1024
"""Bytes that one message of a server may have, after inflation: far above what one sends."""

_AGAIN_LATER = {408, 425, 429, 500, 502, 503, 504}


class Session(Protocol):
    """What a connection tells its owner."""

    def connected(self, protocol: RoomProtocol) -> None:
        """There is a connection, though no WebSocket yet."""

    def heard(self) -> None:
        """Bytes came."""

    def opened(self, protocol: RoomProtocol) -> None:
        """The upgrade is done."""

    def received(self, protocol: RoomProtocol, payload: bytes) -> None:
        """A whole message came."""

    def closing(self, protocol: RoomProtocol) -> None:
        """The server has said that it closes."""

    def closed(self, protocol: RoomProtocol, ending: Ending) -> None:
        """The connection is gone; always the last call."""


class Ending:
    """Why a connection ended.

    :param why: a clause for a sentence, such as ``the room is full (4504 room_full)``.
    :param error: set where trying again would be pointless.
    :param wait: seconds that the server asked to wait, 0 where it did not.
    """

    __slots__ = ("error", "wait", "why")

    def __init__(self, why: str, error: FlighttapError | None = None, wait: float = 0.0) -> None:
        self.why = why
        self.error = error
        self.wait = wait


class RoomProtocol(WebSocketClientProtocol):
    """Tells a :class:`Session` what happens on one connection."""

    _log = Logger()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._tls_problem: str | None = None

    def connectionMade(self) -> None:
        self._session.connected(self)
        super().connectionMade()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._tls_problem = tls_problem(reason.value)
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        self._session.heard()
        super().dataReceived(data)

    def onOpen(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # not every transport is TCP
            self.transport.setTcpNoDelay(True)
        self._session.opened(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if not isBinary:
            self._session.received(self, payload)

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> Any:
        self._session.closing(self)
        return super().onCloseFrame(code, reasonRaw)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self._session.closed(self, ending_of(self, wasClean, code, reason))

    def abort(self) -> None:
        """Drop the connection at once; :meth:`Session.closed` follows."""
        self.dropConnection(abort=True)


class RoomFactory(WebSocketClientFactory):
    """Makes the protocol of one connection."""

    noisy = False

    def __init__(self, address: Address, session: Session, reactor: Any, headers: Mapping[str, str]) -> None:
        super().__init__(
            address.websocket,
            protocols=[SUBPROTOCOL],
            useragent="flighttap",
            headers=dict(headers),
            reactor=reactor,
        )
        self._session = session
        self.setProtocolOptions(
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
            serverConnectionDropTimeout=0,
            failByDrop=False,
            maxMessagePayloadSize=_LARGEST,
            perMessageCompressionOffers=[PerMessageDeflateOffer(request_no_context_takeover=True)],
            perMessageCompressionAccept=_accept_deflate,
        )

    def buildProtocol(self, addr: IAddress | None) -> RoomProtocol:
        protocol = RoomProtocol(self._session)
        protocol.factory = self
        return protocol


def _accept_deflate(response: Any) -> Any:
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)
    return None


def ending_of(protocol: RoomProtocol, clean: bool, code: int | None, reason: str | None) -> Ending:
    """What the end of a connection means: 4000-4499 and everything unforeseen may pass, 4500-4999 do not."""
    if protocol._tls_problem is not None:
        return Ending(protocol._tls_problem)
    status = _status(protocol)
    if status not in (None, 101):
        return _http_ending(status or 0, protocol)
    if not clean or code is None or code == 1006:
        return Ending("the connection was lost")
    return Ending(f"the server closed it: {close_meaning(code, reason)}", closed_for_good(code, reason))


def why_not_connected(failure: Failure, address: Address) -> Ending:
    """What it means that no connection came about."""
    where = address.netloc
    if failure.check(ConnectionRefusedError):
        why = f"nothing answers at {where} (connection refused)"
    elif failure.check(DNSLookupError, UnknownHostError):
        why = f"there is no host named {address.host}"
    elif failure.check(NoRouteError):
        why = f"there is no way to {where} from here"
    elif failure.check(TimeoutError):
        why = f"{where} did not answer in time"
    elif failure.check(ConnectError, OSError):
        why = f"no connection to {where} ({failure.getErrorMessage().rstrip('.')})"
    else:
        why = f"no connection to {where} ({failure.type.__name__ if failure.type else 'unknown'})"
    return Ending(why)


def tls_problem(error: BaseException | None) -> str | None:
    """A clause about what went wrong with TLS, ``None`` for an error of another kind.

    OpenSSL's errors are lists of (library, function, reason): the last reason says it.
    """
    if error is None or not type(error).__module__.startswith(("OpenSSL", "service_identity")):
        return None
    told = error.args[0] if error.args else None
    last = told[-1] if isinstance(told, list) and told else told
    reason = last[-1] if isinstance(last, tuple) and last else last
    return f"no TLS connection with it could be made ({reason or type(error).__name__})"


def _status(protocol: RoomProtocol) -> int | None:
    line = getattr(protocol, "http_status_line", None)
    if line is None:
        return None
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[1].isascii() and words[1].isdigit() else 0


def _http_ending(status: int, protocol: RoomProtocol) -> Ending:
    why = f"the server answered {status} instead of opening a WebSocket"
    if status in _AGAIN_LATER:
        after = str(protocol.http_headers.get("retry-after", "")).strip()
        return Ending(why, wait=min(float(after), 300.0) if after.isascii() and after.isdigit() else 0.0)
    advice = {
        0: "Is it a web server at all?",
        400: "It does not take what this version of flighttap says.",
        403: "It does not allow this from here.",
        404: "Is a flighttap there, and does it have this room?",
    }.get(status, "Is a flighttap there?")
    return Ending(
        why, Unreachable(f"{protocol.factory.url} answered {status} instead of opening a WebSocket. {advice}")
    )
