"""For everybody: no rule of axe-core is broken in the main views, and keys alone are enough."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.axe import violations
from tests.browser.rooms import SKY, Open, post
from tests.browser.window import PHONE, Window
from tests.daemon import Server


def checked(here: Window) -> Callable[[str], None]:
    """Looks at the window in both themes."""

    def check(view: str) -> None:
        for theme in ("dark", "light"):
            here.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
            assert violations(here) == [], f"{view}, {theme}"

    return check


@pytest.mark.parametrize("size", [{}, PHONE], ids=["desktop", "phone"])
def test_the_main_views_break_no_rule_of_axe(server: Server, window: Open, size: dict[str, Any]) -> None:
    here = window(**{**size, "reduced_motion": "reduce"})
    check = checked(here)
    here.page.goto(server.page())
    here.page.locator("#open-rooms a").first.wait_for()
    check("landing")

    post(server, "axe", *SKY)
    here.page.goto(server.page("axe"))
    here.until(lambda: len(here.order()) == len(SKY), "all flights show")
    here.page.click("#send")
    check("list and drawer")
    here.page.click("#tab-json")
    here.page.keyboard.press("Escape")
    if size:
        here.page.tap("#grip")
    post(server, "axe", *SKY)  # or they are gone by now, where the machine is slow
    here.row("DLH4AB").click()
    here.says(".panel h2", "DLH4AB")
    check("panel")
    here.page.click("#filter")
    check("filters")
    here.page.keyboard.press("Escape")
    here.page.click("#layers")
    check("display")


def test_keys_alone_connect_find_open_follow_and_share(server: Server, window: Open) -> None:
    here = window(permissions=["clipboard-read", "clipboard-write"])
    press, typing = here.page.keyboard.press, here.page.keyboard.type
    focused = "() => document.activeElement.textContent"

    here.page.goto(server.page())
    typing("byhand")
    press("Enter")
    here.page.wait_for_url("**/tracker/byhand")
    post(server, "byhand", *SKY)
    here.until(lambda: len(here.order()) == len(SKY), "all flights show")

    press("/")
    typing("ryr")
    press("Enter")
    here.says(".panel h2", "RYR12AB")

    press("Tab")
    assert here.page.evaluate(focused) == "Follow"
    press("Enter")
    assert here.page.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "true"
    press("Tab")
    press("Tab")
    assert here.page.evaluate(focused) == "Share"
    press("Enter")
    link = here.until(lambda: here.page.evaluate("() => navigator.clipboard.readText()"), "the link is copied")
    here.says("#say", "Link copied")

    again = window(map=False)
    again.page.goto(link)
    again.says(".panel h2", "RYR12AB")
    assert again.page.get_by_role("button", name="Follow").get_attribute("aria-pressed") == "true"
    assert again.order() == ["RYR12AB"], "what was searched for is part of the view"
