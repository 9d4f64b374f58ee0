"""Ten things that people come to the page for, done on the demo by a hand that counts clicks and keys.

A real server with the simulated sky, and a real Chromium with software graphics. Each task begins in the room with its
list and its map, and ends when the answer can be read; where the API knows the answer, too, the two must agree. Seconds
are the page's: the hand needs none to aim. Flights that the sky lacks, such as one in distress, are sent before.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from os import getloadavg
from statistics import median
from typing import Any

from benchmarks._chromium import Chromium, Tab, chromium
from benchmarks._hand import Hand
from benchmarks._process import machine
from benchmarks._table import markdown
from tests.daemon import Server, running

__all__ = ["TASKS", "main"]

ROOM = "demo"
NEAR = 30.0
"""Nautical miles: what is called near."""
MOVED = 1.0
"""Nautical miles that an aircraft may have flown between the page's word and the API's."""
AIRCRAFT = 100
"""Aircraft that the sky has at least when the tasks begin."""

_ROWS = """() => [...document.querySelectorAll("#grid tbody tr[role=row]")].map((row) => ({
  alarm: row.dataset.alarm !== undefined,
  name: row.querySelector(".c-callsign .text").textContent,
  said: row.querySelector(".c-callsign .alarm").textContent,
  alt: row.querySelector(".c-alt .text")?.textContent,
  distance: Number(row.querySelector(".c-distance .text")?.textContent),
  key: row.dataset.key,
}))"""


class Sky:
    """What the server says of the room, to compare answers with."""

    def __init__(self, server: Server) -> None:
        self._server = server
        told = self._server.get(f"/api/v1/rooms/{ROOM}")
        self.receiver: list[float] = next(feed["receiver"] for feed in told["feeds"] if feed.get("receiver"))

    def aircraft(self) -> list[dict[str, Any]]:
        """Everybody there, each with its ``distance`` where its position is known."""
        listed: list[dict[str, Any]] = self._server.get(f"/api/v1/rooms/{ROOM}/aircraft")["aircraft"]
        for each in listed:
            if "lat" in each:
                each["distance"] = miles(self.receiver, [each["lat"], each["lon"]])
        return listed

    def distances(self) -> list[float]:
        """Of all, nearest first."""
        return sorted(each["distance"] for each in self.aircraft() if "distance" in each)

    def send(self, **flight: Any) -> None:
        """Put a flight into the room."""
        body = json.dumps([flight]).encode()
        address = f"{self._server.http}/api/v1/rooms/{ROOM}/aircraft"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310


def miles(one: Sequence[float], other: Sequence[float]) -> float:
    """Great-circle distance in nautical miles between two places (haversine)."""
    north, east = sin(radians(other[0] - one[0]) / 2), sin(radians(other[1] - one[1]) / 2)
    half = north * north + cos(radians(one[0])) * cos(radians(other[0])) * east * east
    return 2 * 6371 / 1.852 * asin(sqrt(half))


# ---- the tasks


def rows(hand: Hand) -> list[dict[str, Any]]:
    """The list as far as it is on the screen, those in distress left out, who always stand on top."""
    return [row for row in hand.page.evaluate(_ROWS) if not row["alarm"]]


def button(hand: Hand, name: str) -> Any:
    """The button that is called so."""
    return hand.page.get_by_role("button", name=name, exact=True)


def panel(hand: Hand, name: str) -> Any:
    """Whether the panel of a flight is open."""
    return hand.page.locator(".panel h2", has_text=name).is_visible()


def find_a_callsign(hand: Hand, sky: Sky) -> str:
    name = next(each["flight"] for each in sky.aircraft() if each.get("flight") and "lat" in each)
    hand.press("/")
    hand.write(name)
    hand.press("Enter")
    hand.see(lambda: panel(hand, name), "its panel")
    return str(name)


def nearest_aircraft(hand: Hand, sky: Sky) -> str:
    first = hand.see(lambda: rows(hand), "the list")[0]
    agree(first["distance"], sky.distances()[0])
    return f"{first['name']}, {first['distance']} nm"


def who_squawks_7700(hand: Hand, sky: Sky) -> str:
    there = {each["flight"] for each in sky.aircraft() if each.get("squawk") == "7700"}
    shown = hand.see(lambda: [row for row in hand.page.evaluate(_ROWS) if row["said"].startswith("7700")], "an alarm")
    if {row["name"] for row in shown} != there:
        raise RuntimeError(f"{shown} squawk 7700 instead of {there}")
    return str(shown[0]["name"])


def lowest_descending_near(hand: Hand, sky: Sky) -> str:
    hand.click("#filter")
    hand.click(button(hand, "Descending"))
    hand.click("#within")
    hand.write(f"{NEAR:g}")
    hand.press("Enter", "Escape")
    hand.click(button(hand, "Alt ft"))
    hand.click(button(hand, "Alt ft"))
    hand.see(lambda: all(row["distance"] <= NEAR for row in rows(hand)), "only what is near")
    first = rows(hand)[0]
    low = [each for each in sky.aircraft() if each.get("distance", NEAR + 1) < NEAR and each.get("baro_rate", 0) < -250]
    lowest = min(each["alt_baro"] for each in low if "alt_baro" in each and not each.get("on_ground"))
    agree(float(first["alt"].replace(",", "")), lowest, 1000)
    return f"{first['name']}, {first['alt']} ft"


def farthest_heard(hand: Hand, sky: Sky) -> str:
    hand.click(button(hand, "Dist nm"))
    first = hand.see(lambda: [row for row in rows(hand) if row["distance"] > 1.5 * NEAR], "the far ones")[0]
    agree(first["distance"], sky.distances()[-1])
    return f"{first['name']}, {first['distance']} nm"


def share_and_reopen(hand: Hand, sky: Sky) -> str:
    hand.click("#share")
    hand.go_to_what_was_copied()
    hand.see(lambda: rows(hand), "the list again")
    return str(hand.page.url.partition(ROOM)[2])


def only_helicopters(hand: Hand, sky: Sky) -> str:
    hand.click("#filter")
    hand.click(button(hand, "Helicopters"))
    there = {each.get("hex", each.get("key")) for each in sky.aircraft() if each.get("category") == "A7"}
    hand.see(lambda: {row["key"] for row in rows(hand)} == there, f"the {len(there)} helicopters")
    return f"{len(there)} of them"


def follow_one(hand: Hand, sky: Sky) -> str:
    name = rows(hand)[0]["name"]
    hand.click(hand.page.locator("#grid tbody tr", has_text=name))
    hand.click(button(hand, "Follow"))
    hand.see(lambda: "follow" in hand.page.url, "the address says so")
    return str(name)


def trail_after_a_reload(hand: Hand, sky: Sky) -> str:
    name = hand.see(lambda: climbing(hand, sky), "a flight that climbs or descends", 90)
    hand.click(hand.page.locator("#grid tbody tr", has_text=name))
    hand.see(lambda: "icao=" in hand.page.url, "the address has it")
    hand.reload()
    hand.see(lambda: panel(hand, name), "its panel again")
    heights = hand.page.locator(".sparkline path")
    hand.see(lambda: heights.first.is_visible(), "its past", 90)
    return f"{name}: {hand.page.locator('.sparkline svg').get_attribute('aria-label')}"


def climbing(hand: Hand, sky: Sky) -> str | None:
    """Somebody in sight who has had reason to leave more than two points: level flight leaves one a minute."""
    there = {each.get("flight") for each in sky.aircraft() if abs(each.get("baro_rate", 0)) > 1000 and "hex" in each}
    received = there - {"DLH4AB"}
    return next((str(row["name"]) for row in rows(hand) if row["name"] in received), None)


def send_a_flight(hand: Hand, sky: Sky) -> str:
    hand.click("#send")
    name = hand.page.input_value("#send-callsign")
    hand.press("Enter")
    hand.see(lambda: hand.page.locator(".result", has_text="The room has it").is_visible(), "the room's answer")
    if name not in {each.get("flight") for each in sky.aircraft()}:
        raise RuntimeError(f"{name} is not in the room")
    return str(name)


def agree(shown: float, true: float, tolerance: float = MOVED) -> None:
    """What the page showed is what the server says, give or take what changed in between."""
    if abs(shown - true) > tolerance:
        raise RuntimeError(f"the page says {shown:g}, the server {true:g}")


@dataclass(frozen=True)
class Task:
    """One thing to do.

    :param how: with what, in words.
    """

    name: str
    how: str
    do: Callable[[Hand, Sky], str]


TASKS = (
    Task("Find a callsign", "`/`, the callsign, Enter", find_a_callsign),
    Task("The nearest aircraft", "it stands on top of the list", nearest_aircraft),
    Task("Who squawks 7700", "alarms stand above the list's order", who_squawks_7700),
    Task("The lowest that descends within 30 nm", "Filters: Descending, 30; Alt, Alt", lowest_descending_near),
    Task("The farthest heard", "Dist", farthest_heard),
    Task("Share a view and open it again", "the link's button; paste", share_and_reopen),
    Task("Only helicopters", "Filters: Helicopters", only_helicopters),
    Task("Follow one", "its row; Follow", follow_one),
    Task("A trail after a reload", "its row; F5", trail_after_a_reload),
    Task("Send a flight", "Send flight data; Enter", send_a_flight),
)


# ---- doing them


@dataclass(frozen=True)
class Done:
    """What one took."""

    clicks: int
    keys: int
    seconds: float
    answer: str


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks tasks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="(default: %(default)s)")
    options = parser.parse_args(arguments)
    with running("--demo") as server, chromium() as browser:
        print(_environment(browser))
        runs = [[done(task, server, browser) for task in TASKS] for _ in range(options.rounds)]
    lines = []
    for task, each in zip(TASKS, zip(*runs, strict=True), strict=True):
        last = each[-1]
        seconds = median(run.seconds for run in each)
        words = f"{task.name}: {task.how}"
        lines.append([words, str(last.clicks), str(last.keys), f"{seconds:.1f}", last.answer])
    print(markdown(["task", "clicks", "keys", "s", "answer"], lines))
    return 0


def done(task: Task, server: Server, browser: Chromium) -> Done:
    """Do one in a window of its own, in which nothing is remembered."""
    with browser.tab() as tab:
        sky = Sky(server)
        tab.page.goto(server.page(ROOM))
        hand = Hand(tab)
        _prepare(tab, hand, sky)
        began = time.perf_counter()
        answer = task.do(hand, sky)
        return Done(hand.clicks, hand.keys, time.perf_counter() - began, answer)


def _prepare(tab: Tab, hand: Hand, sky: Sky) -> None:
    """Wait for the list and the map, and send what the sky may lack."""
    lat, lon = sky.receiver
    sky.send(hex="4ca7b5", flight="EIN77", squawk="7700", lat=lat + 0.6, lon=lon, alt_baro=9000, gs=240, track=200)
    sky.send(hex="484b3f", flight="LIFELN1", category="A7", lat=lat + 0.3, lon=lon + 0.4, alt_baro=1200, gs=110)
    sky.send(hex="3c6444", flight="DLH4AB", lat=lat - 0.2, lon=lon, alt_baro=2600, gs=150, baro_rate=-900)
    tab.until("() => performance.getEntriesByName('flights shown').length", 60)
    count = "() => Number(document.querySelector('#headcount').textContent.split(' ')[0].replace(',', ''))"
    hand.see(lambda: tab.run(count) >= AIRCRAFT, f"{AIRCRAFT} aircraft", 60)
    hand.see(lambda: any(row["distance"] > 0 for row in rows(hand)), "distances")


def _environment(browser: Chromium) -> str:
    return (
        f"{machine()}, Linux {platform.release()}; load average at the start {getloadavg()[0]:.1f}.\n"
        f"Chromium {browser.version} with SwiftShader.\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
