"""WebSocket clients that are not ours, driven alike: plain Autobahn, Python's ``websockets``, Node's ``ws``.

Each runs in a process or thread of its own. ``say`` sends texts, ``got`` holds the
texts that came, in order.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Protocol

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.daemon import until
from tests.needs import missing, need_node, need_npm

__all__ = ["AutobahnPeer", "NodePeer", "Peer", "WebsocketsPeer", "need_node_ws"]

WS = "ws@8.18"

_AUTOBAHN = """
import sys
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import reactor, stdio
from twisted.protocols.basic import LineOnlyReceiver

class Lines(LineOnlyReceiver):
    delimiter, MAX_LENGTH = b"\\n", 1 << 20
    def lineReceived(self, line):
        peer.sendMessage(line)

class Peer(WebSocketClientProtocol):
    def onOpen(self):
        global peer
        peer = self
        stdio.StandardIO(Lines(), reactor=reactor)
        print("open", flush=True)
    def onMessage(self, payload, isBinary):
        print(payload.decode(), flush=True)

factory = WebSocketClientFactory(sys.argv[1])
factory.protocol = Peer
reactor.connectTCP(factory.host, factory.port, factory)
reactor.run()
"""

_NODE = """
const { WebSocket } = require('ws');
const peer = new WebSocket(process.argv[1]);
const put = (text) => process.stdout.write(text + '\\n');
peer.on('message', (data, binary) => put(binary ? 'binary' : data.toString()));
peer.on('open', () => {
  put('open');
  let rest = '';  // by hand: Node's readline ends lines at U+2028, too
  process.stdin.setEncoding('utf8').on('data', (chunk) => {
    const lines = (rest + chunk).split('\\n');
    rest = lines.pop();
    lines.forEach((line) => peer.send(line));
  });
});
"""


class Peer(Protocol):
    """One client in one room."""

    got: list[str]

    def say(self, *texts: str) -> None:
        """Send each as a text message."""

    def close(self) -> None:
        """Leave the room."""


class _Process:
    """A client in a process: a line of its input is a message to send, a line of its output one that came."""

    def __init__(self, *command: str | Path, cwd: Path | None = None) -> None:
        self.got: list[str] = []
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, cwd=cwd, encoding="utf-8"
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        until(lambda: self.got or self._process.poll() is not None, "the client opens", 20)
        assert self.got[:1] == ["open"]
        self.got.clear()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.got.append(line.rstrip("\n"))

    def say(self, *texts: str) -> None:
        assert self._process.stdin is not None
        for text in texts:
            assert "\n" not in text
            self._process.stdin.write(text + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._process.wait(10)
        self._thread.join(10)
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()


class AutobahnPeer(_Process):
    """``WebSocketClientProtocol`` and nothing else."""

    def __init__(self, url: str, cache: Path) -> None:
        super().__init__(sys.executable, "-c", _AUTOBAHN, url)


class NodePeer(_Process):
    """Node.js with ``ws``, compression offered as it does by default."""

    def __init__(self, url: str, cache: Path) -> None:
        super().__init__(need_node(), "-e", _NODE, url, cwd=need_node_ws(cache))


class WebsocketsPeer:
    """Python's ``websockets``, compression offered as it does by default."""

    def __init__(self, url: str, cache: Path) -> None:
        self.got: list[str] = []
        self._entered = connect(url)
        self._connection = self._entered.__enter__()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def listening(self) -> bool:
        """Whether the connection stands."""
        return self._thread.is_alive()

    def _read(self) -> None:
        try:
            for text in self._connection:
                self.got.append(str(text))
        except ConnectionClosed:
            return

    def say(self, *texts: str) -> None:
        for text in texts:
            self._connection.send(text)

    def say_in_pieces(self, *pieces: str) -> None:
        """Send one message in several frames."""
        self._connection.send(iter(pieces))

    def close(self) -> None:
        self._entered.__exit__(None, None, None)
        self._thread.join(10)


def need_node_ws(cache: Path) -> Path:
    """A folder in which Node finds ``ws``; fetched with npm the first time.

    :param cache: a folder that outlives the run.
    """
    if not (cache / "node_modules" / "ws" / "package.json").is_file():
        (cache / "package.json").write_text(json.dumps({"private": True}))
        command: list[Any] = [need_npm(), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", WS]
        fetched = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=120)
        if fetched.returncode:
            missing("the npm package ws", f"npm install {WS} said {fetched.stderr.strip()[:200]!r}")
    return cache
