"""A room as people use it: looking, sorting, searching, selecting, with mouse, thumb and keys."""

from __future__ import annotations

import re

from tests.browser.rooms import SKY, Open, post, room
from tests.browser.window import CONNECTION, PHONE
from tests.daemon import Server, running


def test_the_demo_fills_the_table_and_moves(server: Server, window: Open) -> None:
    here = room(server, window, "demo")
    here.until(lambda: int(here.text("#headcount").split()[0]) > 100, "over 100 aircraft", 20)
    here.until(lambda: here.page.locator("#simulated").is_visible(), "it says that they are made up", 20)
    before = here.text("#grid")
    here.until(lambda: here.text("#grid") != before, "something moves")
    assert re.search(r"LIVE\s+\d\.\d s", here.text("#pill"))
    here.page.click("#headcount")
    here.says(".feeds", "live")


def test_heads_sort_and_say_so_and_emergencies_stay_on_top(server: Server, window: Open) -> None:
    here = room(server, window, "sorting", *SKY)
    assert here.order()[0] == "DLH4AB"
    assert "Emergency" in here.row("DLH4AB").inner_text()
    here.page.get_by_role("button", name="Alt ft").click()
    assert here.order() == ["DLH4AB", "RYR12AB", "KLM606", "GLIDER"]
    assert here.page.locator("th.c-alt").get_attribute("aria-sort") == "descending"
    here.page.get_by_role("button", name="Alt ft").click()
    assert here.order() == ["DLH4AB", "GLIDER", "KLM606", "RYR12AB"]
    assert here.page.locator("th.c-alt").get_attribute("aria-sort") == "ascending"
    assert here.page.locator("th[aria-sort]:not([aria-sort=none])").count() == 1
    assert "↓" in here.row("KLM606").inner_text()


def test_nothing_moves_under_the_pointer(server: Server, window: Open) -> None:
    here = room(server, window, "pointing", *SKY)
    here.page.get_by_role("button", name="Alt ft").click()
    here.row("KLM606").hover()
    post(server, "pointing", {"hex": "484506", "alt_baro": 39000}, {"callsign": "HIGH", "alt_baro": 45000})
    here.says("#grid", "39,000")
    here.says("#grid", "HIGH")
    here.page.wait_for_timeout(2500)
    assert here.order() == ["DLH4AB", "RYR12AB", "KLM606", "GLIDER", "HIGH"]
    here.says("#foot", "order held")
    here.page.mouse.move(700, 5)
    here.until(lambda: here.order() == ["DLH4AB", "HIGH", "KLM606", "RYR12AB", "GLIDER"], "sorted again")


def test_the_panel_shows_a_flight_in_groups_and_the_address_keeps_it(server: Server, window: Open) -> None:
    here = room(server, window, "panel", *SKY)
    here.row("RYR12AB").click()
    assert here.text(".panel h2") == "RYR12AB"
    for words in ("Altitude", "36,000", "447", "093°", "52.3000° N", "Sent by a member", "4ca7b5"):
        assert words in here.text(".panel")
    here.until(lambda: here.page.url.endswith("/tracker/panel?icao=4ca7b5"), "the address names the flight")
    post(server, "panel", {"hex": "4ca7b5", "alt_baro": 36500})
    here.says(".panel", "36,500")
    again = window(map=False)
    again.page.goto(here.page.url)
    again.says(".panel h2", "RYR12AB")
    here.page.keyboard.press("Escape")
    here.until(lambda: not here.page.locator(".panel").is_visible(), "the panel closes")
    here.until(lambda: here.page.url.endswith("/tracker/panel"), "the address is plain again")


