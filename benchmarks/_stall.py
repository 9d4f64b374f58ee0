"""The experiment behind ``benchmarks slow``: one reader that never reads, among others that do.

One thread publishes, reads for all watchers and notes when what arrives: each update carries its number as its
latitude. The phases are: without the stalled reader; with it, reading nothing; quiet, while it reads what there is
for it; and once more with it, now reading along. A second server, which has no stalled reader, may be given the same
at the same time: what troubles the machine meanwhile troubles both.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Protocol

from benchmarks._followers import Follower, Timed
from benchmarks._outcome import Outcome, Phase
from benchmarks._peer import Peer

__all__ = ["Experiment", "Watched"]

STEP = 1e-6
"""Degrees of latitude between one update and the next."""
AHEAD = 500
"""Updates that the publisher may be ahead of the others, so that none of those falls behind and merges, too."""
SAMPLE = 0.25
"""Seconds between two looks at a server's memory."""
HOLDS = 16_384
"""Bytes that the kernel keeps for the stalled reader on its side."""
PATIENCE = 30.0
"""Seconds until something that must come is taken not to."""


class Watched(Protocol):
    """A server, as far as the experiment needs it: ``tests.daemon.Server`` is one."""

    port: int

    def memory(self) -> int: ...
    def cpu(self) -> float: ...


class _Side:
    """One server with its publisher and the watchers that read."""

    def __init__(self, server: Watched, subprotocol: str) -> None:
        self.server = server
        self.readers: list[Follower | Timed] = []
        self.phase = Phase()
        self._subprotocol = subprotocol
        self._stack = ExitStack()
        self.publisher = self._connect(query="" if subprotocol else "echo=0")

    def _connect(self, query: str = "", holds: int | None = None) -> Peer:
        return self._stack.enter_context(closing(Peer(self.server.port, "slow", self._subprotocol, query, holds)))

    def watcher(self, holds: int | None = None) -> Peer:
        """One more connection that watches."""
        peer = self._connect(holds=holds)
        if self._subprotocol:
            peer.send(b'{"op":"watch","hz":20}')
        return peer

    def close(self) -> None:
        """Close every connection."""
        self._stack.close()


class Experiment:
    """One kind of watchers at one server.

    :param subprotocol: what the watchers speak; empty: tutorial mode.
    :param others: watchers besides the stalled one.
    :param rate: updates a second.
    :param flights: aircraft that the updates are about, in turn.
    :param control: the server that has no stalled reader.
    """

    def __init__(
        self,
        server: Watched,
        subprotocol: str,
        others: int,
        rate: float,
        flights: int,
        control: Watched | None = None,
    ) -> None:
        self._servers = [server] if control is None else [server, control]
        self._subprotocol = subprotocol
        self._others = others
        self._rate = rate
        self._flights = flights
        self._sent_at: list[float] = []
        self._sides: list[_Side] = []

    def run(self, updates: int) -> Outcome:
        """Publish a quarter of so many updates without the stalled reader, all with it, and a tenth afterwards."""
        with ExitStack() as stack:
            self._selector = stack.enter_context(closing(selectors.DefaultSelector()))
            self._sides = [stack.enter_context(closing(_Side(server, self._subprotocol))) for server in self._servers]
            for side in self._sides:
                self._listen(side, Timed(side.publisher, STEP))
                side.readers = [Timed(side.watcher(), STEP) for _ in range(1, self._others)]
            side = self._sides[0]
            witness = Follower(side.watcher(), STEP)
            side.readers.append(witness)
            for each in self._sides:
                for reader in each.readers:
                    self._listen(each, reader)
            with self._phase():
                self._publish(max(updates // 10, self._flights))  # now all flights are there and all is warm
            with self._phase() as (before, *_):
                self._publish(max(updates // 4, 1))
            joined, first = len(witness.log), len(self._sent_at)
            stalled = Follower(side.watcher(HOLDS), STEP)
            with self._phase() as phases:
                self._publish(updates)
            self._let_read(stalled)
            outcome = Outcome(not self._subprotocol, before, phases[0], phases[-1])
            outcome.caught_up(stalled, witness, joined, first, len(self._sent_at) - 1)
            again, joined = len(stalled.log), len(witness.log)
            side.readers.append(stalled)
            self._listen(side, stalled)
            with self._phase() as (after, *_):
                self._publish(max(updates // 10, 1))
            outcome.read_along(stalled, witness, again, joined, after)
        return outcome

    def _listen(self, side: _Side, reader: Follower | Timed) -> None:
        self._selector.register(reader.peer.socket, selectors.EVENT_READ, (side, reader))

    @contextmanager
    def _phase(self) -> Iterator[list[Phase]]:
        """A new phase on each side, measured from now to the end of the block."""
        phases = [Phase() for _ in self._sides]
        began, taken = time.monotonic(), [side.server.cpu() for side in self._sides]
        published = len(self._sent_at)
        for side, phase in zip(self._sides, phases, strict=True):
            side.phase = phase
        yield phases
        for side, phase, before in zip(self._sides, phases, taken, strict=True):
            phase.seconds = time.monotonic() - began
            phase.cpu = side.server.cpu() - before
            phase.updates = len(self._sent_at) - published
            phase.memory.append(side.server.memory())

    def _publish(self, updates: int) -> None:
        """Publish so many at the rate, and read until everybody has the last."""
        began, sampled = time.monotonic(), 0.0
        first = len(self._sent_at)
        last = first + updates - 1
        while True:
            now = time.monotonic()
            due = min(updates, int((now - began) * self._rate) + 1) + first
            seen = min(reader.latest for side in self._sides for reader in side.readers)
            while len(self._sent_at) < due and len(self._sent_at) - max(seen, first) < AHEAD:
                self._send()
            if seen == last:
                return
            if now - began > updates / self._rate + PATIENCE:
                raise TimeoutError(f"update {last} has not come to everybody; one is at {seen}")
            if now - sampled >= SAMPLE:
                sampled = now
                for side in self._sides:
                    side.phase.memory.append(side.server.memory())
            next_due = began + (len(self._sent_at) - first) / self._rate
            self._read(max(0.0, next_due - time.monotonic()) if len(self._sent_at) <= last else 0.1)

    def _read(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            side, reader = key.data
            numbers = reader.take(reader.peer.messages())
            now = time.monotonic()
            side.phase.latencies += [now - self._sent_at[number] for number in numbers]

    def _send(self) -> None:
        """Publish one update on each side; which of them is first alternates."""
        number = len(self._sent_at)
        flight = number % self._flights
        said = (
            f'{{"hex":"{0x4C0000 + flight:06x}","flight":"TAP{flight}","lat":{number * STEP:.6f},"lon":{flight / 100},'
            f'"alt_baro":{number % 40000},"gs":{number % 5000 / 10},"track":{number % 3600 / 10},'
            f'"baro_rate":{number % 6000},"squawk":"{number % 4096:04o}",'
            f'"desc":"update {number} of a reader\'s patience, told at length"}}'
        ).encode()
        self._sent_at.append(time.monotonic())
        for side in self._sides if number % 2 else reversed(self._sides):
            side.publisher.send(said)

    def _let_read(self, stalled: Follower) -> None:
        """Let the stalled reader read until it knows the last update; the others go on."""
        end = time.monotonic() + PATIENCE
        while stalled.latest < len(self._sent_at) - 1:
            if time.monotonic() > end:
                raise TimeoutError(f"the stalled reader came to update {stalled.latest} of {len(self._sent_at)}")
            stalled.take(stalled.peer.wait(0.1))
            self._read(0)
