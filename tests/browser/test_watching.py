"""What the page tells by itself, what its keys do, and what its address says."""

from __future__ import annotations

from typing import Any

from tests.browser.rooms import SKY, Open, post, room
from tests.browser.window import Window
from tests.daemon import Server

# Notes what the browser is asked to show and to play, on the way to the real thing.
_EARS = """
window.__notes = [];
window.__tones = 0;
const Real = Notification;
window.Notification = class extends Real {
  constructor(...words) { super(...words); window.__notes.push(words[0]); }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...when) { window.__tones += 1; return start.apply(this, when); };
"""


def test_an_emergency_is_announced_once_and_stands_on_top(server: Server, window: Open) -> None:
    here = room(server, window, "alarms", *SKY[:2])
    for code, word in (("7700", "Emergency"), ("7600", "Radio failure"), ("7500", "Hijack")):
        post(server, "alarms", {"hex": "484506", "squawk": code})
        here.says("#warn", f"{word}: KLM606." if code == "7700" else "Emergency: KLM606.")
        here.until(lambda word=word: word in here.row("KLM606").text_content(), f"the row says {word}")
        assert here.order()[0] == "KLM606"
    post(server, "alarms", {"hex": "484506", "squawk": "1000"}, {"hex": "4ca7b5", "emergency": "minfuel"})
    here.says("#warn", "Minimum fuel: RYR12AB.")
    assert here.page.locator("#warn").get_attribute("role") == "alert"


def test_the_watch_list_tells_of_a_flight_aloud_and_by_notification(server: Server, window: Open) -> None:
    here = window(map=False, permissions=["notifications"])
    here.page.add_init_script(_EARS)
    here.page.goto(server.page("watched"))
    here.says("#pill", "LIVE")
    here.page.fill("#find", "flight=KLM*")
    here.page.press("#find", "Tab")
    here.page.click("#filter")
    filters = here.page.locator("#filters")
    filters.get_by_role("button", name="Watch “flight=KLM*”").click()
    filters.get_by_label("Sound").check()
    filters.get_by_label("Notification when the page is hidden").check()
    heard = here.page.evaluate("() => window.__tones")
    assert heard > 0, "the sound is heard when it is turned on"
    here.page.keyboard.press("Escape")
    here.page.fill("#find", "")

    hidden(here, True)
    post(server, "watched", *SKY)
    here.says("#warn", "On your watch-list: KLM606 (flight=KLM*).")
    here.until(lambda: here.page.evaluate("() => window.__notes") == ["KLM606"], "a notification is shown")
    assert here.page.evaluate("() => window.__tones") == 2 * heard
    hidden(here, False)

    here.until(lambda: "q=" not in here.page.url, "the address says that nothing is searched for")
    here.page.reload()
    here.connected()
    post(server, "watched", *SKY)
    here.until(lambda: len(here.order()) == len(SKY), "the list is back")
    here.row("RYR12AB").click()
    here.page.get_by_role("button", name="Tell me when it is heard again").click()
    here.page.click("#filter")
    here.until(
        lambda: filters.locator(".watched code").all_text_contents() == ["flight=KLM*", "hex=4ca7b5"], "it is kept"
    )
    filters.get_by_role("button", name="Stop watching flight=KLM*").click()
    assert filters.locator(".watched code").all_text_contents() == ["hex=4ca7b5"]


def hidden(here: Window, yes: bool) -> None:
    """Say to the page what the browser says when another window is put before it, which a headless one never is."""
    here.page.evaluate(
        """(yes) => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => yes });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        yes,
    )


def test_keys_are_tar1090s_and_letters_can_be_switched_off(server: Server, window: Open) -> None:
    here = window()
    here.page.goto(server.page("letters") + "?lat=52&lon=5&zoom=8")
    here.until(lambda: here.page.locator(".scale").inner_text(), "the map is there")
    press = here.page.keyboard.press

    def camera() -> tuple[float, ...]:
        said = dict(each.split("=") for each in here.page.url.partition("?")[2].split("&") if "=" in each)
        return tuple(float(said[name]) for name in ("lat", "lon", "zoom"))

    def moves(key: str, holds: Any) -> None:
        before = camera()
        press(key)
        here.until(lambda: camera() != before and holds(*before, *camera()), f"{key} moves the map")

    moves("e", lambda lat, lon, zoom, *now: now[2] > zoom)
    moves("q", lambda lat, lon, zoom, *now: now[2] < zoom)
    moves("w", lambda lat, lon, zoom, *now: now[0] > lat)
    moves("s", lambda lat, lon, zoom, *now: now[0] < lat)
    moves("d", lambda lat, lon, zoom, *now: now[1] > lon)
    moves("a", lambda lat, lon, zoom, *now: now[1] < lon)

    # what is drawn, as the box behind the layers button shows it
    for key in ("t", "o", "p", "r", "b"):
        press(key)
    press("v")
    here.says("#foot", "on the map only")
    press("u")
    assert here.page.input_value("#find") == "military"
    press("u")
    press("g")
    here.says("#notice", "Click where to measure from")
    press("Escape")
    here.page.click("#layers")
    display = here.page.locator("#display")

    def chosen() -> list[str]:
        return [each.strip() for each in display.locator("label:has(input:checked)").all_inner_texts()]

    assert {"Callsign", "All", "Range rings", "Dark"} <= set(chosen())
    assert any(each.startswith("Received positions only") for each in chosen())
    display.get_by_label("Single-letter keys").uncheck()
    press("Escape")
    for key in ("l", "t", "u"):
        press(key)
    assert here.page.input_value("#find") == ""
    press("?")
    here.says("#help", "Follow the selected flight")
    press("Escape")
    press("/")
    assert here.page.evaluate("() => document.activeElement.id") == "find", "the rest goes on working"
    here.page.reload()
    here.page.click("#layers")
    assert {"Callsign", "All", "Range rings"} <= set(chosen())
    assert "Single-letter keys" not in chosen(), "it is remembered"


def test_an_address_with_tar1090s_words_shows_that_view_and_ours_brings_it_back(server: Server, window: Open) -> None:
    more = {"hex": "484507", "flight": "KLM707", "alt_baro": 9000, "lat": 52.1, "lon": 4.5}
    post(server, "linked", *SKY, more)
    here = window(map=False, permissions=["clipboard-read", "clipboard-write"])
    words = "icao=484507&filterCallSign=^KLM&filterAltMin=4000&sortBy=altitude&sortByReverse&lat=52&lon=5&zoom=9.5"
    for _ in range(2):
        here.page.goto(server.page("linked") + "?" + words)
        here.says(".panel h2", "KLM707")
        here.until(lambda: here.order() == ["KLM707", "KLM606"], "sorted and filtered as it says")
        assert here.page.input_value("#find") == "flight=KLM*"
        here.says("#chips", "above 4,000 ft")
        here.page.click("#share")
        link = here.until(lambda: here.page.evaluate("() => navigator.clipboard.readText()"), "the link is copied")
        words = link.partition("?")[2]
    assert "lat=52.0000&lon=5.0000&zoom=9.5" in words


def test_a_flight_that_falls_silent_fades_in_the_list(server: Server, window: Open) -> None:
    here = room(server, window, "silent", *SKY[:1])
    assert here.row("RYR12AB").get_attribute("data-age") == "0"
    here.until(lambda: here.row("RYR12AB").get_attribute("data-age") == "1", "it fades", 25)
    here.says("#pill", " s old")
