"""A link to one room: it connects, notices silence, and connects again while that makes sense.

What flows over it is its user's business. The pauses between attempts grow and
each is drawn at random between nothing and its bound ("full jitter"), so that a
thousand clients of a server that went away do not come back in one moment.
"""

from __future__ import annotations

import random as random_module
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
from twisted.internet.defer import Deferred, succeed
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import AlreadyCalled, AlreadyCancelled
from twisted.internet.interfaces import IDelayedCall, IProtocol, IStreamClientEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

from flighttap.client.address import Address, tls_options
from flighttap.client.connection import SUBPROTOCOL, Ending, RoomFactory, RoomProtocol, why_not_connected
from flighttap.client.credentials import Credentials, Token
from flighttap.client.errors import Unreachable
from flighttap.errors import FlighttapError, Unauthorized

__all__ = ["Backoff", "Link", "LinkUser"]

GREETING = 10.0
"""Seconds from dialling to the server's ``hello``."""
GOODBYE = 2.0
"""Seconds in which the server may answer our close."""
SILENCE = 2.5
"""Heartbeats that may be missed until the connection counts as dead."""
EARLY = 30.0
"""Seconds before the end of a token at which the next is shown; a fifth of what is left, if that is less."""
SETTLED = 10.0
"""Seconds that a connection must have lasted for the pauses to begin from the shortest again."""

