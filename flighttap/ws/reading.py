"""How a connection reads: plain text messages itself, many at a time, and all else by Autobahn.

Autobahn is handed whatever is not a whole text message in one frame, frame by frame as it comes, and everything before
the handshake is done. So what it checks and answers is as if it read alone. Once the connection is closing it is handed
so many frames as a peer may have had on the way; what comes after them is not looked at.
"""

from __future__ import annotations

from autobahn.twisted.websocket import WebSocketServerProtocol

from flighttap.wire.incoming import HEADER_MOST, frame_size, texts

__all__ = ["ReadingProtocol"]

LATE = 256
"""Frames that are read after our close frame, in search of the peer's."""


class ReadingProtocol(WebSocketServerProtocol):
    """A server's end that is told of text messages by :meth:`texts_received`, of others by ``onMessage``."""

    _late = 0

    def texts_received(self, payloads: list[bytes]) -> None:
        """Some messages came, in this order."""
        raise NotImplementedError

    def dataReceived(self, data: bytes) -> None:
        at, end = 0, len(data)
        while at < end:
            if self.state == self.STATE_CLOSING:
                self._late += self.current_frame is None and not self.data
                if self._late > LATE:
                    return
            elif self.state != self.STATE_OPEN:
                if self.state == self.STATE_CONNECTING:
                    self._dataReceived(data[at:])
                return
            elif self.current_frame is None and not self.data and not self.inside_message:
                payloads, at = texts(data, at, self.maxMessagePayloadSize)
                if payloads:
                    self.texts_received(payloads)
                    continue
            after = at + self._rest_of_frame(data, at)
            self._dataReceived(data[at:after])
            at = after

    def _rest_of_frame(self, data: bytes, at: int) -> int:
        """Bytes that Autobahn still needs of the frame that it is in, or that begins here."""
        if self.current_frame is not None:
            rest: int = self.current_frame.length - self.current_frame_masker.pointer()
            return rest
        size = frame_size(self.data + data[at : at + HEADER_MOST])
        return len(data) if size is None else size - len(self.data)
