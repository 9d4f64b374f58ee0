"""What is agreed on before a connection is open: the subprotocol and the compression, or that it is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.logger import Logger

from flighttap.wire.json_v1 import JsonV1
from flighttap.ws.admission import ECHO, Admission
from flighttap.ws.quiet import QUIET
from flighttap.ws.reading import ReadingProtocol

__all__ = ["GreetingProtocol"]


class GreetingProtocol(ReadingProtocol):
    """A server's end from the handshake's headers to its answer.

    :ivar admission: set by the resource before the handshake.
    :ivar refusal_headers: set with it: what every HTTP answer carries.
    """

    _log = Logger()
    log = QUIET
    admission: Admission
    refusal_headers: Sequence[tuple[bytes, bytes]] = ()

    @property
    def deflates(self) -> bool:
        """Whether the peer took permessage-deflate."""
        return self._perMessageCompress is not None

    def perMessageCompressionAccept(self, offers: list[Any]) -> PerMessageDeflateOfferAccept | None:
        """Take an offer that lets one deflated message serve every member: no context is kept, the window is whole."""
        if self.admission.encoding != JsonV1.subprotocol and self.admission.room != ECHO:
            return None
        for offer in offers:
            if isinstance(offer, PerMessageDeflateOffer) and offer.request_max_window_bits in (0, 15):
                return PerMessageDeflateOfferAccept(offer, request_no_context_takeover=True, no_context_takeover=True)
        return None

    def failHandshake(self, reason: str, code: int = 400, responseHeaders: object = None) -> None:
        """What the resource let pass and Autobahn does not: refused without its words, which repeat the peer's."""
        if code >= 500:
            self._log.error("a handshake failed: {reason!r}", reason=reason, event_id="connection.fault")
        head = [b"HTTP/1.1 %d Refused" % code, b"Connection: close", b"Content-Length: 0"]
        head += [name + b": " + value for name, value in self.refusal_headers]
        self.sendData(b"\r\n".join([*head, b"", b""]))
        self.dropConnection()

    def onConnect(self, request: ConnectionRequest) -> str | None:
        if not hasattr(self, "admission"):
            raise ConnectionDeny(403, "Connect through the site.")
        return self.admission.encoding or None
