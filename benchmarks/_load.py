"""The load generator as seen from Python: what it is told, and what it found."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from benchmarks._build import program
from benchmarks._servers import CORES, Server

__all__ = ["Found", "Turns", "idle", "load", "many_files", "turning"]

_PATIENCE = 150.0
"""Seconds after which a run is ended, whatever it does."""


class Found(msgspec.Struct):
    """What one run found; times in seconds.

    :ivar published, deliveries: while it was measured, which lasted ``seconds``; ``all_…``: with the time before.
    :ivar waited: how long the server could have run and something else had its core.
    :ivar missing: deliveries that did not come; ``reordered``: that came late or twice; ``corrupt``: that were not
        what was sent, byte by byte.
    :ivar stalls: times when nothing came for a second although something was under way.
    :ivar other: messages that were no flight; ``said``: the first of them.
    :ivar p50, p99, longest: latency from the time at which a flight was to be sent; ``room_p99``: of each room.
    """

    seconds: float
    published: int
    deliveries: int
    server_cpu: float
    waited: float
    load_cpu: float
    all_published: int
    all_deliveries: int
    missing: int
    reordered: int
    corrupt: int
    stalls: int
    other: int
    said: str
    p50: float
    p99: float
    longest: float
    room_p99: list[float]

    @property
    def rate(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.seconds

    @property
    def cost(self) -> float:
        """CPU seconds of the server for a million deliveries."""
        return 1e6 * self.server_cpu / self.deliveries

    @property
    def load_share(self) -> float:
        """How much of its core the load generator took."""
        return self.load_cpu / self.seconds

    @property
    def faults(self) -> str:
        """What was not delivered as it was sent, in words; empty: everything was."""
        counts = {"missing": self.missing, "reordered": self.reordered, "changed": self.corrupt}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def load(server: Server, **options: float | str | bool) -> Found:
    """Run it against a server.

    :param options: those of ``load/options.h``; ``True`` for one without a value.
    """
    done = subprocess.run(_words(server, options), capture_output=True, text=True, timeout=_PATIENCE)
    if done.returncode:
        raise RuntimeError(f"{server.name}: {done.stderr.strip()}")
    return msgspec.json.decode(done.stdout, type=Found)


@contextmanager
def idle(server: Server, **options: float | str | bool) -> Iterator[Found]:
    """Connections that do nothing, for as long as the block lasts."""
    words = _words(server, {**options, "publishers": 0, "idle": True})
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"{server.name}: {process.stderr.read().decode().strip()}")
            yield msgspec.json.decode(line, type=Found)
        finally:
            process.kill()


class Turns:
    """The load generator, connected: it publishes when told to, and reads all the time."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self.output = process.stdout
        self._input = process.stdin
        self._errors = process.stderr

    def begin(self, seconds: float, window: int | None = None) -> None:
        """Let it publish for so long; ``output`` can be read when that is over.

        :param window: flights under way, at most those of the beginning.
        """
        self._input.write(f"{seconds}{'' if window is None else f' {window}'}\n".encode())
        self._input.flush()

    def end(self) -> Found:
        """What it found, once it has."""
        line = self.output.readline()
        if not line:
            raise RuntimeError(self._errors.read().decode().strip())
        return msgspec.json.decode(line, type=Found)


@contextmanager
def turning(server: Server, **options: float | str | bool) -> Iterator[Turns]:
    """The load generator connected to a server, for as long as the block lasts."""
    words = _words(server, {**options, "turns": True})
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            yield Turns(process)
        finally:
            process.kill()


def many_files() -> None:
    """Let this process and those that it starts have as many connections as the system allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _words(server: Server, options: dict[str, float | str | bool]) -> list[str | os.PathLike[str]]:
    words: list[str | os.PathLike[str]] = [program("load")]
    words += [f"--port={server.port}", f"--pid={server.pid}", f"--core={CORES[-1]}"]
    for name, value in {**server.dialect, **options}.items():
        if value is True:
            words.append(f"--{name}")
        elif value is not False:
            words.append(f"--{name}={value}")
    return words
