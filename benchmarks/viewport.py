"""Many aircraft, and watchers that each look at a city of their own: CPU of the server, and the age of what they see.

Receivers feed the server with Beast over TCP: each aircraft says a place and an altitude once a second, its velocity
every 8 s and its callsign every 16 s. A watcher of flighttap.v1.bin has a viewport of its own, about 100 by 70 km over
one of 300 cities. The age of a row is counted from when its message was due at the receiver to when a watcher had read
it: half the time between two updates on average, be the server as fast as it may. Each run has a fresh process, and
beside it one that nobody watches, which shows what the feed alone costs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from benchmarks._load import many_files
from benchmarks._servers import LIFTED
from benchmarks._table import Goal, environment, markdown
from benchmarks._watch import RECEIVER, Seen, watch
from benchmarks._world import World, cities, one_room, views

__all__ = ["main"]


@dataclass(frozen=True)
class Scenario:
    """So many aircraft, and what watches them.

    :param world: makes it, for so many watchers.
    :param warm: seconds for which the sky fills before the first watcher comes.
    """

    title: str
    world: Callable[[int], World]
    watchers: int
    warm: float = 3.5


SCENARIOS = {
    "10000": Scenario("10,000 aircraft, 2,000 viewports at 2 Hz", partial(cities, 10_000, hz=2), 2000),
    "50000": Scenario("50,000 aircraft, 1,000 viewports at 1 Hz", partial(cities, 50_000, hz=1), 1000, 6),
    "room": Scenario("842 aircraft, one watcher of all at 1 Hz", partial(one_room, 842, hz=1), 1),
}
_SETTLE = 2.5
_Runs = dict[str, list[Seen]]


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit status is 1 where a row or an update was not as it must be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks viewport", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one short round: figures to look at, not to tell")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=8, help="of each run (default: %(default)s)")
    parser.add_argument("--only", choices=SCENARIOS, action="append", help="only this (default: all)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 1, min(options.seconds, 3.0)
    many_files()
    began = time.monotonic()
    print(environment())
    watched: defaultdict[str, list[Seen]] = defaultdict(list)
    alone: defaultdict[str, list[Seen]] = defaultdict(list)
    for _ in range(options.rounds):
        for key in options.only or SCENARIOS:
            scenario = SCENARIOS[key]
            watched[key].append(_run(scenario, scenario.watchers, options.seconds))
            alone[key].append(_run(scenario, 0, options.seconds))
    print(f"\n{_table(watched, alone)}")
    print(f"\n**Against what it must reach**\n\n{_goals(watched)}")
    print(
        f"Medians of {options.rounds} rounds of {options.seconds:g} s; {RECEIVER:,} aircraft a receiver; flighttap "
        f"with `{' '.join(LIFTED)}`. Load: what the load generator took of its core. Waited: the share of the time in "
        f"which the server could have run and something else had its core. {time.monotonic() - began:.0f} s in all."
    )
    return 1 if any(run.faults for runs in (*watched.values(), *alone.values()) for run in runs) else 0


def _run(scenario: Scenario, watchers: int, seconds: float) -> Seen:
    return watch(scenario.world(watchers), seconds=seconds, warm=scenario.warm, settle=_SETTLE)


def _table(watched: _Runs, alone: _Runs) -> str:
    head = [
        "",
        "CPU of a core",
        "of it the feed",
        "age p50",
        "p99",
        "rows/s",
        "kB/s each",
        "views",
        "memory",
        "load",
        "waited",
    ]
    rows = []
    for key, runs in watched.items():
        scenario = SCENARIOS[key]
        rows.append(
            [
                scenario.title,
                _percent(run.share for run in runs),
                _percent(run.share for run in alone[key]),
                *(f"{median(ages):.2f} s" for ages in ([run.p50 for run in runs], [run.p99 for run in runs])),
                f"{median(run.rows / run.seconds for run in runs):,.0f}",
                f"{_wire(runs, scenario.watchers):.1f}",
                f"{views(scenario.world(scenario.watchers))}",
                f"{median(run.memory for run in runs) / 1e6:.0f} MB",
                _percent(run.load_share for run in runs),
                _percent(run.waited / run.seconds for run in runs),
                "; ".join(run.faults for run in runs if run.faults) or "yes",
            ]
        )
    return markdown([*head, "exact"], rows)


def _percent(shares: Iterable[float]) -> str:
    return f"{100 * median(shares):.1f} %"


def _wire(runs: Sequence[Seen], watchers: int) -> float:
    """Kilobytes a second to each watcher."""
    return median(run.bytes / run.seconds for run in runs) / watchers / 1000


def _goals(watched: _Runs) -> str:
    """The floors and goals of the scenarios that were run."""

    def middle(key: str, of: Callable[[Seen], float]) -> float | None:
        return median(map(of, watched[key])) if key in watched else None

    wire = _wire(watched["room"], 1) if "room" in watched else None
    goals = (
        Goal("10,000 aircraft, 2,000 viewports: % of a core", middle("10000", lambda run: 100 * run.share), 60, 35),
        Goal("the same: age p99, s", middle("10000", lambda run: run.p99), 0.8, 0.6),
        Goal("50,000 aircraft, 1,000 viewports: % of a core", middle("50000", lambda run: 100 * run.share), 80, 50),
        Goal("842 aircraft, whole room: kB/s on the wire", wire, 18, 17),
    )
    return markdown(["", "floor", "goal", "measured", "reached"], (goal.row() for goal in goals))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
