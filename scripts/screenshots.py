"""Pictures of the page for the docs: a real server with the simulated sky, looked at with a real Chromium.

    python -m scripts.screenshots [FOLDER] [SCENE…]

Each scene is taken once what it shows is there. The sky is a simulated one and moves, so two runs never give the same
picture; what is looked at is the same.
"""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._chromium import FLAGS
from scripts.palette import reduced
from tests.browser.window import CONNECTION, PHONE, Window
from tests.daemon import Server, running
from tests.needs import need_chromium

__all__ = ["SCENES", "main"]

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"

SIZES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {**PHONE, "device_scale_factor": 1},
}
ALL = [(size, theme) for size in SIZES for theme in ("dark", "light")]
SOME = [("desktop", "light"), ("phone", "dark")]
SETTLED_MS = 2500  # names of places fade in, trails come, and the list is sorted
GROUND_S = 90  # until the map stands, drawn in software
ALARM = {"hex": "4ca7b5", "flight": "RYR12AB", "lat": 51.3, "lon": 4.4, "alt_baro": 9000, "gs": 290, "track": 200}

Act = Callable[[Window, Server], None]


@dataclass(frozen=True)
class Scene:
    """One thing to look at.

    :param act: brings it about in a window, on a server with the demo.
    :param how: sizes and themes in which it is taken.
    :param options: of a server of its own, where it needs one.
    :param config: that server's configuration file.
    """

    act: Act
    how: list[tuple[str, str]]
    options: tuple[str, ...] = ()
    config: str = ""

    @contextmanager
    def server(self, shared: Server) -> Iterator[Server]:
        """Where it plays."""
        if not self.options and not self.config:
            yield shared
            return
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "flighttap.toml"
            file.write_text(self.config)
            with running(*self.options, "--config", str(file)) as server:
                yield server


def landing(here: Window, server: Server) -> None:
    here.page.goto(server.page())
    here.says("#open-rooms", "demo")
    if here.page.viewport_size["width"] > 700:
        flying(here)


def room(here: Window, server: Server) -> None:
    here.page.goto(server.page("demo"))
    flying(here)


def flight(here: Window, server: Server) -> None:
    here.page.goto(server.page("demo") + "?zoom=8.6&lat=51.6&lon=4.6")
    flying(here)
    here.page.fill("#find", "alt>4000 alt<30000")
    here.page.press("#find", "Enter")
    here.until(lambda: here.page.locator(".panel h2").is_visible(), "the panel is open")
    here.page.fill("#find", "")
    here.page.locator("#find").blur()


def filters(here: Window, server: Server) -> None:
    here.page.goto(server.page("demo") + "?filterAltMin=8000&q=descending&within=150")
    flying(here)
    here.page.click("#filter")


def send(here: Window, server: Server) -> None:
    room(here, server)
    here.send_flight(callsign="TEST1", altitude="3200", speed="140", heading="90", lat="51.4", lon="4.1")
    here.says("#drawer .result", "ms", GROUND_S)


def emergency(here: Window, server: Server) -> None:
    body = json.dumps({**ALARM, "squawk": "7700"}).encode()
    kind = {"Content-Type": "application/json"}
    address = f"{server.http}/api/v1/rooms/demo/aircraft"
    room(here, server)
    urllib.request.urlopen(urllib.request.Request(address, body, kind), timeout=10).close()  # noqa: S310
    here.until(lambda: here.page.locator("#grid tr[data-alarm]").count(), "the emergency is listed", GROUND_S)


def empty(here: Window, server: Server) -> None:
    here.page.goto(server.page("ams"))
    here.says("#notice", "No aircraft in ams yet")
    here.says("#scale", "m", GROUND_S)


def reconnecting(here: Window, server: Server) -> None:
    room(here, server)
    server.stop()
    here.says("#pill", "Reconnecting in", GROUND_S)


def refused(here: Window, server: Server) -> None:
    here.page.goto(server.page("private"))
    here.says("#pill", "Refused")
    here.says("#scale", "m", GROUND_S)


SCENES = {
    "landing": Scene(landing, ALL),
    "room": Scene(room, ALL),
    "flight": Scene(flight, ALL),
    "filters": Scene(filters, SOME),
    "send": Scene(send, SOME),
    "emergency": Scene(emergency, SOME),
    "empty": Scene(empty, SOME),
    "reconnecting": Scene(reconnecting, SOME, ("--demo",)),
    "refused": Scene(refused, SOME, config='[rooms.private]\nwatch = "nobody"\n'),
}


def flying(here: Window) -> None:
    """Wait until aircraft are drawn on the map."""
    shown = "() => performance.getEntriesByName('flights shown').length"
    here.until(lambda: here.page.evaluate(shown), "aircraft are drawn", GROUND_S)


@contextmanager
def browser() -> Iterator[Any]:
    """A running Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(need_chromium()), args=list(FLAGS))
        yield chromium
        chromium.close()


def main(words: list[str]) -> None:
    """Take the scenes that are named, or all, into a folder."""
    folder = Path(words[0]) if words else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with running("--demo") as shared, browser() as chromium:
        blank = chromium.new_page()
        for name in words[1:] or SCENES:
            scene = SCENES[name]
            for size, theme in scene.how:
                with scene.server(shared) as server:
                    here = Window(chromium, **{"color_scheme": theme, "reduced_motion": "reduce", **SIZES[size]})
                    here.expect(CONNECTION)
                    scene.act(here, server)
                    here.page.wait_for_timeout(SETTLED_MS)
                    file = folder / f"{name}-{size}-{theme}.png"
                    file.write_bytes(reduced(blank, here.page.screenshot()))
                    complaints = here.close()
                print(f"{file.name} {file.stat().st_size // 1000} kB", *complaints)


if __name__ == "__main__":
    main(sys.argv[1:])
