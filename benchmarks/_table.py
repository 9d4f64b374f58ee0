"""What the tables of the comparisons have in common: medians, ratios of runs side by side, and what was compared."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median
from typing import TypeVar

from benchmarks._build import compiler
from benchmarks._process import machine
from benchmarks._servers import CORES, OPENERS, available
from benchmarks.peers.setup import versions

__all__ = ["GOALS", "Goal", "environment", "goals", "markdown", "missing", "ratio"]

_Run = TypeVar("_Run")

GOALS = ("", "floor", "goal", "measured", "reached")
"""The head of every table of what must be reached."""


@dataclass(frozen=True)
class Goal:
    """One line of what must be reached.

    :param ratio: measured; ``None``: it was not.
    :param floor, goal: what is required of it, and what is wished for.
    :param least: whether they are lower bounds.
    """

    what: str
    ratio: float | None
    floor: float
    goal: float
    least: bool = False

    def row(self) -> list[str]:
        """The line of a table."""
        sign = "≥" if self.least else "≤"
        bounds = [f"{sign} {bound:g}" for bound in (self.floor, self.goal)]
        if self.ratio is None:
            return [self.what, *bounds, "-", "not measured"]
        reached = [self.ratio >= bound if self.least else self.ratio <= bound for bound in (self.floor, self.goal)]
        verdict = "goal" if reached[1] else "floor" if reached[0] else "MISSED"
        measured = f"{self.ratio:.3g}" if self.ratio < 999.5 else f"{self.ratio:.0f}"
        return [self.what, *bounds, measured, verdict]


def ratio(ours: Sequence[_Run] | None, theirs: Sequence[_Run] | None, of: Callable[[_Run], float]) -> float | None:
    """The median of the ratios, round by round, of something in two servers' runs: what troubles both cancels out."""
    if not ours or not theirs:
        return None
    return median(of(mine) / of(other) for mine, other in zip(ours, theirs, strict=True))


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table whose first column is text and whose others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def goals(lines: Iterable[Goal]) -> str:
    """The table of what must be reached and was."""
    return markdown(GOALS, (line.row() for line in lines))


def missing() -> str:
    """A sentence about the peers that are not installed; empty where all are."""
    names = [name for name in OPENERS if not available(name)]
    return f"Left out: {', '.join(names)}: `python -m benchmarks.peers` installs what they need.\n" if names else ""


def environment() -> str:
    """The machine and the versions of everything, as one sentence each."""
    words = [compiler(), "-dumpfullversion"]
    cc = subprocess.run(words, capture_output=True, text=True).stdout.strip()
    own = ", ".join(f"{name} {version(name)}" for name in ("flighttap", "twisted", "autobahn", "msgspec"))
    others = ", ".join(f"{name} {found}" for name, found in versions().items())
    where = f"the server on core {CORES[0]}, the load generator on core {CORES[-1]}"
    load = os.getloadavg()[0]
    return (
        f"{machine()}, Linux {platform.release()}, {where}; load average at the start {load:.1f}.\n"
        f"Python {platform.python_version()}, {own}; cc {cc}. Peers: {others or 'none'}.\n"
    )
