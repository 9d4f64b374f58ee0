"""flighttap and its peers as servers of rooms, each on the first core in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from benchmarks._build import program as built
from benchmarks.peers.setup import NODE, node_modules, program
from tests.daemon import running, until
from tests.e2e.fakesite import free_port

__all__ = [
    "CHANNELS",
    "CORES",
    "C_COALESCE",
    "C_SEND",
    "FLIGHTTAP",
    "LIFTED",
    "OPENERS",
    "Server",
    "available",
    "flighttap",
    "on_core",
    "opened",
]

CORES = sorted(os.sched_getaffinity(0))[:2]
"""The server's and the load generator's core; the same one where there is only one."""

FLIGHTTAP = "flighttap"
CHANNELS = "Channels + daphne"
C_SEND = "C, a send per message"
C_COALESCE = "C, coalescing"

LIFTED = ("--publish-rate=0", "--limit=connections_per_address=100000")
"""Limits of flighttap that are lifted, where it does not say that it runs with its own."""

_HERE = Path(__file__).resolve().parent / "peers"
_PATIENCE = 20.0
_SOCKET_IO = {
    "path": "/socket.io/?EIO=4&transport=websocket&room=room%u",
    "hello": "40",
    "before": '42["flight",{"data":',
    "after": "}]",
    "send-before": '42["flight",',
    "send-after": "]",
}


@dataclass(frozen=True)
class Server:
    """One that runs.

    :param dialect: what the load generator must know of how to speak with it.
    """

    name: str
    port: int
    pid: int
    dialect: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Any:
        """The JSON at a path, such as ``/api/v1/rooms``."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
            return json.load(answer)


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """This thread, and what is started meanwhile, stays on this core."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def flighttap(*options: str) -> Iterator[Server]:
    """flighttap with these options, on the server's core."""
    with ExitStack() as stack:
        with on_core(CORES[0]):
            found = stack.enter_context(running("--no-demo", *options))
        yield Server(FLIGHTTAP, found.port, found.process.pid)


@contextmanager
def _spawned(
    name: str, *words: str | Path, dialect: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[Server]:
    """A program that listens where it was told, or says where."""
    environment = {**os.environ, "NODE_PATH": str(node_modules())}
    with tempfile.TemporaryFile("w+") as output:
        with on_core(CORES[0]):
            process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, cwd=_HERE, env=environment)
        try:
            found = until(lambda: _listens(process, output, port), f"{name} listens", _PATIENCE)
            yield Server(name, found, process.pid, dialect or {})
        finally:
            process.kill()
            process.wait(10)


def _listens(process: subprocess.Popen[bytes], output: IO[str], port: int | None) -> int | None:
    output.seek(0)
    said = output.read()
    if process.poll() is not None:
        raise RuntimeError(f"It ended: {said}")
    if port is None:
        found = re.search(r"^port (\d+)$", said, re.MULTILINE)
        return int(found[1]) if found else None
    with socket.socket() as probe:
        return port if probe.connect_ex(("127.0.0.1", port)) == 0 else None


def _c(name: str, mode: str) -> AbstractContextManager[Server]:
    return _spawned(name, built("server"), mode)


def _python(name: str, file: str) -> AbstractContextManager[Server]:
    return _spawned(name, program("python"), file)


def _node(name: str, file: str, dialect: Mapping[str, str] | None = None) -> AbstractContextManager[Server]:
    return _spawned(name, "node", file, dialect=dialect)


def _channels(name: str) -> AbstractContextManager[Server]:
    port = free_port()
    words = (program("daphne"), "-v", "0", "-b", "127.0.0.1", "-p", str(port), "channels_site:application")
    return _spawned(name, *words, port=port)


OPENERS: dict[str, Callable[[str], AbstractContextManager[Server]]] = {
    FLIGHTTAP: lambda _: flighttap(*LIFTED),
    C_SEND: partial(_c, mode="send"),
    C_COALESCE: partial(_c, mode="coalesce"),
    "uWebSockets (socketify)": partial(_python, file="uws_publish.py"),
    "picows": partial(_python, file="picows_each.py"),
    "websockets.broadcast": partial(_python, file="websockets_broadcast.py"),
    "Node ws": partial(_node, file="ws.cjs"),
    "socket.io": partial(_node, file="socketio.cjs", dialect=_SOCKET_IO),
    "Autobahn sendMessage": partial(_python, file="autobahn_each.py"),
    CHANNELS: _channels,
}


def available(name: str) -> bool:
    """Whether what this server needs is installed."""
    if name in (FLIGHTTAP, C_SEND, C_COALESCE):
        return True
    if name in ("Node ws", "socket.io"):
        return shutil.which("node") is not None and all((node_modules() / package).exists() for package in NODE)
    return program("daphne").exists()


def opened(name: str, limited: bool = False) -> AbstractContextManager[Server]:
    """A server for as long as the block lasts.

    :param limited: let flighttap have the limits that it has by itself.
    """
    return flighttap() if limited and name == FLIGHTTAP else OPENERS[name](name)
