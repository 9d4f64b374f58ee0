"""The broadcasting factory: who is in which room, and every byte that goes to them.

The hub decides what a lane's members are sent; this factory keeps the
connections by room, lets them join and leave, and does the sends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from flighttap.hub import Hub
from flighttap.rooms.crowd import KICKED, Census
from flighttap.rooms.member import Delivery
from flighttap.ws.describing import described, spoken
from flighttap.ws.pages import FEWEST, LEAST, held, send
from flighttap.ws.protocol import RoomProtocol
from flighttap.ws.standing import Standing

__all__ = ["RoomFactory"]

DRAIN_AFTER, DRAIN_SPREAD = 1.0, (1.0, 60.0)
"""Seconds from a drain until the first may come back, and over which the rest follow: the least and the most."""
DRAIN_PATIENCE = 5.0
"""Seconds that those who were sent away last have to go, where an operator drains a server that runs on."""
DRAIN_EACH = 0.005
"""Seconds of that for each member."""
CLOSES_AT_ONCE, CLOSES_A_SECOND = 100, 10_000
"""How many connections a drain closes in one turn, and how many in a second."""
LOOKS_AT_ONCE = 250
"""How many connections are looked at in one turn, to see whether they live: thousands would hold everybody up."""
BIG = 4
"""A message up to so many times the limit is answered ``too_big``; a longer one ends the connection with 1009."""


class RoomFactory(WebSocketServerFactory):
    """Makes the protocols of all rooms of a hub.

    :param reactor: the clock of pings and deadlines.
    :param new_session: gives an unguessable word for each connection.
    :param spread: gives a number from 0 to 1, to spread first pings.
    :param stopwatch: processor seconds, to learn what an operation costs.
    :ivar members: room name to the connections in it.
    """

    _log = Logger()

    def __init__(
        self,
        hub: Hub,
        reactor: Any,
        *,
        new_session: Callable[[], str],
        spread: Callable[[], float],
        stopwatch: Callable[[], float] = time.thread_time,
    ) -> None:
        super().__init__(server="", reactor=reactor)
        self.hub = hub
        self.members: dict[str, set[RoomProtocol]] = {}
        self.stopping = False
        self.stopwatch = stopwatch
        self.new_session = new_session
        self.spread = spread
        self.setProtocolOptions(
            webStatus=False,
            failByDrop=False,
            versions=[13],
            maxFramePayloadSize=BIG * hub.limits.message,
            maxMessagePayloadSize=BIG * hub.limits.message,
            openHandshakeTimeout=0,
            closeHandshakeTimeout=0,
            autoPingInterval=0,
            allowNullOrigin=True,
        )
        # Autobahn copies each option to each connection and formats a list of them for a log that is off.
        options = {name: getattr(self, name) for name in RoomProtocol.CONFIG_ATTRS if not hasattr(RoomProtocol, name)}
        self.protocol = type("RoomProtocol", (RoomProtocol,), options | {"CONFIG_ATTRS": ()})
        hub.broadcast = self.broadcast
        hub.crowd = self
        self._watch = LoopingCall(self._second_passed)
        self._watch.clock = reactor
        self._last_second = 0.0
        self._made = 0
        self._emptied: Deferred[None] | None = None

    def startFactory(self) -> None:
        """Begin to watch over the connections."""
        self._last_second = self.reactor.seconds()
        self._watch.start(1.0, now=False)

    def stopFactory(self) -> None:
        """Stop watching over them."""
        if self._watch.running:
            self._watch.stop()

    def join(self, protocol: RoomProtocol, room: str) -> None:
        """A connection is in a room, until it is gone."""
        self.members.setdefault(room, set()).add(protocol)

    def leave(self, protocol: RoomProtocol, room: str) -> None:
        """A connection is gone, if ever it was there."""
        there = self.members.get(room, set())
        there.discard(protocol)
        if not there:
            self.members.pop(room, None)
        if not self.members and self._emptied is not None:
            emptied, self._emptied = self._emptied, None
            emptied.callback(None)

    def standing_of(self, room: str, session: str) -> Standing | None:
        """What a member's other connection may do: as much as the member, whose session nobody else knows."""
        there = self.members.get(room, ())
        return next((each.standing for each in there if each.member and each.member.session == session), None)

    def broadcast(self, deliveries: Iterable[Delivery]) -> None:
        """Send what a lane flushed: the same bytes to each of its members."""
        count = size = 0
        for members, parts in deliveries:
            count += len(members)
            if len(parts) == 1:
                size += len(members) * len(parts[0])
                self._send_to_all(members, parts[0])
            else:
                size += len(members) * sum(map(len, parts))
                for member in members:
                    member.deliver(parts)
        meter = self.hub.meter
        meter.deliveries += count
        meter.lane_bytes += size

    def _send_to_all(self, members: Collection[Any], data: bytes) -> None:
        """Hand bytes to the sockets themselves, but where something waits before them."""
        if len(data) >= LEAST and len(members) >= FEWEST:
            with held(data) as pages:
                self._hand_over(members, data, pages)
        else:
            self._hand_over(members, data, None)

    def _hand_over(self, members: Iterable[Any], data: bytes, pages: int | None) -> None:
        """Do so, from ``pages`` where the kernel holds the bytes already."""
        size = len(data)
        for member in members:
            protocol: RoomProtocol = member.peer
            if protocol.clear:
                try:
                    sent = protocol._send(data) if pages is None else send(protocol.transport.fileno(), pages, size)
                except OSError:
                    sent = 0
                if sent != size:
                    protocol.keep(data[sent:])
            else:
                protocol.write(data)

    def public_id(self) -> str:
        """A short name for a connection that others may see."""
        self._made += 1
        return f"c{self._made:x}"

    def census(self) -> Census:
        """How many connections there are, and how they are."""
        census = Census()
        for there in self.members.values():
            for protocol in there:
                word = spoken(protocol)
                census.speaking[word] = census.speaking.get(word, 0) + 1
                census.lagging += protocol.member is not None and protocol.member.full
                census.buffered += protocol.waiting()
        return census

    def roster(self, room: str) -> list[dict[str, Any]]:
        """What an operator may know of the connections in a room, in the order in which they came."""
        there = sorted(self.members.get(room, ()), key=lambda protocol: protocol.opened_at or 0.0)
        return [described(protocol, protocol.member) for protocol in there if protocol.member is not None]

    def send_away(self, room: str, public_id: str | None = None) -> int:
        """Close the connections in a room with 4506, or only those of this public id."""
        gone = [
            protocol
            for protocol in self.members.get(room, ())
            if protocol.member is not None and public_id in (None, protocol.member.id)
        ]
        for protocol in gone:
            protocol.close(KICKED, "Removed by an operator.")
        return len(gone)

    def drain(self) -> int:
        """Begin to send everybody away and let nobody in any more; how many there are. Said again, nothing happens."""
        count = sum(map(len, self.members.values()))
        if not self.stopping:
            Deferred.fromCoroutine(self.close_all(count / CLOSES_A_SECOND + DRAIN_PATIENCE))
        return count

    async def close_all(self, patience: float) -> None:
        """Send everybody away and wait until they went, at most ``patience`` seconds or until this is cancelled.

        Members of version 1 are told when to come back, so that they do not all do so at once.
        """
        self.stopping = True
        connections = [protocol for there in self.members.values() for protocol in there]
        if not connections:
            return
        emptied: Deferred[None] = Deferred()
        self._emptied = emptied
        spread = min(max(len(connections) * DRAIN_EACH, DRAIN_SPREAD[0]), DRAIN_SPREAD[1])
        sending = LoopingCall(self._send_away, iter(connections), round(spread * 1000))
        sending.clock = self.reactor
        late = self.reactor.callLater(patience, emptied.cancel)
        with suppress(CancelledError):
            sending.start(1 / CLOSES_A_SECOND * CLOSES_AT_ONCE).addErrback(
                lambda failure: self._log.failure("draining failed", failure=failure, event_id="drain.failed")
            )
            await emptied
        if late.active():
            late.cancel()
        if sending.running:
            sending.stop()
        for protocol in [protocol for there in self.members.values() for protocol in there]:
            protocol.abort()

    def _send_away(self, connections: Iterator[RoomProtocol], spread_ms: int) -> None:
        """Close the next few: closing thousands in one turn would keep all of them waiting for the last."""
        for protocol in islice(connections, CLOSES_AT_ONCE):
            protocol.drain(round(DRAIN_AFTER * 1000), spread_ms)

    def _second_passed(self) -> None:
        """Pings, pongs and stalled connections, some at a time; a pause of our own is held against nobody."""
        now = self.reactor.seconds()
        pause = max(0.0, now - self._last_second - 1.0)
        self._last_second = now
        connections = [protocol for there in self.members.values() for protocol in there]
        self._look_at(connections[:LOOKS_AT_ONCE], now, pause)
        for first in range(LOOKS_AT_ONCE, len(connections), LOOKS_AT_ONCE):
            some = connections[first : first + LOOKS_AT_ONCE]
            self.reactor.callLater(first / len(connections), self._look_at, some, now, pause)

    def _look_at(self, connections: Iterable[RoomProtocol], now: float, pause: float) -> None:
        """As if it were still ``now``: a pause since then is the next second's to tell of."""
        for protocol in connections:
            protocol.second_passed(now, pause)
