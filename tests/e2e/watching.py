"""A watcher of version 1 that can be followed step by step: what it holds, and what it was told."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from flighttap.client.replica import Replica
from tests.daemon import until

__all__ = ["FollowedRoom", "say"]

V1 = "flighttap.v1.json"


class FollowedRoom:
    """One room as a watcher holds it, over any number of connections.

    :ivar told: every message that came, in order.
    :ivar ended: how the last connection ended: a close code, 1006 without a close frame; ``None`` while it stands.
    """

    def __init__(self) -> None:
        self.replica = Replica()
        self.told: list[dict[str, Any]] = []
        self.ended: int | None = None
        self._open = ExitStack()
        self._thread: threading.Thread | None = None

    def join(self, url: str) -> FollowedRoom:
        """Connect, say what is held already, and read along in a thread."""
        self.ended = None
        self._open = ExitStack()
        socket = self._open.enter_context(connect(url, subprotocols=[V1], open_timeout=20, close_timeout=1))
        self._take(json.loads(socket.recv(20)))
        socket.send(json.dumps(self.replica.opening({"events": True, "hz": 20})))
        self._thread = threading.Thread(target=self._read, args=(socket,), daemon=True)
        self._thread.start()
        return self

    def _read(self, socket: ClientConnection) -> None:
        try:
            for text in socket:
                self._take(json.loads(text))
        except ConnectionClosed:
            pass
        closed = socket.protocol.close_rcvd
        self.ended = 1006 if closed is None else int(closed.code)

    def _take(self, message: dict[str, Any]) -> None:
        self.told.append(message)
        self.replica.apply(message)

    @property
    def events(self) -> list[Any]:
        """The data of all events, in order."""
        return [message["data"] for message in self.told if message["t"] == "event"]

    def value(self, key: str, field: str) -> Any:
        """A field of a flight as it is held now."""
        return self.replica.aircraft.get(key, {}).get(field)

    def waits_for(self, key: str, field: str, value: Any, seconds: float = 20.0) -> None:
        """Wait until the flight is held with this value."""
        until(lambda: self.value(key, field) == value, f"{key} has {field} = {value}", seconds)

    def leave(self) -> None:
        """Close what is open."""
        assert self._thread is not None
        self._open.close()
        self._thread.join(10)


def say(publisher: ClientConnection, *flights: dict[str, Any]) -> None:
    """Publish flights, and wait until the server has taken them."""
    publisher.send(json.dumps({"op": "publish", "id": "said", "aircraft": list(flights)}))
    while True:
        answer = json.loads(publisher.recv(20))
        assert answer["t"] != "error", answer
        if answer.get("id") == "said":
            return