def test_keys_alone_move_through_the_list_and_open_a_flight(server: Server, window: Open) -> None:
    here = room(server, window, "keys", *SKY)
    press = here.page.keyboard.press
    press("Tab")
    assert here.page.evaluate("() => document.activeElement.textContent") == "Skip to flights"
    press("Enter")
    press("Home")
    here.until(lambda: here.page.locator("tr[data-active]").count() == 1, "a row is active")
    assert "DLH4AB" in here.page.locator("tr[data-active]").inner_text()
    active = here.page.locator("#grid").get_attribute("aria-activedescendant")
    assert here.page.locator(f"#{active}").inner_text() == here.page.locator("tr[data-active]").inner_text()
    press("ArrowDown")
    name = here.page.locator("tr[data-active] .c-callsign .text").inner_text()
    press("Enter")
    here.says(".panel h2", name)
    assert here.page.evaluate("() => document.activeElement.classList.contains('back')")
    press("Enter")
    here.until(lambda: here.page.evaluate("() => document.activeElement.id") == "grid", "focus is back in the table")
    press("/")
    here.page.keyboard.type("klm")
    here.until(lambda: here.order() == ["KLM606"], "the search finds one")
    press("Escape")
    here.until(lambda: len(here.order()) == len(SKY), "the search is cleared")


def test_a_search_without_a_match_offers_to_clear_it(server: Server, window: Open) -> None:
    here = room(server, window, "search", *SKY)
    here.page.fill("#find", "nobody")
    here.says("#notice", "0 of 4 flights match")
    here.page.get_by_role("button", name="Clear filters").click()
    here.until(lambda: len(here.order()) == len(SKY), "all are back")
    assert here.page.input_value("#find") == ""


def test_the_search_box_takes_filters_and_says_what_is_wrong_with_one(server: Server, window: Open) -> None:
    here = room(server, window, "filter", *SKY)
    here.page.fill("#find", "flight=KLM*")
    here.until(lambda: here.order() == ["KLM606"], "the filter finds one")
    here.page.fill("#find", "altt<5")
    here.says("#find-problem", 'there is no field "altt"; did you mean alt?')
    assert here.order() == ["KLM606"], "the last filter that made sense stays in force"
    here.page.fill("#find", "nav_altitude_mcp>100")
    here.says("#notice", "0 of 4 flights match")


def test_an_empty_room_says_what_to_do(server: Server, window: Open) -> None:
    here = room(server, window, "nobody-here", permissions=["clipboard-read", "clipboard-write"])
    here.says("#notice", "No aircraft in nobody-here yet")
    line = "twistd -n flighttap --feed nobody-here=beast@tcp:127.0.0.1:30005"
    assert here.text("#notice code") == line
    here.page.get_by_role("button", name="Copy the command").click()
    here.until(lambda: here.page.evaluate("() => navigator.clipboard.readText()") == line, "the line is copied")
    here.page.get_by_role("button", name="Send a flight").click()
    assert here.page.locator("#drawer").is_visible()
    here.page.click("#drawer button[type=submit]")
    here.until(lambda: len(here.order()) == 1, "the flight shows")
    assert not here.page.locator("#notice").is_visible()


def test_columns_that_nobody_fills_are_hidden_with_a_word_why(server: Server, window: Open) -> None:
    here = room(server, window, "columns", *SKY)
    here.says("#foot", "Type hidden: needs an aircraft database")
    here.says("#foot", "Dist hidden: needs a receiver position")
    assert here.page.locator("th.c-type").count() == 0
    post(server, "columns", {"hex": "4ca7b5", "r": "EI-DWF", "t": "B738"})
    here.until(lambda: here.page.locator("th.c-type").is_visible(), "the column shows")


def test_columns_are_chosen_and_remembered_and_signals_are_asked_for(server: Server, window: Open) -> None:
    here = room(server, window, "demo")
    here.page.click("#choose")
    columns = {"Bearing": "bearing", "RSSI": "rssi", "Msgs": "messages", "Seen": "seen", "Pos": "seenPos"}
    columns |= {"Track": "track", "Source": "source", "Squawk": "squawk", "Country": "country"}
    for name in columns:
        here.page.locator("#columns").get_by_label(name, exact=True).check()
    here.page.keyboard.press("Escape")
    here.until(lambda: here.page.locator("th.c-track").is_visible(), "the column shows")
    here.page.reload()
    here.says("#grid", "ADS-B")
    for name, column in columns.items():
        filled = here.page.locator(f"#grid .c-{column} .text:not(.none)")
        here.until(lambda filled=filled: filled.count() > 0, f"{name} is remembered, and filled")