_RENEWAL = "token"
"""``id`` of what shows another token."""
_NO_TOKEN = "This room needs a token: give it as token=, --token or FLIGHTTAP_TOKEN."  # noqa: S105  # nosec B105 - a sentence


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses between attempts.

    :param first: bound of the first pause, seconds; each next is twice as long.
    :param most: the longest bound, seconds.
    """

    first: float = 1.0
    most: float = 30.0

    def pause(self, failures: int, random: Callable[[], float]) -> float:
        """Seconds to wait after so many failures in a row.

        :param random: gives numbers from 0 to 1.
        """
        return random() * float(min(self.most, self.first * 2.0 ** min(failures, 32)))


class LinkUser(Protocol):
    """Who uses a link, and is told what happens on it."""

    def greeted(self, hello: dict[str, Any]) -> None:
        """A connection stands; say now what is wanted."""

    def received(self, message: dict[str, Any]) -> None:
        """The server said something other than hello."""

    def severed(self) -> None:
        """The connection is gone; what was asked on it will not be answered."""

    def state_changed(self, state: str, why: str, pause: float) -> None:
        """See :data:`flighttap.client.watcher.STATES`. :param pause: seconds until the next attempt."""

    def ended(self, error: FlighttapError) -> None:
        """There will be no other attempt."""


class Link:
    """Keeps one connection to one room.

    :param reactor: clock and network.
    :param endpoint: how to get there; made from the address when not given.
    :param random: numbers from 0 to 1 for the pauses.
    :param patient: go on when not even the first attempt succeeds.
    :param token: shown to the server; see :class:`~flighttap.client.credentials.Credentials`.
    """

    _log = Logger()

    def __init__(
        self,
        address: Address,
        user: LinkUser,
        reactor: Any,
        *,
        endpoint: IStreamClientEndpoint | None = None,
        backoff: Backoff | None = None,
        random: Callable[[], float] | None = None,
        patient: bool = True,
        token: Token = None,
    ) -> None:
        self.address = address
        self._credentials = Credentials(token)
        self._shown: str | None = None
        self._user = user
        self._reactor = reactor
        self._endpoint = endpoint or _endpoint(address, reactor)
        self._backoff = backoff or Backoff()
        self._random = random or random_module.random
        self._patient = patient
        self._dialling: Deferred[IProtocol] | None = None
        self._protocol: RoomProtocol | None = None
        self._live = False
        self._failures = 0
        self._greeted_at: float | None = None
        self._heard_at = 0.0
        self._heartbeat = 0.0
        self._ahead = 0.0
        self._ticked_at = 0.0
        self._verdict: Ending | None = None
        self._return_at: float | None = None
        self._stopping: Deferred[None] | None = None
        self._running = False
        self._timers: dict[str, IDelayedCall] = {}

    @property
    def live(self) -> bool:
        """Whether the server has greeted us and the connection stands."""
        return self._live

    def start(self) -> None:
        """Connect, unless that was asked for already."""
        if not self._running:
            self._running = True
            self._dial()

    def stop(self) -> Deferred[None]:
        """Close what is open and try no more.

        :returns: fires when nothing of this link is left on the reactor.
        """
        self._running = False
        self._cancel("again", "greeting", "tick", "drain", "token")
        if self._dialling is not None:
            self._dialling.cancel()
        if self._protocol is None:
            return succeed(None)
        if self._stopping is None:
            self._stopping = Deferred()
            self._close(1000)
        waiting: Deferred[None] = Deferred()
        self._stopping.chainDeferred(waiting)
        return waiting

    def send(self, payload: bytes) -> bool:
        """Say something to the server; false when there is no connection to say it on."""
        if self._protocol is None or not self._live:
            return False
        self._protocol.sendMessage(payload)
        return True

    def renew(self, why: str) -> None:
        """Give this connection up and make another after a pause."""
        if self._protocol is not None:
            self._verdict = Ending(why)
            self._live = False
            self._close(4004)

    # ---- dialling -------------------------------------------------------

    def _dial(self) -> None:
        self._user.state_changed("connecting", "", 0.0)
        self._verdict = None
        self._return_at = None
        self._later("greeting", GREETING, self._too_slow)
        self._shown = self._credentials.now()
        factory = RoomFactory(self.address, self, self._reactor, self._credentials.headers(self._shown))
        self._dialling = self._endpoint.connect(factory)
        self._dialling.addCallbacks(self._dialled, self._not_dialled)

    def _dialled(self, protocol: IProtocol) -> None:
        self._dialling = None

    def _not_dialled(self, failure: Failure) -> None:
        self._dialling = None
        self._over(self._verdict or why_not_connected(failure, self.address))

    def _too_slow(self) -> None:
        where = self.address.netloc
        if self._protocol is None and self._dialling is not None:
            self._verdict = Ending(f"{where} did not answer within {GREETING:g} s")
            self._dialling.cancel()
        elif self._protocol is not None:
            self._verdict = Ending(f"{where} answered, but not as a room does, within {GREETING:g} s")
            self._protocol.abort()

    # ---- what the connection says (connection.Session) ----------------------

    def connected(self, protocol: RoomProtocol) -> None:
        """There is a connection, though no WebSocket yet."""
        self._protocol = protocol

    def heard(self) -> None:
        """Bytes came."""
        self._heard_at = self._reactor.seconds()

    def opened(self, protocol: RoomProtocol) -> None:
        """The upgrade is done."""
        if protocol.websocket_protocol_in_use != SUBPROTOCOL:
            error = Unreachable(f"{self.address.websocket} is a WebSocket, but does not speak {SUBPROTOCOL}.")
            self._verdict = Ending("it speaks something else", error)
            protocol.abort()

    def received(self, protocol: RoomProtocol, payload: bytes) -> None:
        """A message came: hello makes the link live, the rest is the user's."""
        if protocol is not self._protocol or self._verdict is not None:
            return
        try:
            message = msgspec.json.decode(payload, type=dict[str, Any])
            if message.get("t") == "hello":
                self._greet(message)
                return
            if message.get("id") == _RENEWAL:
                self._mind_end(message)
                return
            if not self._live and message.get("code") == Unauthorized.code:
                self._verdict = Ending("it needs a token", Unauthorized(_NO_TOKEN))
                protocol.abort()
                return
            if message.get("t") == "drain":
                spread = self._random() * float(message.get("spread_ms", 0.0))
                pause = max(0.0, float(message["after_ms"]) + spread) / 1000
                self._return_at = self._reactor.seconds() + pause
                self._later("drain", pause, self._drained)
        except (msgspec.DecodeError, ArithmeticError, KeyError, TypeError, ValueError):
            self.renew("the server said something that makes no sense")
            return
        self._user.received(message)

    def closing(self, protocol: RoomProtocol) -> None:
        """The server has said goodbye and has to hang up now."""
        self._live = False
        self._later("goodbye", GOODBYE, protocol.abort)

    def closed(self, protocol: RoomProtocol, ending: Ending) -> None:
        """The connection is gone."""
        self._protocol = None
        self._cancel("greeting", "tick", "goodbye", "drain", "token")
        since, self._greeted_at, self._live = self._greeted_at, None, False
        if since is not None:
            if self._reactor.seconds() - since >= SETTLED:
                self._failures = 0
            self._user.severed()
        if self._stopping is not None:
            stopping, self._stopping = self._stopping, None
            stopping.callback(None)
        if self._running:
            self._over(self._verdict or ending)

    # ---- while it stands --------------------------------------------------

    def _greet(self, hello: dict[str, Any]) -> None:
        self._cancel("greeting")
        self._heartbeat = max(1.0, float(hello.get("heartbeat", 15.0)))
        self._greeted_at = self._heard_at = self._ticked_at = self._reactor.seconds()
        self._live = True
        self._patient = True
        self._later("tick", self._heartbeat / 2, self._tick)
        self._ahead = float(hello.get("now", 0.0)) - self._greeted_at
        self._mind_end(hello)
        self._user.state_changed("live", "", 0.0)
        self._user.greeted(hello)

    def _mind_end(self, said: dict[str, Any]) -> None:
        """See to it that the next token is shown before the present one ends, where there is another."""
        expires = said.get("expires")
        if expires is not None and self._credentials.renewable:
            left = float(expires) - self._ahead - self._reactor.seconds()
            self._later("token", max(1.0, left - min(EARLY, left / 5)), self._show_token)

    def _show_token(self) -> None:
        token = self._credentials.now()
        if token is not None and token != self._shown:
            self._shown = token
            self.send(msgspec.json.encode({"op": "auth", "id": _RENEWAL, "token": token}))

    def _tick(self) -> None:
        """Judge the silence, but not the one that a pause of this process made."""
        now = self._reactor.seconds()
        if now - self._ticked_at > self._heartbeat:
            self._heard_at = now
        self._ticked_at = now
        silent = now - self._heard_at
        if silent >= SILENCE * self._heartbeat and self._protocol is not None:
            self._verdict = Ending(f"nothing was heard for {silent:.0f} s")
            self._protocol.abort()
            return
        if silent >= self._heartbeat:
            self.send(b'{"op":"ping"}')
        self._later("tick", self._heartbeat / 2, self._tick)

    def _drained(self) -> None:
        self.renew("the server is being restarted")

    def _close(self, code: int) -> None:
        if self._protocol is None:
            return
        self._later("goodbye", GOODBYE, self._protocol.abort)
        if self._protocol.state == self._protocol.STATE_OPEN:
            self._protocol.sendClose(code)
        else:
            self._protocol.abort()

    # ---- afterwards ---------------------------------------------------------

    def _over(self, ending: Ending) -> None:
        self._cancel("greeting")
        if not self._running:
            return
        error = ending.error
        if error is None and not self._patient:
            error = Unreachable(f"{ending.why[0].upper()}{ending.why[1:]}.")
        if error is not None:
            self._running = False
            self._user.ended(error)
            return
        if self._return_at is None:
            pause = ending.wait + self._backoff.pause(self._failures, self._random)
        else:
            pause = max(0.0, self._return_at - self._reactor.seconds())
        self._failures += 1
        self._log.debug("{url}: {why}", url=self.address.websocket, why=ending.why, event_id="client.lost")
        self._user.state_changed("waiting", ending.why, pause)
        if self._running:
            self._later("again", pause, self._dial)

    def _later(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        self._cancel(name)
        self._timers[name] = self._reactor.callLater(seconds, call)

    def _cancel(self, *names: str) -> None:
        for name in names:
            timer = self._timers.pop(name, None)
            if timer is not None:
                try:
                    timer.cancel()
                except (AlreadyCalled, AlreadyCancelled):
                    continue


def _endpoint(address: Address, reactor: Any) -> IStreamClientEndpoint:
    plain = HostnameEndpoint(reactor, address.host, address.port)
    return wrapClientTLS(tls_options(address.host), plain) if address.secure else plain
