"""What one busy site costs: flighttap beside dump1090-mutability on the same bytes at the same rate.

Both get Beast messages over TCP at an even rate, in turns. flighttap has one watcher of version 1 at the default rate;
dump1090 writes its aircraft.json once a second, which is what its map reads. Two skies of that many messages a second:

* many: hundreds of aircraft at the speed of life, cut from the one flight of the Toulouse recording;
* recording: that recording as it is, some 400 times too fast. Over TCP the time of a message is its arrival, so that
  its aircraft are too fast to be true. That is why flighttap replays the file, too: there each message has its time.
"""

from __future__ import annotations

import argparse
import platform
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from statistics import median

import pytest

from benchmarks._layers import Layers
from benchmarks._peer import V1, Peer
from benchmarks._process import Process, machine
from benchmarks._sky import DATA, RECORDING, Sky, folded, recorded
from tests.daemon import running
from tests.e2e.dump1090 import dump1090
from tests.e2e.fakesite import free_port

__all__ = ["main"]

_TICK = 0.01
"""Seconds between two packets of messages."""
_SETTLED = 1.5
"""Seconds after which a count that did not change will not change."""


@dataclass(frozen=True)
class Site:
    """One program that is to be fed.

    :param count: gives how many messages it has understood, and how many aircraft with a position it has.
    :param port: where it takes Beast; ``None``: it feeds itself.
    :param watcher: reads along.
    """

    process: Process
    count: Callable[[], tuple[int, int]]
    port: int | None = None
    watcher: Peer | None = None


@dataclass(frozen=True)
class Cost:
    """What a run cost.

    :param cpu: cores taken; ``memory``: bytes at the end.
    :param rate: messages understood a second; ``placed``: aircraft with a position at the end.
    :param told: bytes a second to the watcher.
    """

    cpu: float
    memory: int
    rate: float
    placed: int
    told: float


Opener = Callable[[], AbstractContextManager[Site]]