def test_the_room_switcher_goes_to_another_room(server: Server, window: Open) -> None:
    here = room(server, window, "one", *SKY)
    here.page.click("#switch")
    here.says("#switch-rooms", "demo")
    here.page.keyboard.type("two")
    here.page.locator("#rooms").get_by_role("button", name="Connect").click()
    here.page.wait_for_url("**/tracker/two")
    here.says("#room-name", "two")


def test_the_theme_goes_round_and_is_remembered(server: Server, window: Open) -> None:
    here = room(server, window, "theme", *SKY, color_scheme="light")
    surface = "() => getComputedStyle(document.body).backgroundColor"
    assert here.page.evaluate(surface) == "rgb(255, 255, 255)"
    here.page.click("#theme")
    assert here.page.evaluate(surface) == "rgb(17, 24, 30)"
    here.page.reload()
    here.says("#pill", "LIVE")
    assert here.page.evaluate(surface) == "rgb(17, 24, 30)"
    here.page.click("#theme")
    assert here.page.evaluate(surface) == "rgb(255, 255, 255)"


def test_a_phone_gets_a_sheet_with_three_stops_and_targets_for_thumbs(server: Server, window: Open) -> None:
    here = room(server, window, "phone", *SKY, **PHONE)
    fits = "() => document.documentElement.scrollWidth <= innerWidth"
    assert here.page.evaluate(fits)
    small = """() => [...document.querySelectorAll("#room :is(button, input, select, a)")]
      .filter((node) => node.checkVisibility({visibilityProperty: true}) && node.getClientRects().length)
      .filter((node) => !node.matches(".skip, thead button, .legend .end, input[type=checkbox]"))
      .map((node) => [node.id || node.className, node.getBoundingClientRect()])
      .filter(([, box]) => box.height < 40 || box.width < 40)
      .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    sheet = here.page.locator("#dock")

    def stands(part: float) -> None:
        here.until(lambda: abs(sheet.bounding_box()["height"] - part) < 12, f"the sheet is {part} px high")

    stands(72)
    here.says("#sheet-count", "4 aircraft")
    here.page.locator("#grip").tap()
    stands(0.45 * 796)
    assert here.page.evaluate(small) == []
    here.row("RYR12AB").tap()
    here.says(".panel h2", "RYR12AB")
    stands(0.45 * 796)
    here.page.locator("#grip").tap()
    stands(0.92 * 796)
    here.page.locator(".panel .back").tap()
    here.page.get_by_role("button", name="Alt ft").tap()
    assert here.order() == ["DLH4AB", "RYR12AB", "KLM606", "GLIDER"]
    here.page.locator("#grip").tap()
    here.page.tap("#send")
    assert here.page.locator("#drawer").is_visible()
    assert here.page.evaluate(fits)


def test_the_dock_is_made_wider_closed_and_opened(server: Server, window: Open) -> None:
    here = room(server, window, "dock", *SKY, map=True)
    width = "() => document.querySelector('#dock').offsetWidth"
    here.page.mouse.move(358, 400)
    here.page.mouse.down()
    here.page.mouse.move(450, 400)
    here.page.mouse.up()
    assert abs(here.page.evaluate(width) - 450) < 6
    here.page.focus("#resize")
    here.page.keyboard.press("End")
    assert here.page.evaluate(width) == 520
    here.page.keyboard.press("Home")
    assert here.page.evaluate(width) == 300
    here.page.keyboard.press("[")
    here.until(lambda: not here.page.locator("#grid").is_visible(), "the list is gone")
    here.page.click("#collapse")
    here.until(lambda: here.page.locator("#grid").is_visible(), "the list is back")


def test_nothing_sticks_out_at_any_width(server: Server, window: Open) -> None:
    here = room(server, window, "widths", *SKY, reduced_motion="reduce")
    outside = """() => [...document.querySelectorAll(".bar > *, #drawer :is(input, button), .side *, .over button")]
      .filter((node) => node.checkVisibility({visibilityProperty: true}) && node.getClientRects().length)
      .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
      .map((node) => node.id || node.className)"""
    for width in (360, 390, 700, 768, 859, 860, 1024, 1100, 1280, 1440, 1920):
        here.page.set_viewport_size({"width": width, "height": 900})
        assert here.page.evaluate(outside) == [], f"at {width}"
        here.page.fill("#find", "ryr")
        here.page.press("#find", "Enter")
        here.until(lambda: here.page.locator(".panel").is_visible(), f"the panel shows at {width}")
        assert here.page.evaluate(outside) == [], f"panel at {width}"
        here.page.keyboard.press("Escape")
        here.page.fill("#find", "")
        here.page.click("#send")
        assert here.page.evaluate(outside) == [], f"drawer at {width}"
        here.page.focus("#drawer input")
        here.page.keyboard.press("Escape")
        assert here.page.get_by_role("button", name="Send flight data").is_visible()


def test_every_control_has_a_name_and_a_visible_focus(server: Server, window: Open) -> None:
    here = room(server, window, "names", *SKY)
    here.page.click("#send")
    nameless = """() => [...document.querySelectorAll("#room :is(button, input, select, textarea, a)")]
      .filter((node) => !node.textContent.trim() && !node.ariaLabel && !node.labels?.length)
      .filter((node) => node.checkVisibility())
      .map((node) => node.outerHTML)"""
    assert here.page.evaluate(nameless) == []
    ring = """() => {
      const style = getComputedStyle(document.activeElement);
      return style.outlineStyle !== "none" || ["grid", "resize"].includes(document.activeElement.id);
    }"""
    here.page.locator(".skip").focus()
    for _ in range(24):
        here.page.keyboard.press("Tab")
        assert here.page.evaluate(ring), here.page.evaluate("() => document.activeElement.outerHTML.slice(0, 200)")


def test_ten_thousand_flights_keep_only_the_rows_in_sight(window: Open) -> None:
    flights = [
        {"hex": f"{number:06x}", "flight": f"F{number}", "alt_baro": number % 40000, "gs": number % 500}
        for number in range(10_000)
    ]
    with running("--no-demo", "--publish-rate", "0") as server:
        for start in range(0, len(flights), 500):
            post(server, "many", *flights[start : start + 500])
        here = window(map=False)
        here.expect(CONNECTION)
        here.page.goto(server.page("many"))
        here.says("#headcount", "10,000 aircraft")
        assert here.page.locator("#grid tbody tr").count() < 80
        here.page.get_by_role("button", name="Callsign").click()
        here.page.evaluate("() => { document.querySelector('#scroller').scrollTop = 1e9; }")
        here.until(lambda: here.order()[-1:] == ["F9999"], "the last row shows")
        assert here.page.locator("#grid").get_attribute("aria-rowcount") == "10001"
        here.page.locator("#scroller").evaluate("(node) => { node.scrollTop = 0; }")
        here.page.evaluate(
            "() => { window.__frames = 0; const step = () => { window.__frames += 1; requestAnimationFrame(step); };"
            " requestAnimationFrame(step); }"
        )
        for start in range(0, 5000, 500):
            post(server, "many", *({**flight, "gs": 77} for flight in flights[start : start + 500]))
        here.says("#grid", "77")
        here.until(lambda: here.page.evaluate("() => window.__frames") > 20, "frames are drawn", 3)
