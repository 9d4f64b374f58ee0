"""Small things that watcher and publisher share: a moment that many may wait for, and the reactor."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from twisted.internet.defer import Deferred

from flighttap.client.errors import Disconnected

__all__ = ["Waiting", "the_reactor"]

T = TypeVar("T")


class Waiting(Generic[T]):
    """Those who wait for one moment, each with a Deferred that may be cancelled."""

    def __init__(self) -> None:
        self._waiting: list[Deferred[T]] = []

    def wait(self) -> Deferred[T]:
        """Fires at the next :meth:`fire`, fails at the next :meth:`give_up`."""
        waiting: Deferred[T] = Deferred(self._waiting.remove)
        self._waiting.append(waiting)
        return waiting

    def fire(self, value: T) -> None:
        """The moment has come."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.callback(value)

    def give_up(self, error: Exception | None) -> None:
        """It will not come.

        :param error: why; ``None`` where it was the program's own wish to stop.
        """
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each.errback(error or Disconnected("This was stopped before the server had answered."))


def the_reactor(given: Any) -> Any:
    """The reactor given, or the global one; imported only here, for importing it installs it."""
    if given is not None:
        return given
    from twisted.internet import reactor

    return reactor
