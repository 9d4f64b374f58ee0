"""What comes in: how many flights a second a server takes, and the CPU of each, with nobody watching and with many.

Four ways in, as fast as the server takes it until all has been taken; and what others publish with default limits:

* one by one: a tutorial publisher sends flights of 265 bytes and keeps some under way; it gets its own back, and so
  do the watchers. flighttap beside its peers;
* in batches: version 1, a hundred such flights in each message, the last of which must be acknowledged;
* Beast and SBS over TCP: the messages of a site that hears some 1,800 aircraft;
* with default limits: many publishers at once, and one far over its rate. Each watcher must get every flight, unchanged
  and in the order in which its publisher sent it.

The watchers of all but the first way are of version 1, at its default rate of 5 a second.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from socket import create_connection, socket
from statistics import median

import msgspec

from benchmarks._load import Found, load, many_files
from benchmarks._peer import V1, Peer, framed
from benchmarks._pour import Poured, pour
from benchmarks._process import Process
from benchmarks._servers import C_COALESCE, CHANNELS, FLIGHTTAP, LIFTED, OPENERS, Server, available, flighttap, opened
from benchmarks._sky import DATA, Sky, as_sbs, busy
from benchmarks._table import Goal, environment, goals, markdown, missing
from tests.daemon import until
from tests.e2e.fakesite import free_port

__all__ = ["main"]

WATCHERS = (0, 100)
WINDOW = 256
"""Flights under way of the one that publishes one by one."""
NARROW = {CHANNELS: 8}
"""The same where more would only make the queue longer."""
LOT = 100
"""Flights in one batch."""
LOTS = 3
"""Batches until the same flights are told of again."""
PEERS = (C_COALESCE, "websockets.broadcast", "Autobahn sendMessage", CHANNELS)
RATE = 20_000
"""Messages a second at which the sky of Beast and SBS is at the speed of life; up to three times that is believed."""
PIECE = 65536
"""Bytes handed to the socket at once."""
ROOM = "room0"

BURSTS: dict[str, dict[str, float | str | bool]] = {
    "40 publishers, 5 flights each at once": {
        "publishers": 40, "watchers": 20, "burst": 5, "rate": 5, "total": 5, "seconds": 20
    },
    "1,000 flights at 500/s": {"watchers": 20, "rate": 500, "total": 1000, "seconds": 60},
}  # fmt: skip

_Runs = dict[tuple[str, int], list[Found | Poured]]


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit status is 1 where flighttap lost or changed something."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks ingest", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one short round: figures to look at, not to tell")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run one by one (default: %(default)s)")
    parser.add_argument("--messages", type=int, default=40_000, help="of each other run (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the recordings (default: %(default)s)")
    parser.add_argument("--server", choices=OPENERS, action="append", help="only this one (default: all)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.seconds = 1, min(options.seconds, 0.5)
        options.messages = min(options.messages, 10_000)
    many_files()
    print(environment() + missing())
    servers = [name for name in (FLIGHTTAP, *PEERS) if name in (options.server or OPENERS) and available(name)]
    made_of, sky = busy(options.data, RATE, options.messages)
    ours: dict[str, Callable[[int], Poured]] = {
        f"version 1, in batches of {LOT}": lambda watchers: _batches(options.messages, watchers),
        f"Beast over TCP ({made_of})": lambda watchers: _feed("beast", sky, watchers),
        "SBS over TCP (the same)": lambda watchers: _feed("sbs", as_sbs(sky), watchers),
    }
    runs: defaultdict[tuple[str, int], list[Found | Poured]] = defaultdict(list)
    for number in range(options.rounds):
        for name in servers if number % 2 == 0 else reversed(servers):
            for watchers in WATCHERS:
                with opened(name) as server:
                    found = load(
                        server, watchers=watchers, window=NARROW.get(name, WINDOW), seconds=options.seconds, warm=0.3
                    )
                runs[f"one by one: {name}", watchers].append(found)
        for way, run in ours.items() if FLIGHTTAP in servers else ():
            for watchers in WATCHERS:
                runs[f"{way}: {FLIGHTTAP}", watchers].append(run(watchers))
    print(f"\n**Flights taken in**\n\n{_table(runs)}")
    lost, faults = _bursts([name for name in servers if name in (FLIGHTTAP, CHANNELS)])
    what = "default limits: flights lost, changed or out of order at any watcher"
    print(goals([Goal(what, lost, 0, 0)]))
    print(
        f"Medians of {options.rounds} rounds; one by one for {options.seconds:g} s with {WINDOW} flights under way "
        f"({', '.join(f'{count} {name}' for name, count in NARROW.items())}), else {options.messages:,} flights or "
        f"messages, of which all were taken. flighttap, but for the last table, with `{' '.join(LIFTED)}`."
    )
    return 1 if faults else 0


# ---- ways in


def _batches(flights: int, watchers: int) -> Poured:
    """A publisher of version 1; taken once the last batch is acknowledged."""
    count = max(LOTS, flights // LOT)
    pieces = [framed(_batch(number)) for number in range(count)]
    with flighttap(*LIFTED) as server, _watchers(server, watchers) as there:
        with closing(Peer(server.port, ROOM, V1)) as publisher:
            acknowledged = [0]

            def taken() -> bool:
                for message in publisher.messages():
                    said = msgspec.json.decode(message)
                    acknowledged[0] = max(acknowledged[0], said["id"] if said["t"] == "ok" else 0)
                return acknowledged[0] == count

            found = pour(Process(server.pid), publisher.socket, pieces, count * LOT, taken, there)
        _compare(server, count)
    return found


def _batch(number: int) -> bytes:
    """One message; its ``id`` counts from 1."""
    flights = [_flight(number % LOTS * LOT + each, number) for each in range(LOT)]
    return b'{"op":"publish","id":%d,"aircraft":[%s]}' % (number + 1, b",".join(flights))


def _flight(aircraft: int, number: int) -> bytes:
    said = (
        f'{{"hex":"{0x400000 + aircraft:06x}","flight":"KLM{1000 + aircraft}","lat":52.{number % 100000:05}7,'
        f'"lon":{4 + aircraft / 1000:.3f}13,"alt_baro":36000,"gs":447.2,"track":93.1,"baro_rate":-64,"squawk":"1000",'
        f'"category":"A3","r":"PH-BXA","t":"B738","from":"LHR","to":"AMS","n":{number},"note":"'
    )
    return f'{said:.<263}"}}'.encode()


def _compare(server: Server, count: int) -> None:
    """See that the room holds the newest of each flight."""
    rows = {row["hex"]: row for row in server.get(f"/api/v1/rooms/{ROOM}/aircraft")["aircraft"]}
    for number in range(count - LOTS, count):
        for each in range(LOT):
            said = msgspec.json.decode(_flight(number % LOTS * LOT + each, number))
            if abs(rows[said["hex"]]["lat"] - said["lat"]) > 1e-6:
                raise RuntimeError(f"the room does not hold the newest of {said['hex']}")


def _feed(form: str, sky: Sky, watchers: int) -> Poured:
    """A receiver; taken once the decoder has counted the last message."""
    whole = b"".join(sky.messages)
    pieces = [whole[start : start + PIECE] for start in range(0, len(whole), PIECE)]
    port = free_port()
    lat, lon = sky.receiver
    feed = f"--feed=roof:{ROOM}={form}@listen:tcp:{port}?receiver={lat},{lon}"
    with flighttap(*LIFTED, feed) as server, _watchers(server, watchers) as there:

        def taken() -> bool:
            (feed,) = server.get(f"/api/v1/rooms/{ROOM}")["feeds"]
            return bool(feed["bytes"] == len(whole))

        with until(lambda: _dialled(port), "the feed listens") as receiver:
            return pour(Process(server.pid), receiver, pieces, len(sky.messages), taken, there)


def _dialled(port: int) -> socket | None:
    try:
        return create_connection(("127.0.0.1", port))
    except ConnectionRefusedError:
        return None


@contextmanager
def _watchers(server: Server, count: int) -> Iterator[list[socket]]:
    """So many that watch in version 1."""
    with ExitStack() as stack:
        peers = [stack.enter_context(closing(Peer(server.port, ROOM, V1))) for _ in range(count)]
        for peer in peers:
            peer.send(b'{"op":"watch"}')
        yield [peer.socket for peer in peers]


# ---- what is told


def _table(runs: _Runs) -> str:
    def cells(found: Sequence[Found | Poured]) -> list[str]:
        rates = [run.published / run.seconds if isinstance(run, Found) else run.rate for run in found]
        costs = [1e6 * run.server_cpu / run.published if isinstance(run, Found) else run.cost for run in found]
        shares = [run.server_cpu / run.seconds if isinstance(run, Found) else run.share for run in found]
        loads = [run.load_share for run in found]
        faults = "; ".join(run.faults for run in found if isinstance(run, Found) and run.faults)
        return [
            f"{median(rates):,.0f}", f"{median(costs):,.3g}", f"{100 * median(shares):.0f} %",
            f"{100 * median(loads):.0f} %", faults or "yes",
        ]  # fmt: skip

    head = ["", "watchers", "flights or messages/s", "CPU-s per million", "server", "load", "all taken"]
    return markdown(head, ([way, f"{watchers:,}", *cells(found)] for (way, watchers), found in runs.items()))


def _bursts(servers: Sequence[str]) -> tuple[float | None, list[str]]:
    """Print what arrived of flights that come all at once; gives how many did not at flighttap, and in words."""
    rows, faults = [], []
    wrong: int | None = None
    for title, options in BURSTS.items():
        for name in servers:
            with opened(name, limited=True) as server:
                found = load(server, **options)
            due = found.all_deliveries + found.missing
            lost = f"{100 * found.missing / due:.1f} %"
            counts = [f"{due:,}", lost, f"{found.reordered:,}", f"{found.corrupt:,}", f"{found.seconds:.1f} s"]
            rows.append([f"{title}: {name}", *counts, found.said or "nothing"])
            if name == FLIGHTTAP:
                wrong = (wrong or 0) + found.missing + found.reordered + found.corrupt + found.other
                faults += [found.faults or found.said] if found.faults or found.other else []
    head = ["", "deliveries due", "lost", "out of order", "changed", "until all was there", "said besides"]
    print(f"\n**All at once, with default limits, 20 watchers**\n\n{markdown(head, rows)}")
    return wrong, faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
