"""What a newcomer sees of the demo at once. How soon is measured by ``benchmarks page``, not here."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.window import Window
from tests.daemon import Server

Open = Callable[..., Window]

_SHOWN = "() => performance.getEntriesByName('sky shown').length"
_NAMES = "() => document.querySelector('#map canvas.labels').toDataURL()"


def test_a_newcomer_sees_aircraft_move_with_trails_and_names(server: Server, window: Open) -> None:
    here = window()
    here.page.goto(server.page("demo"))
    here.until(lambda: here.page.evaluate(_SHOWN), "aircraft, trails and names are drawn", 60)
    names = here.page.evaluate(_NAMES)
    here.until(lambda: here.page.evaluate(_NAMES) != names, "they move")
    here.look("newcomer")
