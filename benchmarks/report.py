"""Everything that must be shown, in one run: each benchmark one after another, and one table of what was reached.

The benchmarks print as they always do; the table at the end is what docs/performance.md holds. It takes 20 to 25
minutes on a machine that does nothing else; ``waited`` in the tables tells whether it did.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks._table import GOALS, environment, markdown

__all__ = ["main"]

STEPS: dict[str, tuple[str, ...]] = {
    "fanout": ("--seconds", "1"),
    "cost": ("--seconds", "0.5"),
    "idle": ("--server", "flighttap", "--server", "Channels + daphne"),
    "join": ("--server", "flighttap", "--server", "Channels + daphne"),
    "ingest": ("--server", "flighttap", "--server", "C, coalescing", "--server", "Channels + daphne"),
    "viewport": ("--seconds", "3"),
    "deflate": ("--seconds", "2"),
    "slow": ("--only", "crowd", "--mode", "tutorial", "--mode", "flighttap.v1.json"),
}
"""Benchmark to the options that keep the whole within its time."""

MARKS = ("<!-- benchmarks report: begin -->", "<!-- benchmarks report: end -->")
"""Between these a page holds what was reached."""


@dataclass(frozen=True)
class _Line:
    """One line of what must be reached.

    :param cells: under the head of :data:`GOALS`.
    :param rerun: the benchmark that measures it.
    """

    cells: Sequence[str]
    rerun: str

    @property
    def short_of(self) -> str:
        """Empty where the goal is reached; else a sentence with what is missing."""
        what, floor, goal, measured, reached = self.cells
        if reached == "goal":
            return ""
        if reached == "floor":
            return f"{what}: {measured}; the floor is reached, the goal ({goal}) is not."
        if reached == "MISSED":
            return f"{what}: {measured} misses its floor ({floor}) by {_gap(measured, floor):.0%}."
        return f"{what}: {reached}."


def main(arguments: Sequence[str]) -> int:
    """Run them; the exit status is 1 where one of them found something inexact or could not run."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="each for a moment: figures to look at, not to tell")
    parser.add_argument("--only", choices=STEPS, action="append", help="only this (default: all)")
    parser.add_argument("--page", type=Path, help="put the table into this page, between its two marks")
    parser.add_argument("--svg", type=Path, help="draw the curves of cost into this file")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    lines: list[_Line] = []
    failed = []
    about = environment()
    for name in options.only or STEPS:
        words = [name, *STEPS[name], *(["--quick"] if options.quick else [])]
        words += ["--svg", str(options.svg)] if name == "cost" and options.svg else []
        print(f"\n# {' '.join(words)}\n", flush=True)
        output, status = _run(words)
        lines += [_Line(cells, name) for cells in _goals(output)]
        failed += [name] if status else []
    table = markdown([*GOALS, "`python -m benchmarks`"], ([*line.cells, f"`{line.rerun}`"] for line in lines))
    short = "".join(f"- {line.short_of}\n" for line in lines if line.short_of)
    minutes = (time.monotonic() - began) / 60
    command = f"python -m benchmarks report{' --quick' if options.quick else ''}"
    told = f"{about}\n{table}\n{short}\n`{command}` took {minutes:.0f} minutes.\n"
    told += f"Not as it must be: {', '.join(failed)}.\n" if failed else ""
    print(f"\n# What must be reached\n\n{told}")
    if options.page:
        before, _, rest = options.page.read_text().partition(f"{MARKS[0]}\n")
        _, _, after = rest.partition(MARKS[1])
        options.page.write_text(f"{before}{MARKS[0]}\n{told}{MARKS[1]}{after}")
    return 1 if failed else 0


def _run(words: Sequence[str]) -> tuple[list[str], int]:
    """A benchmark in a process of its own; its lines, which are printed as they come, and its exit status."""
    output = []
    command = [sys.executable, "-m", "benchmarks", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            output.append(line)
    return output, process.returncode


def _goals(output: Iterable[str]) -> list[list[str]]:
    """The rows of the tables of what must be reached."""
    head = [cell.strip() for cell in GOALS]
    rows, inside = [], False
    for line in output:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells == head:
            inside = True
        elif not line.startswith("|"):
            inside = False
        elif inside and not cells[0].startswith("---"):
            rows.append(cells)
    return rows


def _gap(measured: str, floor: str) -> float:
    """How far a figure is beyond its bound, as a part of the bound."""
    value, bound = float(measured), float(floor.split()[1])
    return abs(value - bound) / bound if bound else 1.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
