"""Windows of a real Chromium, for tests that look at the page as people do.

Playwright's blocking interface may not run in the thread of Twisted's reactor, which is the one that pytest runs in:
the tests of this folder, and whatever touches a window, run in a thread of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.browser.window import Window
from tests.daemon import Server, running
from tests.needs import missing, need_chromium

_HERE = Path(__file__).parent
_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == _HERE and "nightly" not in item.keywords:
            item.add_marker(pytest.mark.browser)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    """Run the test in the browser's thread."""
    names = pyfuncitem._fixtureinfo.argnames
    _thread.submit(pyfuncitem.obj, **{name: pyfuncitem.funcargs[name] for name in names}).result()
    return True


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The running browser."""
    program = need_chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing("playwright", "pip install -e '.[test]'")

    def start() -> tuple[Any, Any]:
        driver = sync_playwright().start()
        software = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # WebGL where there is no GPU
        flags = ["--no-sandbox", "--disable-dev-shm-usage", *software]
        return driver, driver.chromium.launch(executable_path=str(program), args=flags)

    driver, browser = _thread.submit(start).result()
    yield browser
    _thread.submit(lambda: (browser.close(), driver.stop())).result()


@pytest.fixture
def window(chromium: Any) -> Iterator[Callable[..., Window]]:
    """Opens windows, each with a session of its own; afterwards none of them may have complained."""
    windows: list[Window] = []

    def open_window(**options: Any) -> Window:
        windows.append(Window(chromium, **options))
        return windows[-1]

    yield open_window
    complaints = _thread.submit(lambda: [each for window in windows for each in window.close()]).result()
    assert complaints == []


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server with the simulated sky in ``demo``, for all tests that do not stop it."""
    with running("--demo") as server:
        yield server
