"""A reader that never reads: what it costs the server and the others, and what it gets when it reads again.

A real server; a publisher whose rate is not limited; N watchers that read, one of which keeps all it is sent; and one
more that does not read at all for as long. Beside it a second server is given the same at the same time, but has no
such reader. Once in tutorial mode, where each update is forwarded as sent, and once in version 1, where what happens
within a twentieth of a second is merged for everybody.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from benchmarks._outcome import Outcome, Phase
from benchmarks._peer import V1
from benchmarks._stall import Experiment
from tests.daemon import running

__all__ = ["main"]

MODES = {"tutorial": "", V1: V1}
_OPTIONS = ("--no-demo", "--publish-rate", "0")


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit status is 1 when something was not exact."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks slow", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for which it does not read (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=500, help="updates a second (default: %(default)s)")
    parser.add_argument("--others", type=int, default=20, help="watchers that read (default: %(default)s)")
    parser.add_argument("--flights", type=int, default=200, help="that the updates are about (default: %(default)s)")
    parser.add_argument("--mode", choices=MODES, action="append", help="only this one (default: both)")
    options = parser.parse_args(arguments)
    outcomes: dict[str, Outcome] = {}
    for mode in options.mode or MODES:
        with running(*_OPTIONS) as server, running(*_OPTIONS) as control:
            experiment = Experiment(server, MODES[mode], options.others, options.rate, options.flights, control)
            outcomes[mode] = experiment.run(int(options.seconds * options.rate))
    print(
        f"{options.rate:g} updates/s about {options.flights} flights to {options.others} watchers, and to one that "
        f"does not read for {options.seconds:g} s.\nPython {platform.python_version()}, Twisted {version('twisted')}, "
        f"Autobahn {version('autobahn')}, {os.cpu_count()} cores of {platform.machine()}.\n"
    )
    _print(outcomes)
    return 1 if any(outcome.faults for outcome in outcomes.values()) else 0


def _print(outcomes: dict[str, Outcome]) -> None:
    print(f"| | {' | '.join(outcomes)} |")
    print(f"|---|{'---:|' * len(outcomes)}")
    for title, tell in _ROWS.items():
        print(f"| {title} | {' | '.join(tell(outcome) for outcome in outcomes.values())} |")


def _mebibytes(size: float) -> str:
    return f"{size / 2**20:.2f} MiB"


def _latencies(share: float) -> Callable[[Outcome], str]:
    def tell(outcome: Outcome) -> str:
        alone, beside = outcome.control.latency(share), outcome.during.latency(share)
        return f"{alone * 1000:.2f} / {beside * 1000:.2f} ms ({beside / alone:.2f})"

    return tell


def _share(phase: Phase) -> str:
    return f"{100 * phase.cpu / phase.seconds:.1f} %"


_ROWS: dict[str, Callable[[Outcome], str]] = {
    "updates/s achieved": lambda out: f"{out.during.updates / out.during.seconds:.0f}",
    "memory of the server before": lambda out: _mebibytes(max(out.before.memory)),
    "at most, while one does not read": lambda out: _mebibytes(max(out.during.memory)),
    "after": lambda out: _mebibytes(max(out.after.memory)),
    "growth while one does not read": lambda out: f"{out.growth / 1024:.0f} KiB",
    "CPU without / with it": lambda out: f"{_share(out.control)} / {_share(out.during)}",
    "latency of the others without / with it, p50 (ratio)": _latencies(0.5),
    "the same, p99": _latencies(0.99),
    "waiting for it when it reads again": lambda out: f"{out.backlog} messages",
    "then what it missed": lambda out: f"{out.missed} updates",
    "in so many merged messages": lambda out: f"{out.merged}",
    "about so many flights": lambda out: f"{out.flights}",
    "bytes until it is up to date": lambda out: f"{out.bytes_read:,}",
    "exact": lambda out: "; ".join(out.faults) or "yes",
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
