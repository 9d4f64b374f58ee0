"""What a delivery costs as a room grows: CPU of the server for each, from 10 to 5,000 watchers and to 50,000 aircraft.

Tutorial mode, flights of 265 bytes, two ways at each size:

* one under way: the next flight is sent when every watcher has the last, so that nothing is merged and each delivery is
  a send of its own. This is the curve that must be flat;
* saturated: 256 flights under way, of which those that are read in one turn of the reactor go out in one send. Where
  there is less to do for each flight, more of them are read in a turn.

Beside it a bare server in C with one under way: what of that curve is the system's.

The room of the second half has 100 watchers, and all of its aircraft before it begins.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median

import msgspec

from benchmarks._load import Found, many_files, turning
from benchmarks._peer import V1, Peer
from benchmarks._plot import Panel, svg
from benchmarks._servers import C_SEND, FLIGHTTAP, LIFTED, Server, opened
from benchmarks._table import Goal, environment, goals, markdown

__all__ = ["main"]

WATCHERS = (10, 30, 100, 300, 1000, 3000, 5000)
AIRCRAFT = (100, 1000, 10_000, 50_000)
AMONG = 100
"""Watchers of the room whose aircraft grow in number."""
WARM = 0.2
"""Seconds before what is measured begins."""
ONE = "one under way"
SATURATED = "saturated"
LIMIT = "one under way: C"
WINDOW = 256
"""Flights under way where it is saturated."""
LOT = 250
"""Aircraft in one message of what fills a room."""
ROOM = "room0"

_Runs = dict[int, list[Found]]


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit status is 1 where something was not delivered as it was sent."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks cost", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one short round: figures to look at, not to tell")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run (default: %(default)s)")
    parser.add_argument("--svg", type=Path, help="draw the curves into this file, too")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 1, min(options.seconds, 0.3)
    many_files()
    print(environment())
    runs: dict[str, dict[str, _Runs]] = {
        "watchers": {how: defaultdict(list) for how in (ONE, SATURATED, LIMIT)},
        "aircraft": {how: defaultdict(list) for how in (ONE, SATURATED)},
    }
    for _ in range(options.rounds):
        for name, windows in {FLIGHTTAP: {ONE: 1, SATURATED: WINDOW}, C_SEND: {LIMIT: 1}}.items():
            with opened(name) as server:
                for watchers in WATCHERS:
                    for how, found in _run(server, windows, watchers, 100, options.seconds):
                        runs["watchers"][how][watchers].append(found)
        with opened(FLIGHTTAP) as server:
            for aircraft in AIRCRAFT:
                _fill(server, aircraft)
                for how, found in _run(server, {ONE: 1, SATURATED: WINDOW}, AMONG, aircraft, options.seconds):
                    runs["aircraft"][how][aircraft].append(found)
    for what, each in runs.items():
        print(f"**{what}**\n\n{_table(what, each)}")
    print(goals(_goals(runs)))
    print(
        f"CPU-seconds of the server for a million deliveries; medians of {options.rounds} rounds of "
        f"{options.seconds:g} s a run. Load: what the load generator took of its core. flighttap with "
        f"`{' '.join(LIFTED)}`."
    )
    if options.svg:
        options.svg.write_text(_drawn(runs))
    every = [
        found for each in runs.values() for sizes in each.values() for all_of in sizes.values() for found in all_of
    ]
    return 1 if any(found.faults for found in every) else 0


def _run(
    server: Server, windows: Mapping[str, int], watchers: int, aircraft: int, seconds: float
) -> Iterator[tuple[str, Found]]:
    """One room, loaded in each way."""
    most = max(windows.values())
    with turning(server, watchers=watchers - 1, publishers=1, aircraft=aircraft, window=most) as turns:
        for how, window in windows.items():
            turns.begin(WARM, window)
            turns.end()
            turns.begin(seconds, window)
            yield how, turns.end()


def _fill(server: Server, aircraft: int) -> None:
    """Let a room have the aircraft that the load generator will speak of."""
    with closing(Peer(server.port, ROOM, V1)) as publisher:
        for first in range(0, aircraft, LOT):
            flights = [
                {"hex": f"{0x400000 + number:06x}", "lat": 52.0} for number in range(first, min(first + LOT, aircraft))
            ]
            publisher.send(msgspec.json.encode({"op": "publish", "id": first, "aircraft": flights}))
            acknowledged = False
            while not acknowledged:
                said = [msgspec.json.decode(message) for message in publisher.wait(10)]
                acknowledged = any(each["t"] == "ok" for each in said)
                if not said or any(each["t"] == "error" for each in said):
                    raise RuntimeError(f"the room does not take its aircraft: {said}")


def _costs(each: _Runs) -> dict[int, float]:
    return {size: median(found.cost for found in all_of) for size, all_of in each.items()}


def _table(what: str, runs: dict[str, _Runs]) -> str:
    head = [what, *(f"{how}: {of}" for how in runs for of in ("CPU-s per million", "deliveries/s", "load"))]
    rows = []
    for size in next(iter(runs.values())):
        cells = [f"{size:,}"]
        for each in runs.values():
            found = each[size]
            share = median(run.load_share for run in found)
            cells += [
                f"{median(run.cost for run in found):.3g}",
                f"{median(run.rate for run in found):,.0f}",
                f"{100 * share:.0f} %",
            ]
        rows.append(cells)
    return markdown(head, rows)


def _goals(runs: dict[str, dict[str, _Runs]]) -> list[Goal]:
    lines = []
    for what, each in runs.items():
        costs = _costs(each[ONE])
        sizes = f"{min(costs):,} to {max(costs):,} {what}"
        lines.append(
            Goal(f"{sizes}, {ONE}: dearest delivery to cheapest", max(costs.values()) / min(costs.values()), 2, 2)
        )
    return lines


def _drawn(runs: dict[str, dict[str, _Runs]]) -> str:
    panels = [
        Panel(title, what, {how: list(_costs(sizes).items()) for how, sizes in runs[what].items()})
        for what, title in {"watchers": "100 aircraft", "aircraft": f"{AMONG} watchers"}.items()
    ]
    return svg(panels, "CPU-seconds per million deliveries")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
