"""What a feed needs of the hub and of a decoder, and nothing more.

The hub's ``Feed`` and the decoders of :mod:`flighttap.formats` are of these
shapes; tests give their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from flighttap.aircraft.observation import Observation

__all__ = ["Reader", "Sink", "Tally"]


class Sink(Protocol):
    """The hub's side of one feed.

    :param stats: counts by reason, read whenever somebody asks.
    :param bytes_in: bytes received so far.
    """

    name: str
    stats: Mapping[str, int]
    bytes_in: int

    def observe(self, observations: Sequence[Observation], /) -> None:
        """Take what was heard, in order."""

    def state_changed(self, state: str, why: str = "") -> None:
        """The feed is now ``connecting up silent down done asleep`` or ``failed``."""

    def on_demand(self, start: Callable[[], None], stop: Callable[[], None], linger: float = ...) -> None:
        """Call ``start`` for the first watcher and ``stop`` some time after the last."""


class Reader(Protocol):
    """An incremental decoder: bytes in, observations out."""

    stats: dict[str, int]

    def feed(self, data: bytes, at: float) -> list[Observation]:
        """Decode what has arrived; never raises for bad input."""


class Tally(Mapping[str, int]):
    """Counts of many decoders as one, so that they survive reconnecting.

    Live decoders count into dicts of their own; those are added up when somebody
    looks, and folded in when the connection ends.
    """

    def __init__(self) -> None:
        self._past: Counter[str] = Counter()
        self._live: list[Mapping[str, int]] = []

    def follow(self, stats: Mapping[str, int]) -> None:
        """Count a decoder in from now on."""
        self._live.append(stats)

    def retire(self, stats: Mapping[str, int]) -> None:
        """Its connection ended: keep what it counted, drop the object."""
        self._live = [live for live in self._live if live is not stats]
        self._past.update(stats)

    def count(self, reason: str) -> None:
        """Add one of our own."""
        self._past[reason] += 1

    def _sum(self) -> Counter[str]:
        total = Counter(self._past)
        for stats in self._live:
            total.update(stats)
        return total

    def __getitem__(self, reason: str) -> int:
        total = self._sum()
        if reason not in total:
            raise KeyError(reason)
        return total[reason]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sum())

    def __len__(self) -> int:
        return len(self._sum())

    def __repr__(self) -> str:
        return f"Tally({dict(self._sum())})"
