"""More than one person, and more than one page: who is here, whose view is followed, a map in somebody else's page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.browser.window import CONNECTION, Window
from tests.daemon import Server, running

Open = Callable[..., Window]


def enter(server: Server, window: Open, name: str, room: str, **options: Any) -> Window:
    """A window of somebody with a name, the room at a glance open in it."""
    here = window(map=False, **options)
    here.page.goto(server.page(room))
    here.says("#pill", "LIVE")
    here.page.click("#headcount")
    here.page.fill("#my-name", name)
    here.page.get_by_role("button", name="Set name").click()
    return here


def test_people_see_who_is_here_and_follow_what_somebody_looks_at(server: Server, window: Open) -> None:
    ana, ben = (enter(server, window, name, "together") for name in ("Ana", "Ben"))
    ben.says(".here", "Ana")
    ana.says(".here", "Ben")
    assert ben.page.get_by_role("button", name="Follow their view").count() == 0

    ana.page.get_by_label("Share what I look at with the room").check()
    ana.says("#headcount", "sharing")
    ana.page.click(".overview .back")
    ana.send_flight(callsign="RYR12AB")
    ben.page.get_by_role("button", name="Follow their view").click()
    ben.says("#notice", "You see what Ana looks at")

    ana.row("RYR12AB").click()
    ana.page.fill("#find", "alt<20000")
    ben.says(".panel h2", "RYR12AB")
    ben.until(lambda: ben.page.input_value("#find") == "alt<20000", "Ben sees what Ana searches for")

    ben.page.get_by_role("button", name="Stop", exact=True).click()
    ben.until(lambda: not ben.page.locator("#notice").is_visible(), "nobody is followed")
    ana.page.fill("#find", "alt<30000")
    ana.until(lambda: any("alt%3C30000" in each or "alt<30000" in each for each in ana.sent[0]), "Ana's view is told")
    ben.until(lambda: any("30000" in each for each in ben.received[0]), "it came to Ben")
    assert ben.page.input_value("#find") == "alt<20000"


def test_who_ends_sharing_is_followed_no_longer(server: Server, window: Open) -> None:
    ana, ben = (enter(server, window, name, "apart") for name in ("Ana", "Ben"))
    share = ana.page.get_by_label("Share what I look at with the room")
    share.check()
    ben.page.get_by_role("button", name="Follow their view").click()
    ana.send_flight(callsign="RYR12AB")
    ben.says("#notice", "You see what Ana looks at")
    share.uncheck()
    ben.until(lambda: not ben.page.locator("#notice").is_visible(), "nobody is followed")
    assert ben.page.get_by_role("button", name="Follow their view").count() == 0


@contextmanager
def elsewhere(page: str) -> Iterator[str]:
    """Somebody else's site with one page; gives its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=site.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{site.server_address[1]}"
    site.shutdown()
    site.server_close()
    thread.join(5)


FRAME = '<!doctype html><title>A club</title><iframe width="600" height="400"></iframe>'
AIM = "(address) => { document.querySelector('iframe').src = address; }"


def test_a_room_is_embedded_in_a_page_that_the_operator_named_and_in_no_other(window: Open, tmp_path: Path) -> None:
    with elsewhere(FRAME) as club, elsewhere(FRAME) as stranger:
        config = tmp_path / "flighttap.toml"
        config.write_text(f'embed = ["{club}"]\ndemo = true\n')
        with running("--config", str(config)) as server:
            here = window()
            here.expect(CONNECTION)  # the server ends before the window
            here.page.goto(club)
            here.page.evaluate(AIM, server.page("demo") + "?embed&zoom=6&lat=51&lon=4.5")
            frame = here.page.frame_locator("iframe")
            here.until(lambda: "LIVE" in frame.locator("#pill").inner_text(), "the frame is live", 30)
            shown = "() => performance.getEntriesByName('flights shown').length > 0"
            here.until(lambda: here.page.frames[1].evaluate(shown), "aircraft are drawn in it", 30)
            for hidden in ("#dock", ".bar", "#send", "#collapse"):
                assert not frame.locator(hidden).is_visible(), hidden
            whole = frame.locator("#whole")
            assert whole.inner_text() == "demo"
            assert whole.get_attribute("target") == "_blank"
            assert whole.get_attribute("href").startswith("/tracker/demo?")
            assert "embed" not in whole.get_attribute("href")
            here.look("embedded")

            other = window()
            other.expect("frame-ancestors|X-Frame-Options|chrome-error")
            other.page.goto(stranger)
            with other.page.expect_console_message(lambda message: "frame-ancestors" in message.text):
                other.page.evaluate(AIM, server.page("demo") + "?embed")
