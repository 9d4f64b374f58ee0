"""What readers of the tutorial were promised, step by step, in a real browser against the real program."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.browser.window import Window
from tests.daemon import Server

Open = Callable[..., Window]

# Notes when a row with some text stands in the table, by the clock that all windows share.
WAIT_FOR_ROW = """(words) => {
  window.__shown = null;
  const look = () => {
    if (window.__shown === null && document.querySelector("#grid tbody").textContent.includes(words)) {
      window.__shown = Date.now();
    }
  };
  look();
  const grid = document.querySelector("#grid");
  new MutationObserver(look).observe(grid, {subtree: true, childList: true, characterData: true});
}"""
PRESS_SEND = """() => {
  const at = Date.now();
  document.querySelector("#drawer button[type=submit]").click();
  return at;
}"""


def connect(window: Window, server: Server, room: str) -> None:
    window.page.goto(server.page())
    window.page.get_by_label("Room id").fill(room)
    window.page.get_by_role("button", name="Connect").click()
    window.page.wait_for_url(f"**/tracker/{room}")
    window.connected()


def milliseconds(sender: Window, watcher: Window, words: str) -> float:
    """From the press of Send in one window to the row in the other."""
    watcher.page.evaluate(WAIT_FOR_ROW, words)
    pressed = sender.page.evaluate(PRESS_SEND)
    shown: Any = watcher.until(lambda: watcher.page.evaluate("() => window.__shown"), f"{words} shows")
    return float(shown - pressed)


def test_the_tutorial_works_as_its_readers_were_promised(server: Server, window: Open) -> None:
    # Going to /tracker/ shows a page on which a room id can be typed.
    first = window(map=False)
    first.page.goto(server.page())
    field = first.page.get_by_label("Room id")
    assert field.is_visible()
    assert field.evaluate("(node) => node === document.activeElement")

    # A second window takes the same room id, and each presses "Connect".
    connect(first, server, "prose")
    second = window(map=False)
    connect(second, server, "prose")
    first.says("#headcount", "2 here")

    # Flight data sent from one window shows in the other, at once.
    first.page.click("text=Send flight data")
    for name, text in {"callsign": "PROSE1", "altitude": "31000", "speed": "440", "heading": "271"}.items():
        first.page.fill(f"#send-{name}", text)
    took = milliseconds(first, second, "PROSE1")
    assert took < 200, f"{took} ms"
    assert "31,000" in second.row("PROSE1").inner_text()

    # An update of it shows for everybody who is connected: a third window and the sender, too.
    third = window(map=False)
    connect(third, server, "prose")
    assert "31,000" in third.row("PROSE1").inner_text()
    times = []
    for altitude, words in (("32500", "32,500"), ("33500", "33,500"), ("34500", "34,500")):
        first.page.fill("#send-altitude", altitude)
        times.append(milliseconds(first, second, words))
    assert sorted(times)[1] < 200, f"{times} ms"
    for each in (first, third):
        each.says("#grid", "34,500", 2)

    # And it goes both ways.
    second.send_flight(callsign="PROSE2", altitude="9000")
    first.says("#grid", "PROSE2", 2)
    assert "sent by a member" in first.row("PROSE2").inner_text()


def test_enter_connects_and_a_wrong_room_id_is_explained(server: Server, window: Open) -> None:
    here = window(map=False)
    here.page.goto(server.page())
    here.page.keyboard.press("Enter")
    here.says("#room-problem", "Type a room id")
    here.page.keyboard.type("not a room")
    here.page.keyboard.press("Enter")
    here.says("#room-problem", "letters, digits")
    assert here.page.url.endswith("/tracker/")
    here.page.fill("#room-id", "typed")
    here.page.keyboard.press("Enter")
    here.page.wait_for_url("**/tracker/typed")


def test_the_json_tab_shows_the_frame_sent_and_the_data_that_came_back(server: Server, window: Open) -> None:
    here = window(map=False)
    connect(here, server, "frames")
    here.send_flight(callsign="FRAME1")
    here.says(".result", "The room has it")
    here.page.click("#tab-json")
    sent, back = here.page.locator(".exchanged code").all_inner_texts()
    assert json.loads(sent)["callsign"] == "FRAME1"
    assert back == '{"data":' + sent + "}"
    assert here.text(".exchanged .ms").endswith(" ms")
    assert sent in here.sent[1]
    assert back in here.received[1]


def test_a_message_without_a_flight_is_shown_to_everyone(server: Server, window: Open) -> None:
    first, second = window(map=False), window(map=False)
    connect(first, server, "talk")
    connect(second, server, "talk")
    second.page.click("#send")
    first.page.click("#send")
    first.page.click("#tab-json")
    first.page.fill("#json", '{"text": "Fog at Schiphol <b>now</b>"}')
    first.page.click("#drawer button[type=submit]")
    for each in (first, second):
        each.says(".messages", "Fog at Schiphol <b>now</b>")
    assert second.page.locator(".messages b").count() == 0


def test_what_the_server_refuses_is_said_to_its_sender(server: Server, window: Open) -> None:
    here = window(map=False)
    connect(here, server, "refusing")
    here.page.click("#send")
    here.page.fill("#send-lat", "123")
    here.page.click("#drawer button[type=submit]")
    here.says("#problem-lat", "From -90 to 90")
    here.page.click("#tab-json")
    here.page.fill("#json", '{"callsign": "X1", "lat": 123, "lon": 4}')
    here.page.click("#drawer button[type=submit]")
    here.says(".result", "Refused: lat must be from -90 to 90")
