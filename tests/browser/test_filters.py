"""Every filter of the page on a real room: what each hides, says of itself, and gives back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.browser.rooms import SKY, Open, post, room
from tests.browser.window import Window
from tests.daemon import Server

NONE = "\N{EN DASH}"
_CELLS = (
    "(name) => [...document.querySelectorAll(`#grid tbody tr[role=row] .c-${name} .text`)].map((e) => e.textContent)"
)


def cells(here: Window, column: str) -> list[str]:
    """What stands in a column on the screen."""
    return list(here.page.evaluate(_CELLS, column))


def figures(here: Window, column: str) -> list[float]:
    """The same as numbers, without those that are none."""
    return [float(each.replace(",", "")) for each in cells(here, column) if each[0].isdigit()]


def hides(here: Window, act: Callable[[], Any], chip: str, holds: Callable[[], bool]) -> None:
    """What is done leaves only flights of which something holds, says so in a chip, and ends with that chip."""
    act()
    here.until(lambda: here.order() and holds(), f"only {chip}")
    here.says("#chips", chip)
    shown, of, listed, *_ = here.text("#headcount").replace(",", "").split()
    assert of == "of"
    assert int(shown) < int(listed)
    here.page.locator("#chips button").click()
    here.until(lambda: " of " not in here.text("#headcount"), "all are back")


def test_each_filter_leaves_what_it_says_and_its_chip_takes_it_away(server: Server, window: Open) -> None:
    here = room(server, window, "demo", map=True)
    here.until(lambda: int(here.text("#headcount").split()[0]) > 100, "over 100 aircraft", 20)
    here.until(lambda: here.page.locator("th.c-distance").is_visible(), "distances are known")
    press = here.page.keyboard.press

    def choose(label: str) -> None:
        here.page.click("#filter")
        here.page.locator("#filters").get_by_label(label, exact=True).check()
        press("Escape")

    # the altitude scale, by keys and by dragging
    low, high = (here.page.get_by_role("slider", name=f"{which} altitude shown") for which in ("Lowest", "Highest"))

    def raise_low() -> None:
        low.focus()
        press("PageUp")

    hides(here, raise_low, "above ", lambda: min(figures(here, "alt")) >= int(low.get_attribute("aria-valuenow")) > 0)

    def drag_high() -> None:
        box = high.bounding_box()
        here.page.mouse.move(box["x"] + 12, box["y"] + 8)
        here.page.mouse.down()
        here.page.mouse.move(box["x"] - 80, box["y"] + 8, steps=3)
        here.page.mouse.up()

    top = lambda: int(high.get_attribute("aria-valuenow"))  # noqa: E731
    hides(here, drag_high, "below ", lambda: max(figures(here, "alt")) <= top() < 30000)

    def near() -> None:
        here.page.click("#filter")
        here.page.fill("#within", "30")
        press("Enter")
        press("Escape")

    hides(here, near, "within 30.0 nm", lambda: max(figures(here, "distance")) <= 30.1)  # as drawn some time ago
    hides(here, lambda: choose("Known"), "with position", lambda: NONE not in cells(here, "distance"))
    hides(here, lambda: choose("Not known"), "without position", lambda: figures(here, "distance") == [])
    hides(here, lambda: choose("On the ground"), "on the ground", lambda: set(cells(here, "alt")) == {"ground"})
    hides(here, lambda: choose("In the air"), "in the air", lambda: "ground" not in cells(here, "alt"))

    # who sent it, and what is pressed rather than typed
    post(server, "demo", {"callsign": "BYHAND", "squawk": "7000"})
    hides(here, lambda: choose("Members"), "sent by members", lambda: "BYHAND" in here.order())
    hides(here, lambda: choose("Received only"), "received only", lambda: "BYHAND" not in here.order())
    here.page.click("#filter")
    here.page.get_by_role("button", name="Helicopters").click()
    assert here.page.input_value("#find") == "category=A7"
    here.page.get_by_role("button", name="Descending").click()
    assert here.page.input_value("#find") == "category=A7 descending"
    here.page.locator("#filters").get_by_role("button", name="Clear filters").click()
    assert here.page.input_value("#find") == ""


def test_a_members_flight_says_whose_it_is(server: Server, window: Open) -> None:
    ana, other = room(server, window, "names"), room(server, window, "names")
    ana.page.click("#headcount")
    ana.page.get_by_label("Your name").fill("Ana <b>")
    ana.page.get_by_role("button", name="Set name").click()
    other.page.click("#headcount")
    other.says(".here", "Ana <b>")
    other.page.keyboard.press("Escape")
    ana.send_flight(callsign="FLYING")
    other.row("FLYING").click()
    other.says(".panel .line1", "sent by Ana <b>")
    assert other.row("FLYING").get_attribute("title") == "Sent by Ana <b>"
    other.page.click("#filter")
    other.page.get_by_label("Received only").check()
    other.until(lambda: other.order() == [], "it is left out")
    other.page.get_by_label("Members").check()
    other.until(lambda: other.order() == ["FLYING"], "it is all there is")


def test_units_change_every_figure(server: Server, window: Open) -> None:
    here = room(server, window, "units", *SKY, map=True)
    here.row("RYR12AB").click()
    for word, alt, speed, units in [
        ("Metric", "10,973", "828", ("m", "km/h")),
        ("Imperial", "36,000", "514", ("ft", "mph")),
        ("Aviation", "36,000", "447", ("ft", "kt")),
    ]:
        here.page.click("#layers")
        here.page.locator("#display").get_by_label(word, exact=True).check()
        here.page.keyboard.press("Escape")
        figures = {alt, speed, *units}
        here.until(lambda all=figures: all <= set(here.text(".panel .figures").split()), f"the panel says {figures}")
        here.until(lambda alt=alt: alt in here.row("RYR12AB").text_content(), f"the list says {alt}")
        assert f"Altitude in thousands of {units[0]}" in here.page.locator("#legend").get_attribute("title")


def test_several_flights_are_selected_and_isolated(server: Server, window: Open) -> None:
    here = room(server, window, "several", *SKY)
    selected = here.page.locator("#grid tr[aria-selected=true] .c-callsign .text")
    here.page.keyboard.press("m")
    for name in ("KLM606", "RYR12AB"):
        here.row(name).click()
    here.says("#foot", "each click selects one more")
    assert sorted(selected.all_text_contents()) == ["KLM606", "RYR12AB"]
    here.page.keyboard.press("i")
    here.says("#chips", "2 isolated")
    here.until(lambda: sorted(here.order()) == ["KLM606", "RYR12AB"], "nobody else is listed")
    here.row("KLM606").click()
    here.until(lambda: here.order() == ["RYR12AB"], "a second click takes one away")
    here.page.keyboard.press("m")
    here.says(".panel h2", "RYR12AB")
    here.page.keyboard.press("c")
    here.until(lambda: len(here.order()) == len(SKY), "nothing is selected, nobody is left out")


def test_what_is_pointed_at_on_the_map_opens_and_shift_adds_another(server: Server, window: Open) -> None:
    still = [{"hex": f"4ca7b{at}", "flight": f"STILL{at}", "lat": 52.3, "lon": 4.9 + 0.2 * at} for at in range(2)]
    here = window()
    here.page.goto(server.page("pointed") + "?lat=52.3&lon=4.9&zoom=9")
    post(server, "pointed", *still)
    here.until(lambda: here.page.evaluate("() => performance.getEntriesByName('flights shown').length"), "they show")
    dock, stage = (here.page.locator(each).bounding_box() for each in ("#dock", "#stage"))
    left = dock["x"] + dock["width"]
    x, y = (left + stage["x"] + stage["width"]) / 2, stage["y"] + stage["height"] / 2
    here.page.mouse.click(x, y)
    here.says(".panel h2", "STILL0")
    here.page.keyboard.down("Shift")
    here.page.mouse.click(x + 0.2 * 512 * 2**9 / 360, y)
    here.page.keyboard.up("Shift")
    here.says(".panel h2", "STILL1")
    here.until(lambda: "icao=4ca7b0,4ca7b1" in here.page.url, "both are selected")
    here.page.mouse.click(x, y + 200)
    here.until(lambda: "icao" not in here.page.url, "a click beside them selects nobody")
