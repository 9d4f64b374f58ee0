"""What the page costs the browser, beside a page of OpenLayers' WebGL vector layer that shows the same sky.

Chromium runs headless, its graphics on the CPU. Figures are CPU time of the page's main thread, taken from the
browser: what decoding, keeping, drawing and all else in it took.

* update: every aircraft moves, once a second. The peer names none, so ours is compared with its names off; it also
  flies the aircraft on between updates, where the peer draws each where it was said to be. The peer sets point and
  attributes of its features one by one, as its examples do, or, second way, takes all features out, changes them
  unheard and puts them in again.
* follow: frames that reached the screen in ten seconds while the map followed a flight.
* first: from the request of a room of the demo to ground and aircraft on the screen; a real server, nothing cached.
* churn: 2,000 aircraft, of which a hundred leave and a hundred others come each second; JavaScript's heap after a
  collection and the memory of the page's process, at the end beside that after the first fifth.
"""

from __future__ import annotations

import argparse
import platform
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from os import getloadavg
from statistics import median

from benchmarks._chromium import Chromium, Tab, chromium, pages
from benchmarks._process import machine
from benchmarks._table import Goal, goals, markdown
from benchmarks.peers.setup import node_modules, versions
from tests.daemon import running

__all__ = ["main"]

COUNTS = (1_000, 10_000, 30_000)
COMPARED = 10_000
"""Aircraft at which both are measured."""
UNNAMED = f"ours, {COMPARED:,}, names off"
PEER = f"OpenLayers, {COMPARED:,}"
BULK = f"{PEER}, all at once"
AREA = "lat=50&lon=6&spread=8"
WARM = 5
"""Updates before the measurement."""
CROWD = 2_000
LEAVE = 100
FOLLOWED = "n=300&zoom=10&spread=1"

_UPDATING = "() => { bench.timer = setInterval(() => { bench.update(); bench.done = (bench.done ?? 0) + 1; }, 1000); }"
_DONE = "() => bench.done"
_CHURNING = f"() => {{ bench.timer = setInterval(() => bench.churn({LEAVE}), 1000); }}"
_SHOWN = "() => performance.getEntriesByName('flights shown')[0]?.startTime"
_SKY = "() => performance.getEntriesByName('sky shown')[0]?.startTime"


