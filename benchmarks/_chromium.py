"""A headless Chromium with software graphics, a server for the pages that it opens, and what it says of its work."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from benchmarks._process import Process
from benchmarks.peers.setup import node_modules
from tests.needs import need_chromium

__all__ = ["FLAGS", "SIZE", "Tab", "chromium", "pages"]

SIZE = {"width": 1280, "height": 800}
FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
"""Software graphics: where there is no GPU, every pixel is painted on a CPU that the page needs, too."""

_HERE = Path(__file__).parent
_FOLDERS = {
    "static": _HERE.parent / "flighttap" / "web" / "static",
    "bench": _HERE / "browser",
    "peer": node_modules(),
}


class _Files(SimpleHTTPRequestHandler):
    """The page's files, the benchmark's, and the peer's."""

    def guess_type(self, path: Any) -> str:
        return "text/javascript" if str(path).endswith((".js", ".mjs")) else super().guess_type(path)

    def translate_path(self, path: str) -> str:
        first, _, rest = path.split("?")[0].lstrip("/").partition("/")
        folder = _FOLDERS.get(first)
        return str(folder / rest) if folder and ".." not in rest else "/nonexistent"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def pages() -> Iterator[str]:
    """A server for them; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


class Tab:
    """One open page.

    :param page: Playwright's.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self._browser = page.context.browser.new_browser_cdp_session()
        self._faults: list[str] = []
        page.on("pageerror", lambda error: self._faults.append(str(error)))
        self._devtools = page.context.new_cdp_session(page)
        # Thread time: what others take of the machine is not counted.
        self._devtools.send("Performance.enable", {"timeDomain": "threadTicks"})

    def open(self, address: str, seconds: float = 120.0) -> None:
        """Open a page of the benchmark and wait until it is ready."""
        self.page.goto(address)
        self.until("() => document.documentElement.dataset.ready", seconds)

    def run(self, script: str) -> Any:
        """Run a function in the page. It must have made no mistake so far."""
        result = self.page.evaluate(script)
        if self._faults:
            raise RuntimeError(self._faults[0])
        return result

    def until(self, script: str, seconds: float) -> Any:
        """Run a function again and again until it gives something, and give that."""
        end = time.monotonic() + seconds
        while not (result := self.run(script)):
            if time.monotonic() > end:
                raise RuntimeError(f"not within {seconds:g} s: {script}")
            self.rest(0.02)
        return result

    def rest(self, seconds: float) -> None:
        """Let the page go on."""
        self.page.wait_for_timeout(seconds * 1000)

    def busy(self) -> float:
        """CPU seconds that the page's main thread has worked."""
        return float(self._metrics()["TaskDuration"])

    def heap(self) -> int:
        """Bytes of JavaScript's objects that are still in use."""
        for _ in range(2):
            self._devtools.send("HeapProfiler.collectGarbage")
        return int(self._metrics()["JSHeapUsedSize"])

    def resident(self) -> int:
        """Bytes of memory of the process that runs the page; graphics are another one's."""
        told = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return max(Process(each["id"]).memory() for each in told if each["type"] == "renderer")

    def presented(self, seconds: float) -> int:
        """Frames that reached the screen in a time."""
        frames: list[str] = []
        done: list[bool] = []
        self._devtools.on("Tracing.dataCollected", lambda said: frames.extend(each["name"] for each in said["value"]))
        self._devtools.on("Tracing.tracingComplete", lambda _: done.append(True))
        categories = "disabled-by-default-devtools.timeline.frame,devtools.timeline.frame"
        self._devtools.send("Tracing.start", {"transferMode": "ReportEvents", "categories": categories})
        self.rest(seconds)
        self._devtools.send("Tracing.end")
        while not done:
            self.rest(0.05)
        return frames.count("DrawFrame")

    def _metrics(self) -> dict[str, float]:
        return {each["name"]: each["value"] for each in self._devtools.send("Performance.getMetrics")["metrics"]}


@dataclass(frozen=True)
class Chromium:
    """The browser.

    :ivar version: its own.
    """

    version: str
    _browser: Any

    @contextmanager
    def tab(self) -> Iterator[Tab]:
        """A page of its own, with nothing kept from others."""
        context = self._browser.new_context(viewport=SIZE)
        try:
            yield Tab(context.new_page())
        finally:
            context.close()


@contextmanager
def chromium() -> Iterator[Chromium]:
    """A browser; it is closed in the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(need_chromium()), args=list(FLAGS))
        try:
            yield Chromium(browser.version, browser)
        finally:
            browser.close()
