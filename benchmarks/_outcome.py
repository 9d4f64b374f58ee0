"""What the experiment with a stalled reader found, and the judgement whether it is as it must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks._followers import Follower

__all__ = ["Outcome", "Phase"]


@dataclass(slots=True)
class Phase:
    """What was measured while something was published.

    :ivar latencies: seconds from publish to arrival, of each update at each of the others.
    :ivar memory: bytes resident at the server, sampled.
    :ivar seconds: of the wall; ``cpu``: that the server took.
    """

    latencies: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0
    updates: int = 0

    def latency(self, share: float) -> float:
        """The latency, in seconds, that so great a share of the updates did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Outcome:
    """All that came of one experiment.

    :ivar before: without the stalled reader; ``during``: while it did not read; ``after``: while it read along.
    :ivar control: meanwhile, at the server that had no stalled reader; ``during`` itself where there was none.
    :ivar backlog: messages that waited for the stalled reader, in the kernel or before it.
    :ivar merged: messages that it got after those, until it was up to date: in tutorial mode one for each flight.
    :ivar flights: in those; ``bytes_read``: all it read until then.
    :ivar missed: updates that it was never sent one by one.
    :ivar faults: what was not as it must be, in words; none: it was exact.
    """

    tutorial: bool
    before: Phase
    during: Phase
    control: Phase
    after: Phase = field(default_factory=Phase)
    backlog: int = 0
    bytes_read: int = 0
    merged: int = 0
    flights: int = 0
    missed: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def growth(self) -> int:
        """Bytes by which the server was larger at most, with the stalled reader, than at most without."""
        return max(self.during.memory) - max(self.before.memory)

    def caught_up(self, stalled: Follower, witness: Follower, joined: int, first: int, last: int) -> None:
        """Judge what the stalled reader read, now that it knows the last update.

        :param witness: one that kept up.
        :param joined: how much the witness had when the stalled reader joined.
        :param first, last: numbers of the updates published meanwhile.
        """
        along = witness.log[joined:]
        while self.backlog < min(len(along), len(stalled.log)) and along[self.backlog] == stalled.log[self.backlog]:
            self.backlog += 1
        merged = stalled.log[self.backlog :]
        self.merged = len(merged)
        self.bytes_read = stalled.peer.bytes_in
        (self._judge_objects if self.tutorial else self._judge_updates)(merged, stalled, witness)
        if stalled.state != witness.state:
            self.faults.append("the state after it differs from that of a watcher that kept up")
        reached = self._reached(stalled.log[: self.backlog], first)
        self.missed = last - first + 1 - reached
        if not merged:
            self.faults.append("it missed nothing: it was not stalled")

    def read_along(self, stalled: Follower, witness: Follower, mark: int, joined: int, after: Phase) -> None:
        """Judge what came while it read again: the very messages that the others got."""
        self.after = after
        if stalled.log[mark:] != witness.log[joined:]:
            self.faults.append("afterwards it was not sent what the others were sent")
        if stalled.state != witness.state:
            self.faults.append("afterwards its state differs from that of a watcher that kept up")

    def _judge_updates(self, merged: list[Any], stalled: Follower, witness: Follower) -> None:
        if len(merged) > 1:
            self.faults.append(f"{len(merged)} updates came instead of one that merges them")
        for base, seq, rows in merged:
            self.flights += rows
            if seq != witness.log[-1][1]:
                self.faults.append(f"the update from {base} leads to {seq} and not to {witness.log[-1][1]}")

    def _judge_objects(self, merged: list[Any], stalled: Follower, witness: Follower) -> None:
        self.flights = len({said["hex"] for said in merged})
        if self.flights != len(merged):
            self.faults.append(f"{len(merged)} objects came of {self.flights} flights")
        if any(said != witness.state[said["hex"]] for said in merged):
            self.faults.append("an object came that was not the newest of its flight")

    def _reached(self, backlog: list[Any], first: int) -> int:
        """How many of the updates were in the backlog."""
        return len(backlog) if self.tutorial else sum(seq - base for base, seq, _ in backlog)
