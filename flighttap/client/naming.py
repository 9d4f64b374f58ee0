"""What a client calls itself: said on every connection, and again when it changes."""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from flighttap.client.link import Link
from flighttap.client.refusals import wire_error
from flighttap.errors import RateLimited
from flighttap.rooms.policy import Limits
from flighttap.rooms.presence import read_name

__all__ = ["Naming"]

_ID = "name"
"""``id`` of what is said here, by which its answer is known."""


class Naming:
    """Keeps the server's idea of our name the newest one; one message at a time is on its way.

    :param name: at first; ``None`` for none.
    :raises BadField: it is no name.
    """

    _log = Logger()

    def __init__(self, link: Link, reactor: Any, name: str | None) -> None:
        self._link = link
        self._reactor = reactor
        self._name = read_name(name, Limits().name_length)
        self._used = name is not None
        self._due = False
        self._asking = False
        self._timer: IDelayedCall | None = None

    def set(self, name: str | None) -> None:
        """From now on we are called this, or nothing.

        :raises BadField: it is no name.
        """
        self._name = read_name(name, Limits().name_length)
        self._used = self._due = True
        self._say()

    def greeted(self) -> None:
        """There is a connection, and nothing was said on it."""
        self._due = self._used
        self._say()

    def received(self, message: dict[str, Any]) -> None:
        """Take the answer, if this is it."""
        if not self._asking or message.get("id") != _ID or message.get("t") not in ("ok", "error"):
            return
        self._asking = False
        error = wire_error(message) if message["t"] == "error" else None
        if isinstance(error, RateLimited):
            self._due = True
            self._timer = self._reactor.callLater(error.retry_ms / 1000, self._say)
            return
        if error is not None:
            self._log.warn("a name was not taken: {why}", why=str(error), event_id="client.name")
        self._say()

    def severed(self) -> None:
        """The connection is gone, and the answer with it."""
        self._asking = False
        self._set_no_timer()

    def _say(self) -> None:
        self._set_no_timer()
        if self._due and self._link.live and not self._asking:
            self._due = False
            self._asking = self._link.send(msgspec.json.encode({"op": "name", "id": _ID, "name": self._name}))

    def _set_no_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
