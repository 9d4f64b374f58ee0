"""What the hub has done since it started, as plain numbers that only grow.

Whoever does something adds to it; whoever wants to know reads. The busy path
adds once a flush, a read or a request, never once a watcher: one flush to a
thousand watchers costs as many additions as one to a single watcher.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence

__all__ = ["AGES", "TURNS", "Histogram", "Meter"]

AGES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Upper bounds in seconds for what a watcher waits for."""
TURNS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper bounds in seconds for what holds up the process."""


class Histogram:
    """How many values were at most so large.

    :param bounds: upper bounds, ascending; values above the last are counted too.
    :ivar counts: values in each range, the one above the last bound at the end.
    """

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Meter:
    """The numbers of one hub.

    :ivar opened: WebSocket connections that were opened.
    :ivar closes: how many ended, by ``us`` or ``peer`` and the close code.
    :ivar refused: requests for a room that were answered in HTTP, by status.
    :ivar received: WebSocket messages that were read.
    :ivar published: flights and events that were taken, by ``websocket`` or ``http``.
    :ivar rejected: messages and posts that were not taken, by error code.
    :ivar deliveries: times that what was flushed went to a watcher; ``lane_bytes``: bytes of that.
    :ivar caught_up: watchers brought up to date one by one; ``own_bytes``: bytes of that.
    :ivar answer_bytes, presence_bytes: bytes of answers, and of who is here.
    :ivar changes: changes that lanes were to tell; ``conflated``: those of them that a newer one replaced before.
    :ivar deflate_saved: bytes that watchers were not sent since their updates were deflated.
    :ivar lags: times that the socket of a watcher was full.
    :ivar resumed, restarted: watchers that came back and went on exactly, and those who needed a snapshot.
    :ivar age: seconds from when a flight was heard to when it was handed to sockets; the oldest of each flush.
    :ivar flush: seconds that flushes took, sends included.
    """

    __slots__ = (
        "age",
        "answer_bytes",
        "caught_up",
        "changes",
        "closes",
        "conflated",
        "deflate_saved",
        "deliveries",
        "flush",
        "lags",
        "lane_bytes",
        "opened",
        "own_bytes",
        "presence_bytes",
        "published",
        "received",
        "refused",
        "rejected",
        "restarted",
        "resumed",
    )

    def __init__(self) -> None:
        self.opened = self.received = 0
        self.closes: defaultdict[tuple[str, int], int] = defaultdict(int)
        self.refused: defaultdict[int, int] = defaultdict(int)
        self.published = {"websocket": 0, "http": 0}
        self.rejected: defaultdict[str, int] = defaultdict(int)
        self.deliveries = self.caught_up = 0
        self.lane_bytes = self.own_bytes = self.answer_bytes = self.presence_bytes = 0
        self.changes = self.conflated = self.deflate_saved = 0
        self.lags = self.resumed = self.restarted = 0
        self.age = Histogram(AGES)
        self.flush = Histogram(TURNS)