def main(arguments: Sequence[str]) -> int:
    """Print the tables; the exit status is 1 when something that must be reached was not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks page", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round, few updates, one minute of churn")
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    parser.add_argument("--updates", type=int, default=15, help="measured in each run (default: %(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="of churn (default: %(default)s)")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part (default: all)")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.updates, options.minutes = 1, 4, 1
    found: list[Goal] = []
    with chromium() as browser, pages() as address:
        print(_environment(browser))
        for name in options.only or PARTS:
            found += PARTS[name](browser, address, options)
    print(goals(found))
    return 1 if any(goal.row()[-1] == "MISSED" for goal in found) else 0


def _environment(browser: Chromium) -> str:
    peer = versions().get("ol", "not installed (`python -m benchmarks.peers`)")
    return (
        f"{machine()}, Linux {platform.release()}; load average at the start {getloadavg()[0]:.1f}.\n"
        f"Chromium {browser.version} with SwiftShader; OpenLayers {peer}.\n"
    )


# ---- update


def _update(browser: Chromium, address: str, options: argparse.Namespace) -> list[Goal]:
    pages_ = {f"ours, {count:,}": f"ours.html?n={count}&zoom=6&{AREA}" for count in COUNTS}
    pages_[UNNAMED] = f"ours.html?n={COMPARED}&labels=off&zoom=6&{AREA}"
    if (node_modules() / "ol").exists():
        peer = f"openlayers.html?n={COMPARED}&zoom=6&{AREA}"
        pages_ |= {PEER: peer, BULK: f"{peer}&way=bulk"}
    runs: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(options.rounds):
        for name, path in pages_.items():
            with browser.tab() as tab:
                tab.open(f"{address}/bench/{path}&updates={options.updates + WARM + 20}")
                runs[name].append(_per_update(tab, options.updates))
    rows = [[name, f"{1e3 * median(each):.1f}", f"{1e3 * min(each):.1f}"] for name, each in runs.items()]
    print("**update**\n\n" + markdown(["main thread, every aircraft moving", "ms an update", "least"], rows))
    growth = [many / few for few, many in zip(runs[f"ours, {COUNTS[0]:,}"], runs[f"ours, {COUNTS[-1]:,}"], strict=True)]
    return [
        Goal(f"ms an update to OpenLayers at {COMPARED:,}", _paired(runs[UNNAMED], runs.get(PEER)), 0.1, 0.05),
        Goal("the same, all of its features at once", _paired(runs[UNNAMED], runs.get(BULK)), 0.1, 0.05),
        Goal(f"growth from {COUNTS[0]:,} to {COUNTS[-1]:,}", median(growth), 4, 4),
    ]


def _per_update(tab: Tab, updates: int) -> float:
    """CPU seconds of the main thread for each update and what is drawn of it."""
    tab.run(_UPDATING)
    tab.until(f"() => bench.done >= {WARM}", 120)
    began, before = tab.run(_DONE), tab.busy()
    tab.rest(updates)  # asking how far it is would be work, too
    busy, done = tab.busy(), tab.run(_DONE)
    return (busy - before) / float(done - began)


def _paired(ours: list[float], theirs: list[float] | None) -> float | None:
    return median(mine / other for mine, other in zip(ours, theirs, strict=True)) if theirs else None


# ---- the others


def _follow(browser: Chromium, address: str, options: argparse.Namespace) -> list[Goal]:
    seconds = 4.0 if options.quick else 10.0
    with browser.tab() as tab:
        tab.open(f"{address}/bench/ours.html?{FOLLOWED}")
        tab.run(_UPDATING)
        tab.rest(1.5)
        tab.run("() => bench.follow()")
        tab.rest(1.5)
        before, drawn = tab.busy(), tab.run("() => bench.frames")
        frames = tab.presented(seconds) / seconds
        drawn = (tab.run("() => bench.frames") - drawn) / seconds
        share = (tab.busy() - before) / seconds
    rows = [["zoom 10, 300 aircraft", f"{drawn:.1f}", f"{frames:.1f}", f"{share:.0%}"]]
    print("**follow**\n\n" + markdown(["", "drawn/s", "presented/s", "main thread"], rows))
    return [Goal("frames presented a second while following", frames, 10, 20, least=True)]


def _first(browser: Chromium, address: str, options: argparse.Namespace) -> list[Goal]:
    times, skies = [], []
    with running("--demo") as server:
        for _ in range(1 if options.quick else 5):
            with browser.tab() as tab:
                tab.page.goto(server.page("demo"))
                times.append(tab.until(_SHOWN, 60) / 1000)
                skies.append(tab.until(_SKY, 60) / 1000)
    rows = [["demo", *(f"{figure:.2f}" for each in (times, skies) for figure in (median(each), max(each)))]]
    head = ["room", "s until aircraft are on the map", "longest", "s until names and trails are too", "longest"]
    print("**first**\n\n" + markdown(head, rows))
    return [
        Goal("s until aircraft are on the map", median(times), 3, 2),
        Goal("s until names and trails are too", median(skies), 3, 2),
    ]


def _churn(browser: Chromium, address: str, options: argparse.Namespace) -> list[Goal]:
    with browser.tab() as tab:
        tab.open(f"{address}/bench/ours.html?n={CROWD}&zoom=6&{AREA}&updates=0")
        tab.run(_CHURNING)
        heaps, resident = [], []
        for _ in range(5):
            tab.rest(options.minutes * 60 / 5)
            heaps.append(tab.heap())
            resident.append(tab.resident())
        held = tab.run("() => bench.fleet.count")
    if held != CROWD:
        raise RuntimeError(f"{held} aircraft are held instead of {CROWD}")
    kinds = {"JavaScript's heap": heaps, "the page's process": resident}
    rows = [[kind, *(f"{size / 1e6:.1f}" for size in sizes)] for kind, sizes in kinds.items()]
    head = [f"MB in {options.minutes:g} minutes", *(f"{part}/5" for part in range(1, 6))]
    print("**churn**\n\n" + markdown(head, rows))
    return [Goal(f"{kind}, end to first fifth", sizes[-1] / sizes[0], 1.2, 1.1) for kind, sizes in kinds.items()]


PARTS: dict[str, Callable[[Chromium, str, argparse.Namespace], list[Goal]]] = {
    "update": _update,
    "follow": _follow,
    "first": _first,
    "churn": _churn,
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
