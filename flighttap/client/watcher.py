"""Watch a room: its table kept up to date over any number of connections.

::

    watcher = watch("http://localhost:8000/tracker/demo", on_change=lambda key, record: print(key, record))
    …
    watcher.replica.aircraft          # the newest of every flight, at any time
    yield watcher.stop()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import msgspec
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import Logger

from flighttap.client.address import read_address
from flighttap.client.credentials import Token
from flighttap.client.errors import Gap, Inconsistent
from flighttap.client.link import Backoff, Link
from flighttap.client.naming import Naming
from flighttap.client.refusals import wire_error
from flighttap.client.replica import Applied, Replica
from flighttap.client.waiting import Waiting, the_reactor
from flighttap.errors import FlighttapError, RateLimited

__all__ = ["STATES", "Changes", "Watcher", "watch"]

STATES = ("connecting", "live", "waiting", "stopped", "refused")
"""What ``on_state`` is told: an attempt begins; the server greets; the next attempt is awaited; over."""

_CATCH_UP = 10.0
"""Seconds in which the server has to answer a resume after a gap."""
_OPENING = 1
"""``id`` of what opens a connection, by which a refusal of it is known."""


@dataclass(slots=True)
class Changes:
    """What happened since it was last asked.

    :param changed: keys whose record is new or different now.
    :param removed: keys that are gone.
    """

    changed: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)

    def add(self, applied: Applied) -> None:
        """Lay newer changes over these."""
        self.changed = (self.changed - applied.removed) | applied.changed
        self.removed = (self.removed - applied.changed) | applied.removed


class Watcher(Service):
    """One room, watched: a service that can also be started and stopped by hand.

    Callbacks are called after the table has been brought up to date. One that
    raises is logged; the watcher goes on.

    :param url: the room's page or WebSocket, see :mod:`flighttap.client.address`.
    :param reactor: clock and network; the global one when not given.
    :param on_change: called with key and record for each new or different record.
    :param on_removed: called with the key of each flight that is gone.
    :param on_event: called with the data of an event and the sender's public id (or ``None``);
        events are asked for only when this is given.
    :param on_lost: called with the first and last number of events that are gone for good.
    :param on_state: called with one of :data:`STATES`, a clause that says why (may be
        empty) and the seconds until the next attempt.
    :param hz: updates a second wanted; the server takes the next lower one that it has.
    :param bbox: west, south, east and north in degrees of what to look at; all of the world when not given.
    :param where: a filter in the query language (docs/query.md).
    :param fields: wire names of the fields wanted; all of them when not given.
    :param presence: ``count`` to be told how many members there are (``replica.count``), ``list``
        to be told who (``replica.members``) as long as they are few enough.
    :param on_presence: called with the count and the members when either is new.
    :param name: what the others see us called; up to 40 characters.
    :param patient: go on when not even the first attempt succeeds; later ones always
        follow unless the server said that they are pointless.
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
        on_change: Callable[[str, dict[str, Any]], object] | None = None,
        on_removed: Callable[[str], object] | None = None,
        on_event: Callable[[Any, str | None], object] | None = None,
        on_lost: Callable[[int, int], object] | None = None,
        on_state: Callable[[str, str, float], object] | None = None,
        on_presence: Callable[[int, dict[str, str | None] | None], object] | None = None,
        hz: float | None = None,
        bbox: Sequence[float] | None = None,
        where: str | None = None,
        fields: Sequence[str] | None = None,
        presence: str = "none",
        name: str | None = None,
        patient: bool = True,
        token: Token = None,
        backoff: Backoff | None = None,
        random: Callable[[], float] | None = None,
        endpoint: IStreamClientEndpoint | None = None,
    ) -> None:
        self.address = read_address(url)
        self.replica = Replica()
        self.state = "stopped"
        self._reactor = the_reactor(reactor)
        self._on_change = on_change
        self._on_removed = on_removed
        self._on_event = on_event
        self._on_lost = on_lost
        self._on_state = on_state
        self._on_presence = on_presence
        self._wishes: dict[str, Any] = {"events": on_event is not None, "presence": presence}
        wishes = {"hz": hz, "bbox": bbox, "where": where, "fields": fields}
        self._wishes |= {name: wish for name, wish in wishes.items() if wish is not None}
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
        self._resuming = False
        self._told_at = 0.0
        self._timer: Any = None
        self._error: FlighttapError | None = None
        self._ready: Waiting[Replica] = Waiting()
        self._done: Waiting[None] = Waiting()
        self._followers: WeakSet[_Follower] = WeakSet()

    # ---- for the program that watches --------------------------------------

    def startService(self) -> None:
        """Connect. Doing it again while it runs does nothing."""
        if not self.running:
            super().startService()
            self._error = None
            self._link.start()

    def stopService(self) -> Deferred[None]:
        """Leave the room.

        :returns: fires when the connection is closed and nothing is left on the reactor.
        """
        super().stopService()
        return self._link.stop().addCallback(self._stopped)

    start = startService
    stop = stopService

    def when_ready(self) -> Deferred[Replica]:
        """Fires with the table once the whole room has come.

        :returns: fails with the reason when the server refuses or the watcher is stopped before.
        """
        if self.replica.position is not None:
            return succeed(self.replica)
        return self._ready.wait() if self._error is None else fail(self._error)

    def when_done(self) -> Deferred[None]:
        """Fires when the watcher has been stopped, fails when the server wants no further attempt."""
        return self._done.wait() if self._error is None else fail(self._error)

    def set_name(self, name: str | None) -> None:
        """From now on the others see us called this, or nothing.

        :raises BadField: it is no name.
        """
        self._naming.set(name)

    def changes(self) -> AsyncIterator[Changes]:
        """What changes, for ``async for``: each turn brings all since the one before, once per flight.

        A slow loop gets fewer and larger ones; nothing piles up. Ends when the
        watcher is stopped; raises what :meth:`when_done` fails with.
        """
        follower = _Follower(Changes(set(self.replica.aircraft)))
        self._followers.add(follower)
        return follower

    def now(self) -> float:
        """The server's present unix time as far as it is known, for :meth:`Replica.age`."""
        return float(self.replica.now + self._reactor.seconds() - self._told_at)

    # ---- what the link says (link.LinkUser) ----------------------------------

    def greeted(self, hello: dict[str, Any]) -> None:
        """Say what is wanted: everything, or what was missed."""
        if self._take(hello):
            self._open()
            self._naming.greeted()

    def received(self, message: dict[str, Any]) -> None:
        """Bring the table up to date and tell of it."""
        if message.get("t") == "error" and message.get("id") == _OPENING:
            self._refused(wire_error(message))
            return
        self._naming.received(message)
        try:
            self._take(message)
        except Gap:
            if not self._resuming:
                self._open()

    def severed(self) -> None:
        """Wait for the next connection; the table stays as it is."""
        self._naming.severed()
        self._caught_up()

    def state_changed(self, state: str, why: str, pause: float) -> None:
        """Tell the program."""
        self.state = state
        self._tell(self._on_state, state, why, pause)

    def ended(self, error: FlighttapError) -> None:
        """The server wants no further attempt, or none would help."""
        self._error = error
        self.running = 0
        self.state_changed("refused", str(error), 0.0)
        self._finish(error)

    # ---- inside ---------------------------------------------------------------

    def _open(self) -> None:
        opening = self.replica.opening(self._wishes)
        self._resuming = True
        self._set_timer(_CATCH_UP, lambda: self._link.renew("the server did not say what is in the room"))
        self._link.send(msgspec.json.encode({**opening, "id": _OPENING}))

    def _take(self, message: dict[str, Any]) -> bool:
        """Apply a message; false when it made no sense and the connection is given up.

        :raises Gap: an update was missed.
        """
        try:
            self._apply(message)
        except Inconsistent as error:
            self._log.warn("{why}", why=str(error), event_id="client.inconsistent")
            self._link.renew("the server sent something that makes no sense")
            return False
        return True

    def _apply(self, message: dict[str, Any]) -> None:
        applied = self.replica.apply(message)
        if "now" in message:
            self._told_at = self._reactor.seconds()
        if applied.kind == "presence":
            self._presence_changed(applied)
        if not applied.fresh:
            return
        if applied.kind in ("snapshot", "update"):
            self._caught_up()
            self._ready.fire(self.replica)
        if applied.lost is not None:
            self._tell(self._on_lost, *applied.lost)
        if applied.kind == "event":
            self._tell(self._on_event, applied.event, applied.sender)
        if applied.changed or applied.removed:
            self._spread(applied)

    def _presence_changed(self, applied: Applied) -> None:
        if applied.fresh:
            self._tell(self._on_presence, self.replica.count, self.replica.members)
        else:
            self._link.send(b'{"op":"presence"}')

    def _spread(self, applied: Applied) -> None:
        if self._on_removed is not None:
            for key in sorted(applied.removed):
                self._tell(self._on_removed, key)
        if self._on_change is not None:
            for key in sorted(applied.changed):
                record = self.replica.aircraft.get(key)
                if record is not None:
                    self._tell(self._on_change, key, record)
        for follower in tuple(self._followers):
            follower.add(applied)

    def _tell(self, callback: Callable[..., object] | None, *said: Any) -> None:
        if callback is None:
            return
        try:
            callback(*said)
        except Exception:
            self._log.failure(
                "A callback of the watcher of {room} failed", room=self.address.room, event_id="client.callback"
            )

    def _refused(self, error: FlighttapError) -> None:
        if isinstance(error, RateLimited):
            self._set_timer(error.retry_ms / 1000, self._open)
            return
        self._link.stop()
        self._caught_up()
        self.ended(error)

    def _caught_up(self) -> None:
        self._resuming = False
        self._set_timer(None, None)

    def _set_timer(self, seconds: float | None, call: Callable[[], None] | None) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None if seconds is None else self._reactor.callLater(seconds, call)

    def _stopped(self, _: object) -> None:
        self._caught_up()
        if self._error is None:
            self.state_changed("stopped", "", 0.0)
            self._finish(None)

    def _finish(self, error: FlighttapError | None) -> None:
        self._ready.give_up(error)
        if error is None:
            self._done.fire(None)
        else:
            self._done.give_up(error)
        for follower in tuple(self._followers):
            follower.end(error)


def watch(url: str, **options: Any) -> Watcher:
    """A :class:`Watcher` that is running; options as there."""
    watcher = Watcher(url, **options)
    watcher.start()
    return watcher


class _Follower:
    """One ``async for`` over a watcher, which holds it weakly: dropping it is enough."""

    def __init__(self, first: Changes) -> None:
        self._changes = first
        self._wake: Deferred[None] | None = None
        self._over: BaseException | None = None

    def __aiter__(self) -> _Follower:
        return self

    async def __anext__(self) -> Changes:
        while not (self._changes.changed or self._changes.removed):
            if self._over is not None:
                raise self._over
            self._wake = Deferred()
            await self._wake
        changes, self._changes = self._changes, Changes()
        return changes

    def add(self, applied: Applied) -> None:
        self._changes.add(applied)
        self._rouse()

    def end(self, error: FlighttapError | None) -> None:
        self._over = error or StopAsyncIteration()
        self._rouse()

    def _rouse(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None:
            wake.callback(None)
