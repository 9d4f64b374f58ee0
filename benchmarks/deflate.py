"""What permessage-deflate costs the server: watchers that took it, beside as many that did not.

A hundred aircraft are heard ten times a second, all at once, and every watcher of flighttap.v1.json gets each such
batch as one update. What the first watcher read is inflated and followed, so that what was measured is known to be
right. The two take turns, each in a fresh process; the ratio is that of each round. Memory is what the process has with
so many watchers of a room where next to nothing happens, each of which sent one deflated message or one plain: state of
zlib for a connection would be 10 to 300 kB.
"""

from __future__ import annotations

import argparse
import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from benchmarks._load import many_files
from benchmarks._peer import V1
from benchmarks._servers import LIFTED
from benchmarks._table import Goal, environment, goals, markdown, ratio
from benchmarks._watch import Seen, watch
from benchmarks._world import one_room
from flighttap.client.replica import Replica

__all__ = ["main"]

FLIGHTS = 100
PERIOD = 0.1
_HZ = 20
_STEP = 25
_DEFLATED = 0xC1
_KEPT = struct.Struct("<BI")
_MODES = {"plain": False, "deflated": True}


@dataclass(frozen=True)
class Run:
    """What one run found, and what the first watcher's messages were: updates, and what was wrong with them."""

    seen: Seen
    updates: int
    faults: str

    @property
    def cost(self) -> float:
        """CPU seconds of the server for an update to one watcher."""
        return self.seen.server_cpu / self.seen.text


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit status is 1 where a message was not as it must be."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks deflate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of each run (default: %(default)s)")
    parser.add_argument("--watchers", type=int, default=200, help="(default: %(default)s)")
    parser.add_argument("--connections", type=int, default=1000, help="for the memory (default: %(default)s)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 1, min(options.seconds, 2.0)
        options.connections = min(options.connections, 200)
    many_files()
    print(environment())
    runs: dict[str, list[Run]] = {mode: [] for mode in _MODES}
    sizes: dict[str, list[float]] = {mode: [] for mode in _MODES}
    for _ in range(options.rounds):
        for mode, deflated in _MODES.items():
            runs[mode].append(_run(options.watchers, options.seconds, deflated))
            sizes[mode].append(_memory(options.connections, deflated))
    rows = [
        [
            mode,
            f"{1e6 * median(run.cost for run in each):.1f} µs",
            f"{median(run.seen.text / run.seen.seconds for run in each):,.0f}",
            f"{median(run.seen.bytes / run.seen.text for run in each):,.0f}",
            f"{median(sizes[mode]) / 1e6:.1f} MB",
            f"{100 * median(run.seen.load_share for run in each):.1f} %",
            "; ".join(run.faults for run in each if run.faults) or "yes",
        ]
        for mode, each in runs.items()
    ]
    head = ["", "CPU of an update", "updates/s", "bytes each", f"memory with {options.connections:,}", "load", "exact"]
    print(f"\n{markdown(head, rows)}")
    share = ratio(runs["deflated"], runs["plain"], lambda run: run.cost)
    more = median(one - other for one, other in zip(sizes["deflated"], sizes["plain"], strict=True))
    found = (
        Goal("CPU of an update, deflated to plain", share, 1.5, 1.15),
        Goal("memory, deflated less plain, kB a connection", more / options.connections / 1000, 5, 2),
    )
    print(goals(found))
    print(
        f"Medians of {options.rounds} rounds of {options.seconds:g} s; {options.watchers} watchers; {FLIGHTS} aircraft "
        f"in each update; flighttap with `{' '.join(LIFTED)}`. Load: what the load generator took of its core."
    )
    return 1 if any(run.faults for each in runs.values() for run in each) else 0


def _run(watchers: int, seconds: float, deflated: bool) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        kept = Path(folder, "kept")
        seen = watch(
            one_room(FLIGHTS, watchers, _HZ), protocol=V1, deflate=deflated, burst=True, period=PERIOD, seconds=seconds,
            warm=1.0, settle=1.0, keep=str(kept),
        )  # fmt: skip
        updates, faults = _followed(kept.read_bytes(), deflated)
    return Run(seen, updates, "; ".join(filter(None, (seen.faults, faults))))


def _memory(connections: int, deflated: bool) -> float:
    return watch(
        one_room(1, connections, 0.2), protocol=V1, deflate=deflated, seconds=0.5, warm=0.5, settle=0.5
    ).memory  # fmt: skip


def _followed(kept: bytes, deflated: bool) -> tuple[int, str]:
    """How many updates a watcher got, by which aircraft only rise, and all to one height; and what was else."""
    replica, updates = Replica(), 0
    before: dict[str, int] = {}
    for message in _messages(kept):
        replica.apply(message)
        if message["t"] != "update":
            continue
        updates += 1
        heights = {key: row["alt_baro"] for key, row in replica.aircraft.items()}
        risen = [height - before.get(key, height) for key, height in heights.items()]
        if len(heights) != FLIGHTS or any(by < 0 or by % _STEP for by in risen):
            return updates, f"update {updates} was not from one step to another"
        before = heights
    if not before or max(before.values()) - min(before.values()) > _STEP:  # it may end in the middle of a batch
        return updates, "the aircraft came apart"
    if deflated and not any(first == _DEFLATED for first, _ in _frames(kept)):
        return updates, "nothing was deflated"
    return updates, ""


def _messages(kept: bytes) -> Iterator[dict[str, Any]]:
    for first, payload in _frames(kept):
        if first == _DEFLATED:
            payload = zlib.decompressobj(-15).decompress(payload + b"\0\0\xff\xff")
        yield msgspec.json.decode(payload)


def _frames(kept: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place < len(kept):
        first, size = _KEPT.unpack_from(kept, place)
        place += _KEPT.size + size
        if first in (0x81, _DEFLATED):
            yield first, kept[place - size : place]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
