"""How a crowd comes back that lost its connections all at once.

The clients are ours (flighttap.client) on the second core, from twenty addresses; the server has its default limits
and a simulated sky. Once every connection is reset; once the server is killed (SIGKILL) and started again at once; once
it is told to stop (SIGTERM), tells them when to come back, and is started again. A client is back when it holds what is
in the room. A second wave would be clients that are lost again, or a moment in which more dial once more than ever
dialled for the first time.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from benchmarks._load import many_files
from benchmarks._process import Process
from benchmarks._servers import CORES, on_core
from benchmarks._table import Goal, environment, goals, markdown
from tests.daemon import Server, running, until

__all__ = ["main"]

WITHIN = 15.0
"""Seconds in which all must be back."""
WATCHED = 20.0
"""Seconds from the loss for which a second wave is looked for."""
SKY = ("--no-demo", "--feed", "room0=simulator?aircraft=20", "--limit", "handshake=20")
SLICE = 0.1
"""Seconds of the moments that are compared."""


@dataclass(frozen=True)
class Wave:
    """What came of one loss.

    :param clients: how many there were.
    :param back: seconds from the loss until each held the room again, in order; who never did is missing.
    :param first: seconds from the loss until the first attempt of each; ``further``: all the later attempts.
    :param most: attempts that the most unlucky client needed.
    :param again: clients that were cut off once more after they were back.
    :param down: seconds without a server.
    :param cpu: CPU seconds that the server took meanwhile; its start counts where it is a new one.
    """

    clients: int
    back: tuple[float, ...]
    first: tuple[float, ...]
    further: tuple[float, ...]
    most: int
    again: int
    down: float
    cpu: float

    @property
    def all_back(self) -> float:
        """Seconds until the last was back; without end where one never was."""
        return self.back[-1] if len(self.back) == self.clients else float("inf")

    @property
    def second_wave(self) -> float:
        """The most further attempts of any moment, to the most first ones."""
        return _peak(self.further) / max(1, _peak(self.first))

    def cells(self, name: str) -> list[str]:
        """The line of the table."""
        half, nearly = (self.back[int(share * (len(self.back) - 1))] if self.back else 0 for share in (0.5, 0.99))
        times = [f"{value:.1f} s" for value in (self.down, half, nearly, self.all_back)]
        attempts = f"{(len(self.first) + len(self.further)) / self.clients:.2f}"
        peaks = [str(_peak(self.first)), str(_peak(self.further))]
        return [name, *times, attempts, str(self.most), *peaks, str(self.again), f"{self.cpu:.1f} s"]


def _peak(times: Sequence[float]) -> int:
    """How many of these fall into the fullest moment."""
    return max(Counter(int(at / SLICE) for at in times).values(), default=0)


WAYS = {"connections reset": None, "server killed": signal.SIGKILL, "server told to stop": signal.SIGTERM}
HEAD = (
    *("", "no server for", "half back", "99 % back", "all back", "attempts each", "at most"),
    *("first attempts in 0.1 s, at most", "further ones", "lost again", "server CPU"),
)


class _Clients:
    """The process of the clients, on the second core."""

    def __init__(self, stack: ExitStack, url: str, count: int) -> None:
        words = [sys.executable, "-m", "benchmarks._returning", url, str(count)]
        with on_core(CORES[-1]):
            self._process = stack.enter_context(
                subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
        stack.callback(self._process.kill)

    def _ask(self, what: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def cut(self) -> None:
        """Reset every connection."""
        self._ask("cut")

    def count(self) -> int:
        """How many hold the room."""
        return int(self._ask("count"))

    def tell(self) -> list[dict[str, list[float]]]:
        """All that happened to each."""
        said: list[dict[str, list[float]]] = json.loads(self._ask("tell"))
        return said


def lose(count: int, how: signal.Signals | None) -> Wave:
    """Let so many clients in, cut them off, and look on.

    :param how: end their server with this signal and start another; ``None`` leaves it and resets the connections.
    """
    with ExitStack() as stack:
        server = _server(stack, "tcp:0:interface=127.0.0.1")
        clients = _Clients(stack, server.page("room0"), count)
        until(lambda: clients.count() == count, "all are in", 60 + count / 50)
        before, down = Process(server.process.pid).cpu(), 0.0
        lost = time.monotonic()
        if how is None:
            clients.cut()
        else:
            server.stop(how)
            before, server = 0.0, _server(stack, f"tcp:{server.port}:interface=127.0.0.1")
            down = time.monotonic() - lost
        time.sleep(max(0.0, lost + WATCHED - time.monotonic()))
        with suppress(AssertionError):  # whoever is missing then is missing in the table
            until(lambda: clients.count() == count, "all are back", WATCHED)
        return _judged(count, clients.tell(), lost, down, Process(server.process.pid).cpu() - before)


def _server(stack: ExitStack, listen: str) -> Server:
    with on_core(CORES[0]):
        return stack.enter_context(running(*SKY, listen=listen))


def _judged(count: int, told: list[dict[str, list[float]]], lost: float, down: float, cpu: float) -> Wave:
    after = [{name: [at - lost for at in times if at >= lost] for name, times in each.items()} for each in told]
    return Wave(
        clients=count,
        back=tuple(sorted(each["back"][0] for each in after if each["back"])),
        first=tuple(at for each in after for at in each["dialled"][:1]),
        further=tuple(at for each in after for at in each["dialled"][1:]),
        most=max(len(each["dialled"]) for each in after),
        again=sum(len(each["lost"]) > 1 for each in after),
        down=down,
        cpu=cpu,
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table; the status is 1 where somebody stayed away."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reconnect", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 clients")
    parser.add_argument("--clients", type=int, default=2000, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    many_files()
    print(environment())
    count = 100 if options.quick else options.clients
    waves = {name: lose(count, how) for name, how in WAYS.items()}
    print(markdown(HEAD, [wave.cells(name) for name, wave in waves.items()]))
    lines = []
    for name, wave in waves.items():
        lines.append(Goal(f"{name}: seconds until all {count:,} are back", wave.all_back, WITHIN, WITHIN))
        lines.append(Goal(f"{name}: clients lost again", wave.again, 0, 0))
        lines.append(Goal(f"{name}: most further attempts in 0.1 s to most first ones", wave.second_wave, 1, 1))
    print(goals(lines))
    return int(any(len(wave.back) < count for wave in waves.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
