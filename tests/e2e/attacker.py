"""Somebody who means harm, on real sockets, and what it costs the server to bear with him."""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from websockets.sync.client import connect

from tests.daemon import Server
from tests.rooms.peers import frames

__all__ = ["Bounds", "Raw", "assert_healthy", "raw", "request"]

MIB = 2**20
_KEY = b"AAAAAAAAAAAAAAAAAAAAAA=="


def request(path: str, *lines: str, method: str = "GET", host: str = "127.0.0.1") -> bytes:
    """A request's head."""
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {host}", *lines, "", ""]).encode("latin-1")


class Raw:
    """One TCP connection that says what it is told to say."""

    def __init__(self, server: Server) -> None:
        self._socket = socket.create_connection(("127.0.0.1", server.port), 10)
        self.got = b""

    def send(self, data: bytes) -> bool:
        """Send it all; false where the server would take no more of it."""
        try:
            self._socket.sendall(data)
        except OSError:
            return False
        return True

    def read(self, seconds: float = 10.0) -> bytes:
        """All that comes until the server ends the connection, or nothing comes for so long."""
        self._socket.settimeout(seconds)
        with suppress(OSError):
            while data := self._socket.recv(65536):
                self.got += data
        return self.got

    def until(self, wanted: bytes, seconds: float = 10.0) -> bytes:
        """All that came, once this is in it.

        :raises AssertionError: the connection ended, or it did not come.
        """
        self._socket.settimeout(seconds)
        while wanted not in self.got:
            data = self._socket.recv(65536)
            assert data, self.got[-500:]
            self.got += data
        return self.got

    def ended(self, seconds: float) -> bool:
        """Whether the server ends the connection within so long."""
        self._socket.settimeout(seconds)
        try:
            while data := self._socket.recv(65536):
                self.got += data
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def upgrade(self, room: str = "attacked", protocol: str = "", deflate: bool = False) -> Raw:
        """Become a member."""
        lines = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines.append("Sec-WebSocket-Key: " + _KEY.decode())
        lines += [f"Sec-WebSocket-Protocol: {protocol}"] if protocol else []
        lines += ["Sec-WebSocket-Extensions: permessage-deflate"] if deflate else []
        self.send(request(f"/ws/tracker/{room}/", *lines))
        head = self.until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        self.got = head.partition(b"\r\n\r\n")[2]
        return self

    def close_code(self) -> int | None:
        """The code of the server's close frame, where it sent one: read to the end first."""
        with suppress(AssertionError, IndexError):
            last = frames(self.got)[-1]
            return int.from_bytes(last[:2], "big")
        return None

    def status(self) -> int:
        """Of the one HTTP answer that came."""
        assert self.got.count(b"HTTP/1.1 ") == 1, self.got
        return int(self.got.split()[1])

    def close(self) -> None:
        self._socket.close()


@contextmanager
def raw(server: Server) -> Iterator[Raw]:
    attacker = Raw(server)
    try:
        yield attacker
    finally:
        attacker.close()


def assert_healthy(server: Server) -> None:
    """Others are served: a member is heard by another, and the API answers."""
    with connect(server.room("healthy")) as watcher, connect(server.room("healthy")) as publisher:
        publisher.send('{"flight": "RYR12AB", "lat": 52.3}')
        assert json.loads(watcher.recv(10)) == {"data": {"flight": "RYR12AB", "lat": 52.3}}
    with urllib.request.urlopen(server.http + "/healthz", timeout=10) as answer:
        assert answer.read() == b"ok\n"


class Bounds:
    """What the attacks of one server cost it, each held against its bound."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.rows: list[str] = []

    def _peak(self) -> int:
        status = Path(f"/proc/{self.server.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) * 1024

    @contextmanager
    def within(self, what: str, *, mib: float, cpu: float) -> Iterator[None]:
        """Bear an attack, serve others, and have taken no more.

        :param mib: MiB by which the most memory that was resident may be over what was before.
        :param cpu: seconds of the processor.
        """
        server = self.server
        Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # the peak is that of now again: proc(5)
        memory, spent, said = server.memory(), server.cpu(), len(server.output)
        yield
        assert_healthy(server)
        grown, took = (self._peak() - memory) / MIB, server.cpu() - spent
        self.rows.append(f"{what:32} {grown:6.1f} of {mib:4.0f} MiB {took:6.2f} of {cpu:4.1f} s")
        assert grown <= mib, f"{what}: {grown:.1f} MiB"
        assert took <= cpu, f"{what}: {took:.2f} s of the processor"
        lines = server.output[said:]
        assert "Traceback" not in "".join(lines), lines
        assert len(lines) < 50, "an attack fills the log"
