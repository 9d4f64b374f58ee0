"""One flight to many watchers: flighttap beside its peers, and beside C as the limit.

A publisher sends a flight of 265 bytes; all connections of its room get it as {"data":...}, the publisher too. The
server has one core and the load generator, in C, another. Servers take turns, round by round, each in a fresh process;
what is told are medians of the rounds and medians of the ratios within each.

* saturated: the publisher keeps so many flights under way that the server is never without work;
* one under way: the next flight is sent when every watcher has the last;
* paced: a fixed rate; latency from the time at which a flight was to be sent;
* rooms: one room is flooded, and the others' latency is watched.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks._load import Found, load, many_files
from benchmarks._servers import C_COALESCE, C_SEND, CHANNELS, FLIGHTTAP, LIFTED, OPENERS, available, opened
from benchmarks._table import Goal, environment, goals, markdown, missing, ratio

__all__ = ["main"]

WINDOW = 256
"""Flights under way where a server is saturated."""
NARROW = {CHANNELS: 8}
"""The same where more would only make the queue longer: in the in-memory layer messages over 100 are lost."""
WARM = 0.3
"""Seconds before what is measured begins."""

_LIMITS = (FLIGHTTAP, C_SEND, C_COALESCE)
_Runs = dict[str, list[Found]]


@dataclass(frozen=True)
class Scenario:
    """One way to load a server.

    :param servers: those that take part.
    :param options: of the load generator, for a server of this name and so many seconds.
    """

    title: str
    servers: Sequence[str]
    options: Callable[[str, float], dict[str, float | str | bool]]


def _saturated(watchers: int) -> Callable[[str, float], dict[str, float | str | bool]]:
    return lambda name, seconds: {
        "watchers": watchers, "window": NARROW.get(name, WINDOW), "seconds": seconds, "warm": WARM
    }  # fmt: skip


SCENARIOS = {
    "100": Scenario("100 watchers, saturated", tuple(OPENERS), _saturated(100)),
    "1000": Scenario("1,000 watchers, saturated", _LIMITS, _saturated(1000)),
    "one": Scenario(
        "100 watchers, one flight under way",
        _LIMITS,
        lambda _, seconds: {"watchers": 100, "window": 1, "seconds": seconds, "warm": WARM},
    ),
    "paced": Scenario(
        "100 watchers, 100 flights/s",
        _LIMITS,
        lambda _, seconds: {"watchers": 100, "rate": 100, "seconds": 2 * seconds, "warm": WARM},
    ),
    "rooms": Scenario(
        "200 rooms of 20 watchers, one of them flooded, 5 flights/s in each of the others",
        (FLIGHTTAP, C_COALESCE),
        lambda _, seconds: {
            "rooms": 200, "watchers": 20, "window": WINDOW, "rate": 5, "flood": True, "seconds": 4 * seconds, "warm": 1
        },
    ),
}  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit status is 1 where flighttap lost or changed something."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks fanout", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one short round: figures to look at, not to tell")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each run (default: %(default)s)")
    parser.add_argument("--only", choices=SCENARIOS, action="append", help="only this (default: all)")
    parser.add_argument("--server", choices=OPENERS, action="append", help="only this one (default: all)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 1, min(options.seconds, 1.0)
    many_files()
    began = time.monotonic()
    wanted = options.only or list(SCENARIOS)
    servers = [name for name in options.server or OPENERS if available(name)]
    print(environment() + missing())
    runs: defaultdict[str, _Runs] = defaultdict(dict)
    for number in range(options.rounds):
        for name in servers if number % 2 == 0 else reversed(servers):
            _take_turn(name, wanted, options.seconds, runs)
    faults = []
    for key, each in runs.items():
        print(f"\n**{SCENARIOS[key].title}**\n\n{_table(key, each)}")
        faults += [found.faults for found in each.get(FLIGHTTAP, ()) if found.faults]
    print(_limit(runs))
    print(f"\n**Against what it must reach**\n\n{_goals(runs)}")
    print(
        f"Medians of {options.rounds} rounds of {options.seconds:g} s a run (ratios: of the rounds' ratios). "
        f"Under way where saturated: {WINDOW} flights, {', '.join(f'{n} {c}' for c, n in NARROW.items())}. Server, "
        f"load: what they took of their cores; waited: the time in which the server could have run and something else "
        f"had its core. flighttap "
        f"with `{' '.join(LIFTED)}`. {time.monotonic() - began:.0f} s in all."
    )
    return 1 if faults else 0


def _take_turn(name: str, wanted: Sequence[str], seconds: float, runs: dict[str, _Runs]) -> None:
    """Start a server, load it in each way that it takes part in, and stop it."""
    keys = [key for key in wanted if key in SCENARIOS and name in SCENARIOS[key].servers]
    if not keys:
        return
    with opened(name) as server:
        for key in keys:
            runs[key].setdefault(name, []).append(load(server, **SCENARIOS[key].options(name, seconds)))


def _table(key: str, runs: _Runs) -> str:
    """The table of one scenario."""
    if key == "rooms":
        head = [
            "",
            "flooded: deliveries/s",
            "others: median of the rooms' p99",
            "worst p99",
            "ratio",
            "server",
            "waited",
            "load",
            "exact",
        ]
        return markdown(head, ([name, *_rooms_row(found)] for name, found in runs.items()))
    head = ["", "deliveries/s", "CPU-s per million", "to flighttap", "p50", "p99", "server", "waited", "load", "exact"]
    rows = []
    for name, found in runs.items():
        against = ratio(found, runs.get(FLIGHTTAP), lambda run: run.cost)
        rows.append(
            [
                name,
                f"{median(run.rate for run in found):,.0f}",
                f"{median(run.cost for run in found):.3g}",
                "-" if against is None else f"{against:.3g}",
                *(f"{1e3 * median(at):.2f} ms" for at in ([run.p50 for run in found], [run.p99 for run in found])),
                *_shares(found),
                _faults(found),
            ]
        )
    return markdown(head, rows)


def _shares(found: Sequence[Found]) -> list[str]:
    """How much of its core the server took, for how long it waited for it, and the load generator of its own."""
    shares = (
        [run.server_cpu / run.seconds for run in found],
        [run.waited / run.seconds for run in found],
        [run.load_share for run in found],
    )
    return [f"{100 * median(share):.0f} %" for share in shares]


def _others(found: Found) -> tuple[float, float]:
    """Of the rooms that are not flooded: the median and the largest of their p99, s."""
    return median(found.room_p99[1:]), max(found.room_p99[1:])


def _limit(runs: dict[str, _Runs]) -> str:
    """What shows that the load generator did not hold flighttap back."""
    most = {
        name: max((run.rate for each in runs.values() for run in each.get(name, ())), default=0.0)
        for name in (FLIGHTTAP, C_COALESCE)
    }
    share = max((run.load_share for each in runs.values() for run in each.get(FLIGHTTAP, ())), default=0.0)
    return (
        f"\nBeside {FLIGHTTAP} the load generator took at most {100 * share:.0f} % of its core, and at most "
        f"{most[FLIGHTTAP]:,.0f} deliveries/s; from the C server it took up to {most[C_COALESCE]:,.0f}."
    )


def _rooms_row(found: Sequence[Found]) -> list[str]:
    usual, worst = (median(times) for times in zip(*map(_others, found), strict=True))
    return [
        f"{median(run.rate for run in found):,.0f}",
        f"{1e3 * usual:.2f} ms",
        f"{1e3 * worst:.2f} ms",
        f"{median(_unfair(run) for run in found):.2f}",
        *_shares(found),
        _faults(found),
    ]


def _unfair(found: Found) -> float:
    usual, worst = _others(found)
    return worst / usual


def _faults(found: Sequence[Found]) -> str:
    return "; ".join(run.faults for run in found if run.faults) or "yes"


def _goals(runs: dict[str, _Runs]) -> str:
    """The floors and goals of the scenarios that were run."""

    def side_by_side(key: str, one: str, other: str, of: Callable[[Found], float]) -> float | None:
        return ratio(runs.get(key, {}).get(one), runs.get(key, {}).get(other), of)

    def cheaper(name: str) -> float | None:
        return side_by_side("100", name, FLIGHTTAP, lambda run: run.cost)

    flooded = runs.get("rooms", {}).get(FLIGHTTAP)
    lines = (
        Goal("100 watchers: CPU of Channels + daphne", cheaper(CHANNELS), 250, 400, least=True),
        Goal("100 watchers: CPU of Autobahn sendMessage", cheaper("Autobahn sendMessage"), 8, 12, least=True),
        Goal("100 watchers: CPU of websockets.broadcast", cheaper("websockets.broadcast"), 2.5, 4, least=True),
        Goal("100 watchers: CPU to C coalescing", _inverse(cheaper(C_COALESCE)), 2.5, 1.7),
        Goal(
            "one under way: throughput to C send",
            side_by_side("one", FLIGHTTAP, C_SEND, lambda run: run.rate), 0.75, 0.9, least=True,
        ),
        Goal("paced: p50 to C send", side_by_side("paced", FLIGHTTAP, C_SEND, lambda run: run.p50), 2.5, 1.2),
        Goal("paced: p99 to C send", side_by_side("paced", FLIGHTTAP, C_SEND, lambda run: run.p99), 3, 2),
        Goal(
            "1,000 watchers: CPU to C coalescing",
            side_by_side("1000", FLIGHTTAP, C_COALESCE, lambda run: run.cost), 1.8, 1.2,
        ),
        Goal(
            "flooded: worst other room's p99 to the median",
            median(map(_unfair, flooded)) if flooded else None, 2, 2,
        ),
    )  # fmt: skip
    return goals(lines)


def _inverse(value: float | None) -> float | None:
    return None if value is None else 1 / value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
