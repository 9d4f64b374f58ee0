"""Rooms with flights in them, as the tests of this folder want them, and a window that looks at one."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

from tests.browser.window import Window
from tests.daemon import Server

__all__ = ["SKY", "Open", "post", "room"]

#: The fixture ``window``.
Open = Callable[..., Window]

SKY = (
    {"hex": "4ca7b5", "flight": "RYR12AB", "alt_baro": 36000, "gs": 447, "track": 93, "lat": 52.3, "lon": 4.9},
    {"hex": "484506", "flight": "KLM606", "alt_baro": 4200, "gs": 210, "track": 181, "baro_rate": -900},
    {"hex": "3c6444", "flight": "DLH4AB", "alt_baro": 21000, "gs": 390, "squawk": "7700"},
    {"callsign": "GLIDER", "on_ground": True, "gs": 0},
)


def post(server: Server, room: str, *flights: dict[str, Any]) -> None:
    """Put flights into a room over HTTP."""
    request = urllib.request.Request(
        f"{server.http}/api/v1/rooms/{room}/aircraft",
        json.dumps(flights).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status < 300


def room(server: Server, window: Open, name: str, *flights: dict[str, Any], **options: Any) -> Window:
    """A window in a room that is live, and into which these flights then come; without the map unless ``map=True``."""
    here = window(**{"map": False, **options})
    here.page.goto(server.page(name))
    here.says("#pill", "LIVE")
    if flights:
        post(server, name, *flights)
        here.until(lambda: len(here.order()) == len(flights), "all flights show")
    return here
