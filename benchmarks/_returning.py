"""Many of our clients in one process, and when each of them dialled, was in, and was cut off.

``python -m benchmarks._returning URL COUNT`` reads commands, a line each, and answers each with a line of JSON:
``count`` with how many hold the room that their server has now, ``cut`` (which resets every connection) with how many
it were, ``tell`` with all that happened. Times are ``time.monotonic()``, which every process of a machine shares.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, cast

from twisted.internet import reactor, stdio
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.protocols.basic import LineOnlyReceiver
from zope.interface import implementer

from flighttap.client import Watcher
from flighttap.client.address import read_address

EACH = 100
"""Clients of one address, of those from 127.0.1.1 on: half of what a server allows."""


@implementer(IStreamClientEndpoint)
class Client:
    """One watcher.

    :ivar dialled, back, lost: when it tried, when it held the room's flights after that, when it was cut off.
    """

    def __init__(self, url: str, number: int) -> None:
        self.dialled: list[float] = []
        self.back: list[float] = []
        self.lost: list[float] = []
        self._greeted = False
        self.holds = False
        self._protocol: Any = None
        self._way = _way(url, f"127.0.{1 + number // EACH}.1")
        self.watcher = Watcher(url, hz=0.5, on_state=self._state, on_change=self._changed, endpoint=self)

    def connect(self, factory: Any) -> Any:
        """What the watcher asks its endpoint for."""
        return self._way.connect(factory).addCallback(self._connected)

    def _connected(self, protocol: Any) -> Any:
        self._protocol = protocol
        return protocol

    def cut(self) -> None:
        """Reset the connection, as a network does that goes away."""
        self._protocol.transport.abortConnection()

    def _state(self, state: str, why: str, pause: float) -> None:
        if state == "connecting":
            self.dialled.append(time.monotonic())
        elif state == "live":
            self._greeted = True
        elif state == "waiting" and self._greeted:
            self._greeted = self.holds = False
            self.lost.append(time.monotonic())

    def _changed(self, key: str, record: dict[str, Any]) -> None:
        if not self.holds:
            self.holds = True
            self.back.append(time.monotonic())


def _way(url: str, address: str) -> TCP4ClientEndpoint:
    """To the server of a room, from this address."""
    where, clock = read_address(url), cast("Any", reactor)
    return TCP4ClientEndpoint(clock, where.host, where.port, bindAddress=(address, 0))


class Commands(LineOnlyReceiver):
    """What the benchmark asks."""

    delimiter = b"\n"

    def __init__(self, clients: list[Client]) -> None:
        self._clients = clients

    def lineReceived(self, line: bytes) -> None:
        if line == b"count":
            self._say(sum(client.holds for client in self._clients))
        elif line == b"cut":
            for client in self._clients:
                client.cut()
            self._say(len(self._clients))
        else:
            names = ("dialled", "back", "lost")
            self._say([{name: getattr(client, name) for name in names} for client in self._clients])

    def _say(self, answer: object) -> None:
        self.sendLine(json.dumps(answer).encode())

    def connectionLost(self, reason: object = None) -> None:
        running: Any = reactor
        running.stop()


def main(url: str, count: int) -> None:
    """Start them, 200 a second, and do as told until the input ends."""
    running: Any = reactor
    running.seconds = time.monotonic
    clients = [Client(url, number) for number in range(count)]
    for number, client in enumerate(clients):
        running.callLater(number / 200, client.watcher.start)
    stdio.StandardIO(Commands(clients))
    running.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
