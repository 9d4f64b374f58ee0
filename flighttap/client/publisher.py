"""Publish flights into a room.

::

    publisher = publish("http://localhost:8000/tracker/demo")
    ack = await publisher.send({"flight": "RYR12AB", "lat": 52.37, "lon": 4.89, "alt_baro": 36000})

**Order and batches.** What is sent in one reactor turn goes out as one message,
and while its answer is awaited the rest gathers for the next one. There is never
a second message on its way, so flights are applied in the order of the calls, come
what may, and a far server gets larger messages and not more of them.

**While there is no connection** up to ``limit`` flights wait and are sent, in
order, once there is one. When as many wait already, :meth:`Publisher.send` fails
with :class:`~flighttap.client.errors.QueueFull` and nothing that waits is lost.

**A connection lost before the answer** makes the message go out again on the
next one: a flight can be applied twice, but never later than one sent after it.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import Logger

from flighttap.aircraft.identity import key_of, parse_key
from flighttap.client.address import read_address
from flighttap.client.credentials import Token
from flighttap.client.errors import Disconnected, QueueFull
from flighttap.client.link import Backoff, Link
from flighttap.client.naming import Naming
from flighttap.client.refusals import wire_error
from flighttap.client.waiting import Waiting, the_reactor
from flighttap.errors import BadField, BadJson, FlighttapError, RateLimited, TooBig, WireError

__all__ = ["Ack", "Publisher", "publish"]

_PATIENCE = 30.0
"""Seconds in which a publish has to be answered, after which the connection counts as broken."""
_OVERHEAD = 64
"""Bytes of a publish message around its flights, at most."""
_MESSAGE = 65536
"""Bytes of a message before a server has said what it takes."""
_ITS_OWN_FAULT = frozenset({"bad_json", "not_object", "too_deep", "too_big", "bad_field", "bad_op", "room_full"})
"""Error codes that one flight of many can have caused."""


@dataclass(frozen=True, slots=True)
class Ack:
    """The server has applied it.

    :param shadowed: wire names of fields that were not taken because a receiver
        reports them now; of all flights of the message together.
    """

    shadowed: tuple[str, ...] = ()


class _Item:
    """One thing to be sent."""

    __slots__ = ("answer", "body", "kind", "together")

    def __init__(self, kind: str, body: bytes) -> None:
        self.kind = kind
        self.body = body
        self.together = 1 << 30  # how many may share its message
        self.answer: Deferred[Ack] = Deferred(lambda _: None)


class Publisher(Service):
    """One room, published into: a service that can also be started and stopped by hand.

    :param url: the room's page or WebSocket, see :mod:`flighttap.client.address`.
    :param reactor: clock and network; the global one when not given.
    :param limit: how many flights may wait for their answer at a time.
    :param on_state: as for :class:`~flighttap.client.watcher.Watcher`.
    :param name: what the others see us called; up to 40 characters.
    :param patient: go on when not even the first attempt succeeds.
    :param token: shown to the server; a function that gives one is asked for each connection and before one expires.
    :param backoff, random, endpoint: see :class:`~flighttap.client.link.Link`.
    :raises ConfigError: the address or the token is none.
    :raises BadField: the name is none.
    """

    _log = Logger()

    def __init__(
        self,
        url: str,
        *,
        reactor: Any = None,
        limit: int = 10_000,
        on_state: Callable[[str, str, float], object] | None = None,
        name: str | None = None,
        patient: bool = True,
        token: Token = None,
        backoff: Backoff | None = None,
        random: Callable[[], float] | None = None,
        endpoint: IStreamClientEndpoint | None = None,
    ) -> None:
        self.address = read_address(url)
        self.state = "stopped"
        self._reactor = the_reactor(reactor)
        self._limit = limit
        self._on_state = on_state
        self._link = Link(
            self.address,
            self,
            self._reactor,
            endpoint=endpoint,
            backoff=backoff,
            random=random,
            patient=patient,
            token=token,
        )
        self._naming = Naming(self._link, self._reactor, name)
        self._queue: deque[_Item] = deque()
        self._sent: list[_Item] = []
        self._number = 0
        self._together = 1 << 30
        self._largest = _MESSAGE
        self._timer: Any = None
        self._error: FlighttapError | None = None
        self._idle: Waiting[None] = Waiting()

    # ---- for the program that publishes --------------------------------------

    def startService(self) -> None:
        """Connect. Doing it again while it runs does nothing."""
        if not self.running:
            super().startService()
            self._error = None
            self._link.start()

    def stopService(self) -> Deferred[None]:
        """Disconnect now. What has no answer yet fails with Disconnected: wait for :meth:`when_idle` first.

        :returns: fires when the connection is closed and nothing is left on the reactor.
        """
        super().stopService()
        self._set_timer(None, None)
        self._fail_all(Disconnected("The publisher was stopped before the server had answered."))
        return self._link.stop().addCallback(self._stopped)

    start = startService
    stop = stopService

    @property
    def waiting(self) -> int:
        """How many have no answer yet."""
        return len(self._queue) + len(self._sent)

    def send(self, flight: Mapping[str, Any]) -> Deferred[Ack]:
        """Publish one flight: an object with ``hex``, ``flight`` or ``id``, and what is known of it.

        :returns: fires once the server has applied it. Fails with a
            :class:`~flighttap.errors.WireError` that says what is wrong with it, QueueFull
            when too many wait, Disconnected when the publisher is stopped before, or
            :class:`~flighttap.errors.Refused` when the server wants none of us.
        """
        try:
            if key_of(flight) is None:
                raise BadField("A flight must say hex, flight or id.")
            return self._enqueue("aircraft", _json(flight))
        except WireError as error:
            return fail(error)

    def event(self, data: Mapping[str, Any]) -> Deferred[Ack]:
        """Publish an object that is no flight, to be passed on once to those who watch events."""
        try:
            return self._enqueue("event", _json(data))
        except WireError as error:
            return fail(error)

    def remove(self, key: str) -> Deferred[Ack]:
        """Take a flight out of the room: ``4ca7b5``, ``flight:RYR12AB`` or ``id:7``."""
        try:
            return self._enqueue("remove", _json(parse_key(key)))
        except WireError as error:
            return fail(error)

    def set_name(self, name: str | None) -> None:
        """From now on the others see us called this, or nothing.

        :raises BadField: it is no name.
        """
        self._naming.set(name)

    def when_idle(self) -> Deferred[None]:
        """Fires when everything sent so far has its answer."""
        return self._idle.wait() if self.waiting else succeed(None)

    # ---- what the link says (link.LinkUser) ----------------------------------

    def greeted(self, hello: dict[str, Any]) -> None:
        """Send what has waited."""
        largest = hello.get("max_message")
        self._largest = largest if isinstance(largest, int) and largest > 2 * _OVERHEAD else _MESSAGE
        self._naming.greeted()
        self._soon()

    def received(self, message: dict[str, Any]) -> None:
        """Match an answer to what was sent; there is only one that it can be for."""
        self._naming.received(message)
        kind = message.get("t")
        if kind not in ("ok", "error") or not self._sent or message.get("id", self._number) != self._number:
            return
        items, self._sent = self._sent, []
        self._set_timer(None, None)
        if kind == "ok":
            self._accepted(items, message)
        else:
            self._refused(items, wire_error(message))

    def severed(self) -> None:
        """What was not answered goes out again, before everything else."""
        self._naming.severed()
        self._set_timer(None, None)
        self._back()

    def state_changed(self, state: str, why: str, pause: float) -> None:
        """Tell the program."""
        self.state = state
        if self._on_state is not None:
            try:
                self._on_state(state, why, pause)
            except Exception:
                self._log.failure(
                    "A callback of the publisher to {room} failed", room=self.address.room, event_id="client.callback"
                )

    def ended(self, error: FlighttapError) -> None:
        """The server wants no further attempt, or none would help."""
        self._error = error
        self.running = 0
        self.state_changed("refused", str(error), 0.0)
        self._fail_all(error)

    # ---- inside ---------------------------------------------------------------

    def _enqueue(self, kind: str, body: bytes) -> Deferred[Ack]:
        if self._error is not None:
            return fail(self._error)
        if len(body) + _OVERHEAD > self._largest:
            raise TooBig(f"This has {len(body)} bytes; a message of the server's may have {self._largest}.")
        if self.waiting >= self._limit:
            return fail(
                QueueFull(f"{self.waiting} flights wait for {self.address.netloc} already; this one is not taken.")
            )
        item = _Item(kind, body)
        self._queue.append(item)
        self._soon()
        return item.answer

    def _soon(self) -> None:
        if self._link.live and not self._sent and self._timer is None:
            self._set_timer(0, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if not self._link.live or not self._queue:
            return
        self._sent = self._next()
        self._number += 1
        bodies = b",".join(item.body for item in self._sent)
        kind = self._sent[0].kind
        head = b'{"op":"%s","id":%d,' % (b"remove" if kind == "remove" else b"publish", self._number)
        said = {"aircraft": b'"aircraft":[%s]}', "event": b'"event":%s}', "remove": b'"key":%s}'}[kind] % bodies
        self._set_timer(_PATIENCE, lambda: self._link.renew("a publish was not answered"))
        self._link.send(head + said)

    def _next(self) -> list[_Item]:
        """As many flights as fit into one message, or one of what is no flight."""
        taken = [self._queue.popleft()]
        size = _OVERHEAD + len(taken[0].body)
        most = min(self._together, taken[0].together) if taken[0].kind == "aircraft" else 1
        while self._queue and len(taken) < min(most, self._queue[0].together):
            item = self._queue[0]
            size += len(item.body) + 1
            if item.kind != "aircraft" or size > self._largest:
                break
            taken.append(self._queue.popleft())
        return taken

    def _accepted(self, items: list[_Item], message: dict[str, Any]) -> None:
        self._together += 1 + self._together // 8 if self._together < 1 << 20 else 0
        shadowed = message.get("shadowed")
        ack = Ack(tuple(str(name) for name in shadowed) if isinstance(shadowed, list) else ())
        for item in items:
            if not item.answer.called:
                item.answer.callback(ack)
        self._go_on()

    def _refused(self, items: list[_Item], error: WireError) -> None:
        if isinstance(error, RateLimited):
            self._sent = items
            self._back()
            self._together = max(1, len(items) // 2)
            self._set_timer(error.retry_ms / 1000, self._flush)
            return
        if len(items) > 1 and error.code in _ITS_OWN_FAULT:
            for item in items:  # one of them is at fault, and all were refused: look in halves
                item.together = max(1, len(items) // 2)
            self._sent = items
            self._back()
        else:
            for item in items:
                if not item.answer.called:
                    item.answer.errback(error)
        self._go_on()

    def _go_on(self) -> None:
        if self._queue:
            self._soon()
        elif not self._sent:
            self._idle.fire(None)

    def _back(self) -> None:
        self._queue.extendleft(reversed(self._sent))
        self._sent = []

    def _fail_all(self, error: FlighttapError) -> None:
        self._back()
        items, self._queue = self._queue, deque()
        for item in items:
            if not item.answer.called:
                item.answer.errback(error)
        self._idle.fire(None)

    def _stopped(self, _: object) -> None:
        if self._error is None:
            self.state_changed("stopped", "", 0.0)

    def _set_timer(self, seconds: float | None, call: Callable[[], None] | None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None if seconds is None else self._reactor.callLater(seconds, call)


def publish(url: str, **options: Any) -> Publisher:
    """A :class:`Publisher` that is running; options as there."""
    publisher = Publisher(url, **options)
    publisher.start()
    return publisher


def _json(value: Any) -> bytes:
    """JSON without NaN and infinities, as it is at the moment of the call.

    :raises BadJson: it cannot be said in JSON.
    """
    if not isinstance(value, str):
        value = dict(value)
    try:
        return json.dumps(value, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadJson(f"This cannot be sent as JSON: {error}.") from error
