"""The load generator of viewports as seen from Python: receivers that feed, watchers that see."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks._build import program
from benchmarks._process import Process
from benchmarks._servers import CORES, LIFTED, flighttap
from benchmarks._world import World, written
from tests.e2e.fakesite import free_port

__all__ = ["Seen", "watch"]

ROOM = "room0"
RECEIVER = 10_000
"""Aircraft of one receiver at the most; more come from several."""
_PATIENCE = 200.0


class Seen(msgspec.Struct):
    """What one run found; times in seconds.

    :ivar positions: that the receivers sent while it was measured; ``rows``: that all watchers read.
    :ivar binary, text: messages that the watchers read; ``bytes``: of all they read, frames' headers included.
    :ivar waited: for which the server could have run and something else had its core.
    :ivar corrupt: rows that no message made, and other nonsense; ``gaps``: updates that do not go on from where their
        watcher is; ``unsent``: bytes that the server has yet to take from a receiver.
    :ivar p50, p99, longest: age of a row when it was read, from when its message was due.
    :ivar memory: bytes resident at the server in the end.
    """

    seconds: float
    positions: int
    rows: int
    bytes: int
    binary: int
    text: int
    server_cpu: float
    waited: float
    load_cpu: float
    corrupt: int
    gaps: int
    unsent: int
    p50: float
    p99: float
    longest: float
    memory: int = 0

    @property
    def share(self) -> float:
        """Of a core, at the server."""
        return self.server_cpu / self.seconds

    @property
    def load_share(self) -> float:
        """How much of its core the load generator took."""
        return self.load_cpu / self.seconds

    @property
    def faults(self) -> str:
        """What was not as it must be, in words; empty: everything was."""
        counts = {"corrupt": self.corrupt, "gaps": self.gaps, "bytes not taken": self.unsent}
        return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def watch(world: World, *server: str, **options: float | str | bool) -> Seen:
    """Run it against a fresh flighttap.

    :param server: further options of flighttap.
    :param options: those of ``load/watch.c``; ``True`` for one without a value.
    """
    port = free_port()
    feeds = -(-len(world.aircraft) // RECEIVER)
    with (
        tempfile.TemporaryDirectory() as folder,
        flighttap(*LIFTED, f"--feed={ROOM}=beast@listen:tcp:{port}", *server) as running,
    ):
        aircraft, watches = Path(folder, "aircraft"), Path(folder, "watches")
        texts = written(world)
        aircraft.write_text(texts[0])
        watches.write_bytes(texts[1])
        words = [f"--{name}" if value is True else f"--{name}={value}" for name, value in options.items() if value]
        words += [f"--port={running.port}", f"--pid={running.pid}", f"--core={CORES[-1]}", f"--feed-port={port}"]
        words += [f"--feeds={feeds}", f"--aircraft={aircraft}", f"--watches={watches}"]
        done = _run([str(program("watch")), *words])
        found = msgspec.json.decode(done, type=Seen)
        found.memory = Process(running.pid).memory()
        return found


def _run(words: Sequence[str]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=_PATIENCE)
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return done.stdout
