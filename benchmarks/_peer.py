"""A WebSocket client on a bare socket, which reads only when it is told to and costs next to nothing (RFC 6455).

It is for measuring a server of ours and for nothing else: it trusts what that server says.
"""

from __future__ import annotations

import base64
import os
import select
import socket
import time
from collections.abc import Iterator

__all__ = ["V1", "V1_BINARY", "Peer", "framed"]

V1 = "flighttap.v1.json"
V1_BINARY = "flighttap.v1.bin"

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
_READ = 1 << 18


def framed(payload: bytes, first: int = _TEXT) -> bytes:
    """A client's frame around fewer than 64 KiB, a text message unless told otherwise."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2)
    return bytes((first,)) + length + bytes(4) + payload  # a mask of zeros changes nothing


class Peer:
    """One connection.

    :param subprotocol: none for tutorial mode.
    :param query: options of tutorial mode, such as ``echo=0``.
    :param holds: bytes that the kernel may keep for a reader that does not read; the kernel's choice if none.
    :ivar bytes_in: read so far, after the handshake.
    """

    def __init__(self, port: int, room: str, subprotocol: str = "", query: str = "", holds: int | None = None) -> None:
        self.socket = socket.socket()
        self.bytes_in = 0
        self._buffer = b""
        if holds is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, holds)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [
            f"GET /ws/tracker/{room}/{'?' + query if query else ''} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self._upgraded()

    def _upgraded(self) -> None:
        """Read the answer byte by byte, so that nothing behind it is."""
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            byte = self.socket.recv(1)
            if not byte:
                break
            answer += byte
        if not answer.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(f"no WebSocket: {answer.splitlines()[:1]}")

    def send(self, payload: bytes) -> None:
        """Send one text message; waits while the server takes nothing."""
        self._send(_TEXT, payload)

    def _send(self, first: int, payload: bytes) -> None:
        self.socket.sendall(framed(payload, first))

    def messages(self) -> list[bytes]:
        """What has come, without waiting; pings are answered.

        :raises ConnectionError: the server closed.
        """
        try:
            data = os.read(self.socket.fileno(), _READ)  # recv() would wait for as long as a send may take
        except BlockingIOError:
            return []
        if not data:
            raise ConnectionError("the server closed the connection")
        self.bytes_in += len(data)
        self._buffer += data
        return list(self._cut())

    def _cut(self) -> Iterator[bytes]:
        buffer, place = self._buffer, 0
        while len(buffer) >= place + 2:
            size, start = buffer[place + 1], place + 2
            if size >= 126:
                wide = 2 if size == 126 else 8
                if len(buffer) < start + wide:
                    break
                size, start = int.from_bytes(buffer[start : start + wide]), start + wide
            if len(buffer) < start + size:
                break
            first, payload = buffer[place], buffer[start : start + size]
            place = start + size
            if first in (_TEXT, _BINARY):
                yield payload
            elif first == _PING:
                self._send(_PONG, payload)
            elif first == _CLOSE:
                raise ConnectionError(f"the server closed with {int.from_bytes(payload[:2])}")
        self._buffer = buffer[place:]

    def wait(self, seconds: float) -> list[bytes]:
        """The next messages; none when nothing came in time."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0] and (messages := self.messages()):
                return messages
        return []

    def close(self) -> None:
        """Leave without a word."""
        self.socket.close()
