"""What a connection costs that does nothing: memory at the server, beside the peers.

So many watchers join one room and stay; nothing is sent. Memory is what is resident then, less what was before the
first came. Servers take turns, round by round, each in a fresh process.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from benchmarks._load import idle, many_files
from benchmarks._process import Process
from benchmarks._servers import CHANNELS, FLIGHTTAP, LIFTED, OPENERS, available, opened
from benchmarks._table import Goal, environment, goals, markdown, missing

__all__ = ["main"]

SETTLE = 0.5
"""Seconds after the last handshake, in which a server puts itself in order."""


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks idle", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round")
    parser.add_argument("--connections", type=int, default=2000, help="(default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--server", choices=OPENERS, action="append", help="only this one (default: all)")
    options = parser.parse_args(arguments)
    many_files()
    print(environment() + missing())
    sizes: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(1 if options.quick else options.rounds):
        for name in options.server or OPENERS:
            if available(name):
                sizes[name].append(_measured(name, options.connections))
    rows = []
    for name, each in sizes.items():
        one, all_of_it = (median(size) for size in zip(*each, strict=True))
        rows.append([name, f"{one / 1000:.1f} kB", f"{all_of_it / 1e6:.1f} MB"])
    print(f"\n{markdown(['', 'resident per connection', 'whole process'], rows)}")
    own = median(one for one, _ in sizes[FLIGHTTAP]) / 1000 if FLIGHTTAP in sizes else None
    goal = Goal("idle connection, kB (Channels + daphne in the same run: above)", own, 16, 13)
    print(goals([goal]))
    print(f"Medians; {options.connections} connections; flighttap with `{' '.join(LIFTED)}`; {CHANNELS} without a log.")
    return 0


def _measured(name: str, connections: int) -> tuple[float, float]:
    """Bytes resident for each connection, and for the process with all of them."""
    with opened(name) as server:
        process = Process(server.pid)
        with idle(server, watchers=1):
            time.sleep(SETTLE)
        before = process.memory()
        with idle(server, watchers=connections):
            time.sleep(SETTLE)
            after = process.memory()
    return (after - before) / connections, after


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