def main(arguments: Sequence[str]) -> int:
    """Print the table; the exit status is 1 when the recording or the peer is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks site", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=3500, help="messages a second (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="of each run (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="in which all take turns (default: %(default)s)")
    parser.add_argument("--profile", action="store_true", help="say in which layer flighttap's time goes, instead")
    options = parser.parse_args(arguments)
    path = options.data / RECORDING
    if not path.is_file():
        print(f"the recording {path} is not here", file=sys.stderr)
        return 1
    many, record = folded(path, options.rate), recorded(path)
    if options.rate * options.seconds > len(many.messages):
        parser.error(f"the recording has {len(many.messages)} messages: take fewer seconds or a lower rate")
    replay = f"beast@file:{path}?speed={options.rate * record.seconds / len(record.messages):.1f}"
    measure = partial(_measure, rate=options.rate, seconds=options.seconds)
    if options.profile:
        _profile("many", many, partial(_flighttap, many), measure)
        _profile("recording, replayed", record, partial(_flighttap, record, replay), measure)
        return 0
    sites: dict[str, tuple[Sky, Opener]] = {
        "many: flighttap": (many, partial(_flighttap, many)),
        "many: dump1090": (many, partial(_dump1090, many)),
        "recording: flighttap": (record, partial(_flighttap, record)),
        "recording: dump1090": (record, partial(_dump1090, record)),
        "recording, replayed: flighttap": (record, partial(_flighttap, record, replay)),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in sites}
    try:
        for _ in range(options.rounds):
            for name, (sky, opened) in sites.items():
                with opened() as site:
                    costs[name].append(measure(site, sky))
    except (pytest.skip.Exception, pytest.fail.Exception) as missing:
        print(missing, file=sys.stderr)
        return 1
    _print(costs, options)
    return 0


# ---- who is fed


@contextmanager
def _flighttap(sky: Sky, source: str = "", twistd: Sequence[str] = ("-n", "--pidfile=")) -> Iterator[Site]:
    """A server with one watcher.

    :param source: where it gets the messages by itself, if it does.
    """
    port = None if source else free_port()
    place = f"{'&' if source else '?'}receiver={sky.receiver[0]},{sky.receiver[1]}"
    feed = f"--feed=site={source or f'beast@listen:tcp:{port}'}{place}"
    with (
        running(feed, "--no-demo", twistd=twistd) as server,
        closing(Peer(server.port, "site", V1)) as watcher,
    ):
        watcher.send(b'{"op":"watch"}')

        def count() -> tuple[int, int]:
            described = server.get("/api/v1/rooms/site")
            return described["feeds"][0]["messages"], described["with_position"]

        yield Site(Process(server.process.pid), count, port, watcher)


@contextmanager
def _dump1090(sky: Sky) -> Iterator[Site]:
    with (
        tempfile.TemporaryDirectory() as folder,
        dump1090(Path(folder), "--lat", str(sky.receiver[0]), "--lon", str(sky.receiver[1])) as decoder,
    ):

        def count() -> tuple[int, int]:
            written = decoder.sky()
            return written.get("messages", 0), sum("lat" in row for row in written.get("aircraft", ()))

        yield Site(Process(decoder.process.pid), count, decoder.beast_in)


# ---- the run


def _measure(site: Site, sky: Sky, rate: float, seconds: float) -> Cost:
    """Feed it for so long and see what that costs."""
    with ExitStack() as stack:
        sender = None
        if site.port is not None:
            sender = stack.enter_context(socket.create_connection(("127.0.0.1", site.port)))
        before, _ = site.count()
        cpu, began = site.process.cpu(), time.monotonic()
        sent = 0
        while (elapsed := time.monotonic() - began) < seconds:
            due = int(elapsed * rate)
            if sender is not None and due > sent:
                sender.sendall(b"".join(sky.messages[sent:due]))
                sent = due
            if site.watcher is not None:
                site.watcher.messages()
            time.sleep(_TICK)
        spent, elapsed = site.process.cpu() - cpu, time.monotonic() - began
        taken, placed = _last_count(site)
        told = 0.0 if site.watcher is None else site.watcher.bytes_in / elapsed
        return Cost(spent / elapsed, site.process.memory(), (taken - before) / elapsed, placed, told)


def _last_count(site: Site) -> tuple[int, int]:
    """What it has counted once that does not change any more; some write it down once a second only."""
    count, since = site.count(), time.monotonic()
    while time.monotonic() - since < _SETTLED:
        time.sleep(0.1)
        if (newer := site.count()) != count:
            count, since = newer, time.monotonic()
    return count


def _print(costs: dict[str, list[Cost]], options: argparse.Namespace) -> None:
    print(
        f"{options.rate:g} messages/s; medians (and range) of {options.rounds} rounds of {options.seconds:g} s. "
        f"flighttap {version('flighttap')} with one watcher; dump1090-mutability that writes its JSON.\n"
        f"{machine()}, Python {platform.python_version()}, Twisted {version('twisted')}.\n"
    )
    print("| sky: program | CPU of a core | memory | messages/s | aircraft with position | to the watcher |")
    print("|---|---:|---:|---:|---:|---:|")
    for name, each in costs.items():
        cpus = sorted(100 * cost.cpu for cost in each)
        told = median(cost.told for cost in each)
        print(
            f"| {name} | {median(cpus):.1f} % ({cpus[0]:.1f} to {cpus[-1]:.1f}) "
            f"| {median(cost.memory for cost in each) / 2**20:.1f} MiB "
            f"| {median(cost.rate for cost in each):,.0f} "
            f"| {median(cost.placed for cost in each):.0f} | {f'{told / 1000:.1f} kB/s' if told else '-'} |"
        )


def _profile(
    name: str, sky: Sky, opened: Callable[..., AbstractContextManager[Site]], measure: Callable[..., Cost]
) -> None:
    """Run it as it is, and then under cProfile, which makes many small calls look dearer than they are."""
    with opened() as site:
        cost = measure(site, sky)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "profile")
        twistd = ("-n", "--pidfile=", f"--profile={path}", "--profiler=cprofile", "--savestats")
        with opened(twistd=twistd) as site:
            measure(site, sky)
        spent = 1e6 * cost.cpu / cost.rate
        print(f"{name}: {cost.rate:,.0f} messages/s, {spent:.1f} µs of CPU a message\n")
        print(Layers(path).table(spent), end="\n\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
