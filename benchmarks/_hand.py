"""A hand on the mouse and the keyboard of a page: it does what a person does, and counts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks._chromium import Tab

__all__ = ["Hand"]


class Hand:
    """Everything in it is done with trusted events of the browser, at places that a person can see.

    :ivar clicks: of the mouse so far.
    :ivar keys: pressed so far; one with a modifier is one.
    """

    def __init__(self, tab: Tab) -> None:
        self.page = tab.page
        self._tab = tab
        self.clicks = 0
        self.keys = 0
        self.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def click(self, what: Any) -> None:
        """Click in the middle of an element: a selector, or a locator."""
        self.clicks += 1
        (self.page.locator(what) if isinstance(what, str) else what).click()

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as the browser calls them."""
        for key in keys:
            self.keys += 1
            self.page.keyboard.press(key)

    def write(self, text: str) -> None:
        """Type a text."""
        self.keys += len(text)
        self.page.keyboard.type(text)

    def reload(self) -> None:
        """F5."""
        self.keys += 1
        self.page.reload()

    def go_to_what_was_copied(self) -> None:
        """Ctrl+L, Ctrl+V, Enter."""
        link = self.see(lambda: self.page.evaluate("() => navigator.clipboard.readText()"), "something was copied")
        self.keys += 3
        self.page.goto(link)

    def see(self, condition: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
        """Wait until something can be seen, and give it.

        :raises RuntimeError: it could not.
        """
        waited = 0.0
        while not (found := condition()):
            if waited > seconds:
                raise RuntimeError(f"not within {seconds:g} s: {what}")
            self._tab.rest(0.02)
            waited += 0.02
        return found
