"""One window of the browser: the page in it, and everything that must not happen there."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["CONNECTION", "DESKTOP", "PHONE", "Window"]

#: What the browser says of a server that is not there, for :meth:`Window.expect`.
CONNECTION = r"WebSocket connection to|Failed to load resource: net::ERR_"

#: Without motion the map is drawn once a second: software drawing leaves the machine to what is tested.
DESKTOP = {"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce"}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}

# Runs before any script of the page, outside its policy: what the policy stops is noted, not executed.
_WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.__violations.push(event.violatedDirective + " " + event.blockedURI);
});
"""

# What a browser without WebGL2 says. Drawing the map in software costs more than all else that most tests look at.
_NO_MAP = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind === "webgl2" ? null : getContext.call(this, kind, ...more);
};
"""


class Window:
    """A window with a session of its own.

    :param map: whether its browser can draw the map; without, the page is the list alone.

    :ivar page: Playwright's page.
    :ivar sent: text frames that the page sent, a list a WebSocket.
    :ivar received: text frames that came, a list a WebSocket.
    """

    def __init__(self, browser: Any, *, map: bool = True, **options: Any) -> None:
        self._context = browser.new_context(**{**DESKTOP, **options})
        self._complaints: list[str] = []
        self._expected: list[re.Pattern[str]] = []
        self.sent: list[list[str]] = []
        self.received: list[list[str]] = []
        self.page = self._context.new_page()
        self.page.add_init_script(_WATCH)
        if not map:
            self.page.add_init_script(_NO_MAP)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._complaints.append(f"error: {error}"))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", self._socket)
        self.page.on("dialog", self._dialog)

    def expect(self, pattern: str) -> None:
        """Let complaints pass that a test brings about on purpose, such as a refused connection."""
        self._expected.append(re.compile(pattern))

    def until(self, condition: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """Wait until a condition on the page holds and give what it gave."""
        end = time.monotonic() + seconds
        while not (result := condition()):
            assert time.monotonic() < end, f"{what}: not within {seconds} s"
            self.page.wait_for_timeout(20)
        return result

    def text(self, selector: str) -> str:
        """What people read there."""
        return str(self.page.inner_text(selector))

    def says(self, selector: str, words: str, seconds: float = 30.0) -> None:
        """Wait until some text stands there."""
        try:
            self.until(lambda: words in self.text(selector), f"{selector} says {words!r}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it says {self.text(selector)!r}") from None

    def connected(self) -> None:
        """Wait until the page holds the room, whose data may be too old for the pill to say LIVE."""
        self.until(lambda: re.search(r"LIVE|old", self.text("#pill")), "the page is connected")

    def row(self, words: str) -> Any:
        """The row of the table that shows this."""
        return self.page.locator("#grid tbody tr[role=row]", has_text=words)

    def order(self) -> list[str]:
        """The callsigns in the rows on the screen, from the top."""
        script = (
            "() => [...document.querySelectorAll('#grid tbody tr[role=row] .c-callsign .text')].map(e => e.textContent)"
        )
        return list(self.page.evaluate(script))

    def send_flight(self, **typed: str) -> None:
        """Fill the form of "Send flight data" and press Send."""
        if not self.page.locator("#drawer").is_visible():
            self.page.click("#send")
        for name, text in typed.items():
            self.page.fill(f"#send-{name}", text)
        self.page.click("#drawer button[type=submit]")

    def look(self, name: str) -> None:
        """Keep a picture of the window where ``FLIGHTTAP_SHOTS`` names a folder."""
        folder = os.environ.get("FLIGHTTAP_SHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def close(self) -> list[str]:
        """Close the window; gives what it complained of."""
        if self.page.url.startswith("http"):
            self._complaints += [f"policy: {each}" for each in self.page.evaluate("() => window.__violations ?? []")]
        self._context.close()
        return [each for each in self._complaints if not any(pattern.search(each) for pattern in self._expected)]

    def _console(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self._complaints.append(f"console: {message.text}")

    def _dialog(self, dialog: Any) -> None:
        self._complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self._complaints.append(f"request to {url}")

    def _socket(self, socket: Any) -> None:
        self._asked(socket.url)
        sent: list[str] = []
        received: list[str] = []
        self.sent.append(sent)
        self.received.append(received)
        socket.on("framesent", lambda payload: sent.append(str(payload)))
        socket.on("framereceived", lambda payload: received.append(str(payload)))
