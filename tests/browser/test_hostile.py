"""A room full of people who mean harm: nothing of theirs runs, and the page stays usable."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from websockets.sync.client import connect

from tests.browser.rooms import Open, post, room
from tests.browser.window import CONNECTION
from tests.daemon import Server, running

ATTACK = "<img src=x onerror=alert(1)>"

#: Names of what every object of JavaScript has, and of what the page keeps.
NAMES = ("__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "record", "key", "length")

MARKUP = (
    {"callsign": "<b>BOLD</b>", "squawk": "<i>", "r": "<svg onload=a>", "t": "<u>"},
    {"id": ATTACK, "desc": ATTACK, "type": "<script>alert(1)</script>", "category": "<>", "ownOp": "</td><td>"},
    {"hex": "4ca7b5", "flight": "A\u202eB\u0000C", "__proto__": {"alt_baro": 1}, "constructor": {"x": 1}},
    {"callsign": "javascript:x()", "emergency": "toString", "source": "__proto__"},
    *({"id": name, "desc": name, "squawk": "7700", "lat": 1.0, "lon": at} for at, name in enumerate(NAMES)),
)


def test_markup_in_any_text_stays_text(server: Server, window: Open) -> None:
    here = room(server, window, "hostile", *MARKUP)
    for words in ("<b>BOLD</b>", "<img", "ABC", "__proto__", "constructor"):
        row = here.row(words if words != "<b>BOLD</b>" else "BOLD").first
        row.click()
        here.until(lambda: here.page.locator(".panel").is_visible(), "the panel shows")
        here.page.locator(".panel .back").click()
    assert here.page.locator("#room :is(img, b:not(.profile b), script, u)").count() == 0
    assert here.page.evaluate("() => ({}).alt_baro ?? ({}).lat ?? ({}).flight") is None
    here.page.goto(server.page("hostile") + "?key=" + quote(f"id:{ATTACK}"))
    here.says(".panel h2", "<img src=x")
    here.page.goto(server.page("hostile") + "?key=id:__proto__&q=" + quote(ATTACK) + "&columns=__proto__,toString")
    here.says(".panel h2", "__proto__")
    here.page.click("#filter")
    assert here.page.get_by_role("button", name="Watch “<img").count() == 0, "no filter that can be read"
    here.page.keyboard.press("Escape")
    here.page.fill("#find", 'flight="<img src=x>"')
    here.page.press("#find", "Tab")
    here.page.click("#filter")
    here.page.get_by_role("button", name="Watch “flight=").click()
    here.says(".watched", 'flight="<img src=x>"')
    here.page.evaluate(
        '() => localStorage.setItem(\'habits\', \'{"__proto__": {"theme": 1}, "columns": ["__proto__"]}\')'
    )
    here.page.reload()
    here.says(".panel h2", "__proto__")


def test_texts_as_long_as_the_server_takes_stay_in_their_places(server: Server, window: Open) -> None:
    here = room(server, window, "long")
    endless = "W" * 60_000
    flight = {
        "hex": "4ca7b5",
        "flight": "LONG1",
        "lat": 52.0,
        "lon": 5.0,
        **dict.fromkeys(("desc", "ownOp"), "W" * 64),
    }
    with connect(server.room("long")) as socket:
        for said in (flight, {"hex": "4ca7b5", "note": endless}, {"id": "W" * 64, "lat": 52.0, "lon": 5.1}):
            socket.send(json.dumps(said))
        socket.send(json.dumps({"text": endless}))  # a message to everyone
        socket.send("[" * 60_000)
        socket.send(json.dumps({"text": "x" * 1_000_000}))  # more than the server takes: it never gets here
    here.until(lambda: len(here.order()) == 2, "both flights show")
    here.page.click("#send")
    here.says(".messages", "WWW")
    here.page.click("#drawer .close")
    here.row("LONG1").click()
    here.says(".panel h2", "LONG1")
    assert here.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert here.page.evaluate("() => document.body.textContent.length") < 40_000


def test_fifty_thousand_flights_leave_the_page_usable(window: Open) -> None:
    with running("--no-demo", "--publish-rate", "0") as server:
        crowd: list[dict[str, Any]] = [
            {
                "hex": f"{at:06x}",
                "flight": f"F{at}",
                "lat": -60 + at % 120,
                "lon": -180 + at / 140,
                "alt_baro": at % 40000,
            }
            for at in range(50_000)
        ]
        here = window()
        here.expect(CONNECTION)
        here.page.goto(server.page("crowd") + "?lat=0&lon=0&zoom=3")
        for start in range(0, len(crowd), 500):
            post(server, "crowd", *crowd[start : start + 500])
        here.until(lambda: "50,000 aircraft" in here.text("#headcount") or here.order(), "some of them show")
        here.until(lambda: here.page.evaluate("() => performance.getEntriesByName('flights shown').length"), "map", 120)
        for start in range(0, 5000, 500):  # while many of them fly
            post(server, "crowd", *({**each, "gs": 77, "track": 90} for each in crowd[start : start + 500]))
        here.page.locator("#grid tbody tr[role=row]").nth(3).click()
        here.until(lambda: here.page.locator(".panel").is_visible(), "a click opens a panel")
        here.page.keyboard.press("Escape")
        here.page.fill("#find", "F2500")
        here.until(lambda: here.order() and all("F2500" in name for name in here.order()), "a search finds")
