"""Readers that do not read: what they cost the server and the others, and what they get when they read again.

* crowd: a hundred that stall among a thousand, all on one core, in turns with a second server that has none that
  stall. Each must be exact after one merged update (in tutorial mode: the newest of each flight, once).
* one: one that stalls among twenty that are read from here, and at the same time a second server without it; the
  phases before and after are looked at too. Not with binary rows.

In tutorial mode each flight is forwarded as sent; in version 1, in JSON or with binary rows, what happens within a
twentieth of a second is merged for everybody.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

from benchmarks._crowd import Crowd, crowd
from benchmarks._load import Found, many_files
from benchmarks._outcome import Outcome, Phase
from benchmarks._peer import V1, V1_BINARY
from benchmarks._servers import LIFTED
from benchmarks._stall import Experiment
from benchmarks._table import Goal, environment, goals, markdown
from tests.daemon import running

__all__ = ["main"]

MODES = {"tutorial": "", V1: V1, V1_BINARY: V1_BINARY}
_OPTIONS = ("--no-demo", "--publish-rate", "0")
_Result = TypeVar("_Result")


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit status is 1 when something was not exact."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks slow", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few, for a few seconds: figures to look at, not to tell")
    parser.add_argument("--seconds", type=float, default=60, help="of publishing meanwhile (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=500, help="flights a second (default: %(default)s)")
    parser.add_argument("--crowd", type=int, default=1000, help="all readers of the crowd (default: %(default)s)")
    parser.add_argument("--stalled", type=int, default=100, help="of those, that stall (default: %(default)s)")
    parser.add_argument("--turn", type=float, default=5, help="seconds of a turn of the crowd (default: %(default)s)")
    parser.add_argument("--mode", choices=MODES, action="append", help="only this one (default: all)")
    parser.add_argument("--only", choices=("crowd", "one"), help="only this (default: both)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.seconds, options.rate, options.turn, options.crowd, options.stalled = 12, 2000, 2, 100, 10
    many_files()
    print(environment())
    modes = options.mode or MODES
    faults: list[str] = []
    if options.only != "one":
        turns = max(1, round(options.seconds / options.turn))
        sizes = (options.crowd - options.stalled, options.stalled, options.rate, turns, options.turn)
        crowds = {mode: crowd(MODES[mode], *sizes) for mode in modes}
        faults += [fault for each in crowds.values() for fault in each.faults]
        print(_crowds(crowds, options))
    if options.only != "crowd":
        ones = {mode: _one(MODES[mode], options) for mode in modes if mode != V1_BINARY}
        faults += [fault for each in ones.values() for fault in each.faults]
        print(f"**One that stalls for {options.seconds:g} s, among 20; {options.rate:g} flights/s**\n")
        print(_table(ones, _ONE))
    return 1 if faults else 0


def _one(subprotocol: str, options: argparse.Namespace) -> Outcome:
    with running(*_OPTIONS) as server, running(*_OPTIONS) as control:
        experiment = Experiment(server, subprotocol, 20, options.rate, 200, control)
        return experiment.run(int(options.seconds * options.rate))


def _crowds(crowds: Mapping[str, Crowd], options: argparse.Namespace) -> str:
    title = (
        f"**{options.stalled} of {options.crowd:,} stall while {options.rate:g} flights/s are published for "
        f"{options.seconds:g} s, in turns of {options.turn:g} s with a control that has half as long**"
    )
    lines: list[Goal] = []
    for mode, each in crowds.items():
        grown = f"{mode}, {options.stalled} stalled of {options.crowd:,}: memory grows by, MB"
        lines += [
            Goal(grown, each.growth / 1e6, 20, 20),
            Goal(f"{mode}: p99 of the others to the control's", each.slowed, 1.2, 1.2),
            Goal(f"{mode}: stalled readers not exact after one merged update", len(each.inexact), 0, 0),
        ]  # fmt: skip
    note = f"flighttap with `{' '.join(LIFTED)}`. Ratios are medians of the turns' ratios."
    return f"{title}\n\n{_table(crowds, _CROWD)}\n{goals(lines)}\n{note}\n"


def _table(results: Mapping[str, _Result], rows: Mapping[str, Callable[[_Result], str]]) -> str:
    return markdown(["", *results], ([title, *map(tell, results.values())] for title, tell in rows.items()))


# ---- rows: the crowd


def _both(of: Callable[[Found], float], form: str) -> Callable[[Crowd], str]:
    """Something of the control and beside the stalled ones, medians of the turns."""

    def tell(found: Crowd) -> str:
        alone, beside = (median(of(pair[side]) for pair in found.pairs) for side in (1, 0))
        return f"{form.format(alone)} / {form.format(beside)}"

    return tell


def _of_stalled(of: Callable[[Outcome], int]) -> Callable[[Crowd], str]:
    return lambda found: f"{median(map(of, found.outcomes)):,.0f}"


_CROWD: dict[str, Callable[[Crowd], str]] = {
    "growth of resident memory with them, in all": lambda found: f"{found.growth / 1e6:.1f} MB",
    "CPU of a core without / with them": _both(lambda turn: 100 * turn.server_cpu / turn.seconds, "{:.0f} %"),
    "load generator, of its core": _both(lambda turn: 100 * turn.load_share, "{:.0f} %"),
    "the others' p50 without / with them": _both(lambda turn: 1e3 * turn.p50, "{:.2f} ms"),
    "the same, p99": _both(lambda turn: 1e3 * turn.p99, "{:.2f} ms"),
    "the others got everything": lambda found: (
        "yes" if not any(turn.faults for pair in found.pairs for turn in pair) else "no"
    ),
    "waiting for a stalled one when it reads again": _of_stalled(lambda outcome: outcome.backlog),
    "flights that it then missed": _of_stalled(lambda outcome: outcome.missed),
    "in so many merged messages": _of_stalled(lambda outcome: outcome.merged),
    "about so many aircraft": _of_stalled(lambda outcome: outcome.flights),
    "bytes until it is up to date": _of_stalled(lambda outcome: outcome.bytes_read),
    "exact": lambda found: "; ".join(found.faults) or f"all {len(found.outcomes)}",
}


# ---- rows: one


def _mebibytes(size: float) -> str:
    return f"{size / 2**20:.2f} MiB"


def _latencies(share: float) -> Callable[[Outcome], str]:
    def tell(outcome: Outcome) -> str:
        alone, beside = outcome.control.latency(share), outcome.during.latency(share)
        return f"{alone * 1000:.2f} / {beside * 1000:.2f} ms ({beside / alone:.2f})"

    return tell


def _share(phase: Phase) -> str:
    return f"{100 * phase.cpu / phase.seconds:.1f} %"


_ONE: dict[str, Callable[[Outcome], str]] = {
    "flights/s achieved": lambda out: f"{out.during.updates / out.during.seconds:.0f}",
    "memory of the server before": lambda out: _mebibytes(max(out.before.memory)),
    "at most, while one does not read": lambda out: _mebibytes(max(out.during.memory)),
    "after": lambda out: _mebibytes(max(out.after.memory)),
    "growth while one does not read": lambda out: f"{out.growth / 1024:.0f} KiB",
    "CPU without / with it": lambda out: f"{_share(out.control)} / {_share(out.during)}",
    "latency of the others without / with it, p50 (ratio)": _latencies(0.5),
    "the same, p99": _latencies(0.99),
    "waiting for it when it reads again": lambda out: f"{out.backlog} messages",
    "then what it missed": lambda out: f"{out.missed} flights",
    "in so many merged messages": lambda out: f"{out.merged}",
    "about so many aircraft": lambda out: f"{out.flights}",
    "bytes until it is up to date": lambda out: f"{out.bytes_read:,}",
    "exact": lambda out: "; ".join(out.faults) or "yes",
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
