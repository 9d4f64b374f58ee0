"""What it costs to come in: CPU of the server for each join, beside the peers.

Watchers join one room, 32 handshakes under way at a time, and nothing is sent: the server's CPU is divided by how many
came. flighttap is measured once more with watchers of version 1 that are given a snapshot of a thousand flights.
Servers take turns, round by round, each in a fresh process.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing
from http.client import HTTPConnection
from statistics import median

import msgspec

from benchmarks._load import Found, idle, many_files
from benchmarks._peer import V1
from benchmarks._servers import CHANNELS, FLIGHTTAP, LIFTED, OPENERS, Server, available, opened
from benchmarks._table import Goal, environment, goals, markdown, missing, ratio

__all__ = ["main"]

FLIGHTS = 1000
"""Flights in the room of those that get a snapshot."""
LOT = 100
"""Flights in one message."""

_WITH_SNAPSHOT = f"flighttap, v1, snapshot of {FLIGHTS:,} flights"


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks join", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--connections", type=int, default=2000, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--server", choices=OPENERS, action="append", help="only this one (default: all)")
    options = parser.parse_args(arguments)
    many_files()
    print(environment() + missing())
    runs: defaultdict[str, list[Found]] = defaultdict(list)
    for _ in range(1 if options.quick else options.rounds):
        for name in options.server or OPENERS:
            if available(name):
                with opened(name) as server, idle(server, watchers=options.connections) as found:
                    runs[name].append(found)
            if name == FLIGHTTAP:
                runs[_WITH_SNAPSHOT].append(_with_snapshot(options.connections))
    rows = [
        [
            name,
            f"{1e6 * median(run.server_cpu for run in found) / options.connections:.0f} µs",
            f"{median(options.connections / run.seconds for run in found):,.0f}",
        ]
        for name, found in runs.items()
    ]
    print(f"\n{markdown(['', 'CPU per join', 'joins/s'], rows)}")
    share = ratio(runs.get(FLIGHTTAP), runs.get(CHANNELS), lambda run: run.server_cpu)
    goal = Goal(f"CPU per join to {CHANNELS}", share, 0.5, 0.5)
    print(goals([goal]))
    print(f"Medians; {options.connections} joins; flighttap with `{' '.join(LIFTED)}`; {CHANNELS} without a log.")
    return 0


def _with_snapshot(connections: int) -> Found:
    with opened(FLIGHTTAP) as server:
        _fill(server)
        watch = msgspec.json.encode({"op": "watch"}).decode()
        with idle(server, watchers=connections, protocol=V1, hello=watch) as found:
            return found


def _fill(server: Server) -> None:
    for first in range(0, FLIGHTS, LOT):
        flights = [
            {"hex": f"{number:06x}", "flight": f"KLM{number}", "lat": 52.0, "lon": number / 100, "alt_baro": 36000,
             "gs": 447.2, "track": 93.1, "baro_rate": -64, "squawk": "1000", "category": "A3"}
            for number in range(first, first + LOT)
        ]  # fmt: skip
        with closing(HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
            path = "/api/v1/rooms/room0/aircraft"
            connection.request("POST", path, msgspec.json.encode(flights), {"Content-Type": "application/json"})
            status = connection.getresponse().status
        if status >= 300:
            raise RuntimeError(f"{path} answered {status}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
