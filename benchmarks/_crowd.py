"""The experiment behind ``benchmarks slow``: many readers that stall among many more that read.

Two servers, one with stalled readers and one without, are given the same by turns of a few seconds, so that each has
the machine for itself while what troubles it troubles both. A load generator in C publishes to each and is the
watchers that read; the stalled readers are read from here, when all is over, and then judged one by one, beside one
that kept up all the time.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from statistics import median

from benchmarks._followers import Follower
from benchmarks._load import Found, turning
from benchmarks._outcome import Outcome, Phase
from benchmarks._peer import Peer
from benchmarks._process import Process
from benchmarks._servers import CORES, LIFTED, Server, flighttap, on_core

__all__ = ["Crowd", "crowd"]

STEP = 1e-5
"""Degrees of latitude between a flight and the next, as the load generator sends them."""
FIRST = 5_200_000
"""Steps of latitude of the flight before the first."""
HOLDS = 16_384
"""Bytes that the kernel keeps for a stalled reader on its side."""
SAMPLE = 0.25
"""Seconds between two looks at the server's memory."""
PATIENCE = 30.0
"""Seconds in which a stalled reader, reading again, must be up to date."""
ROOM = "room0"


@dataclass(slots=True)
class Crowd:
    """What came of it.

    :ivar pairs: of each turn: with stalled readers, and at the control.
    :ivar growth: bytes by which the server was larger at most with stalled readers than at most without.
    :ivar outcomes: of each stalled reader.
    """

    pairs: list[tuple[Found, Found]] = field(default_factory=list)
    growth: int = 0
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def slowed(self) -> float:
        """The others' p99 to the control's: the median of the turns."""
        return median(beside.p99 / alone.p99 for beside, alone in self.pairs)

    @property
    def inexact(self) -> list[Outcome]:
        """Of the stalled readers those that were not exact after one merged update."""
        return [outcome for outcome in self.outcomes if outcome.faults]

    @property
    def faults(self) -> list[str]:
        """What was not as it must be, in words; none: all was exact."""
        found = [fault for outcome in self.outcomes for fault in outcome.faults]
        found += [f"among those that read: {turn.faults}" for pair in self.pairs for turn in pair if turn.faults]
        return sorted(set(found))


class _Side:
    """One server, and the load generator that publishes to it and is its watchers that read.

    :ivar memory: samples of what the server has resident, bytes.
    """

    def __init__(self, server: Server, stack: ExitStack, mode: str, readers: int, rate: float) -> None:
        self.process = Process(server.pid)
        self.memory: list[int] = []
        watch: dict[str, str | bool] = {"hello": WATCH, "protocol": mode, "rows": True} if mode else {}
        self._load = stack.enter_context(turning(server, watchers=readers - 1, publishers=1, rate=rate, **watch))

    def turn(self, seconds: float, beside: Sequence[Follower] = ()) -> Found:
        """Publish for so long, reading along for the others."""
        self._load.begin(seconds)
        with closing(selectors.DefaultSelector()) as selector:
            selector.register(self._load.output, selectors.EVENT_READ)
            for each in beside:
                selector.register(each.peer.socket, selectors.EVENT_READ, each)
            while True:
                self.memory.append(self.process.memory())
                until = time.monotonic() + SAMPLE
                while (left := until - time.monotonic()) > 0:
                    for key, _ in selector.select(left):
                        if key.data is None:
                            self.memory.append(self.process.memory())
                            return self._load.end()
                        key.data.take(key.data.peer.messages())


WATCH = '{"op":"watch","hz":20}'
"""What all watchers of version 1 say."""


def crowd(mode: str, readers: int, stalled: int, rate: float, turns: int, seconds: float) -> Crowd:
    """Run it.

    :param mode: subprotocol of all; empty: tutorial mode.
    :param readers: that read, at each server; ``stalled``: that do not, at one of them.
    :param rate: flights a second.
    :param turns: of so many ``seconds`` each, and half as long at the control.
    """
    found = Crowd()
    with ExitStack() as stack:
        servers = [stack.enter_context(flighttap(*LIFTED)) for _ in range(2)]
        stack.enter_context(on_core(CORES[-1]))
        side, control = (_Side(server, stack, mode, readers, rate) for server in servers)
        witness = stack.enter_context(_follower(servers[0], mode))
        published = [side.turn(seconds, [witness]), control.turn(seconds)][0].all_published
        before, side.memory = max(side.memory), []
        slow = [stack.enter_context(_follower(servers[0], mode, HOLDS)) for _ in range(stalled)]
        time.sleep(SAMPLE)
        witness.take(witness.peer.messages())  # what greeted it
        joined = len(witness.log)
        for _ in range(turns):
            found.pairs.append((side.turn(seconds, [witness]), control.turn(seconds / 2)))
        total = found.pairs[-1][0].all_published
        found.growth = max(side.memory) - before
        _read_until(witness, total)
        for each in slow:
            _read_until(each, total)
            outcome = Outcome(not mode, Phase(), Phase(), Phase())
            outcome.caught_up(each, witness, joined, published, total - 1)
            found.outcomes.append(outcome)
    return found


@contextmanager
def _follower(server: Server, mode: str, holds: int | None = None) -> Iterator[Follower]:
    with closing(Peer(server.port, ROOM, mode, holds=holds)) as peer:
        if mode:
            peer.send(WATCH.encode())
        yield Follower(peer, STEP)


def _read_until(reader: Follower, total: int) -> None:
    """Read until the newest of so many flights is here."""
    end = time.monotonic() + PATIENCE
    while reader.latest < FIRST + total:
        if time.monotonic() > end:
            raise TimeoutError(f"a reader came to flight {reader.latest - FIRST} of {total}")
        reader.take(reader.peer.wait(0.1))
