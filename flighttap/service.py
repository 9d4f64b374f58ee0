"""The root service: puts the hub, the rooms' factory, the site and the feeds together, and stops them in order.

It is the only place that knows all shells. Stopping goes listener, feeds, members: whoever still watches gets a close
frame with 1001 and is waited for, and the whole takes five seconds at most; told twice, it waits for nobody.
"""

from __future__ import annotations

import errno
import os
import random
import secrets
import socket
import time
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from typing import Any

from twisted.application.service import IService, Service
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IStreamServerEndpoint
from twisted.logger import ILogObserver, Logger
from twisted.python.failure import Failure

from flighttap import __version__
from flighttap.access.access import Access
from flighttap.aircraft.origin import of_address
from flighttap.certificates import RenewablePort
from flighttap.collecting import Collecting
from flighttap.config import Config
from flighttap.errors import ConfigError, FlighttapError
from flighttap.feeds import make_feed
from flighttap.feeds.spec import FeedSpec, Listen, distinct, parse_feed
from flighttap.hub import Hub
from flighttap.rooms.feed import Feed
from flighttap.rooms.policy import RoomRules, is_loopback
from flighttap.store.registry import Registry
from flighttap.web.site import make_site
from flighttap.ws.admission import ECHO
from flighttap.ws.factory import RoomFactory
from flighttap.ws.resource import RoomResource

__all__ = ["DEMO", "FlighttapService"]

#: The room that is there when nobody configured anything.
DEMO = "demo"

#: Its feed: the simulated sky as a receiver in the middle of it hears it. Nobody lives there, so it is shown exactly.
_DEMO_FEED = replace(parse_feed(f"{DEMO}:{DEMO}=simulator"), receiver=(50.9, 4.48), share_position="exact")

#: Connections that may wait to be accepted: after a restart thousands come at once, and for whom there is no place the
#: kernel tries again after 1, 3 and 7 s. Its own bound (net.core.somaxconn) may be lower.
BACKLOG = 2048

#: Seconds that the steps of stopping may take; together under five.
LISTENER, FEEDS, MEMBERS = 0.5, 1.0, 3.0


class FlighttapService(Service):
    """One server: :meth:`bind`, then ``startService``, then ``stopService``.

    :param reactor: passed in, never imported.
    :ivar ports: what it listens on, once bound.
    :ivar log_observer: takes the application's log, where it is not to be twistd's own.
    """

    _log = Logger()

    def __init__(self, config: Config, reactor: Any) -> None:
        self.setName("flighttap")
        self.config = config
        self.ports: list[IListeningPort] = []
        self.log_observer: ILogObserver | None = None
        self._renewable: list[RenewablePort] = []
        self._waiting: list[Deferred[Any]] = []
        self._hurried = False
        self._reactor = reactor
        self._feeds: list[tuple[Feed, IService]] = []
        self.registry = None if config.aircraft is None else Registry(config.aircraft)
        self.hub = Hub(
            reactor,
            config.limits,
            new_epoch=lambda: secrets.token_hex(4),
            wall=time.time,
            look_up=self._known_of,
            open_rooms=config.open_rooms,
        )
        self.factory = RoomFactory(
            self.hub, reactor, new_session=lambda: secrets.token_urlsafe(16), spread=random.SystemRandom().random
        )
        self.access = Access(self.hub.rules_of, open_publish=config.open_publish, verify=config.auth)
        rooms = RoomResource(self.factory, self.access, origins=config.origins, echo=config.conformance_echo)
        self.site = make_site(
            self.hub,
            rooms,
            reactor=reactor,
            limits=config.limits,
            access=self.access,
            origins=config.origins,
            ground=config.ground,
            proxies=config.proxies,
            embedders=config.embedders,
        )
        self._collecting = Collecting(lambda: self.site.ended)

    def _known_of(self, address: int) -> dict[str, Any]:
        """What an address says by itself, and what the register says of it."""
        said = of_address(address)
        return said if self.registry is None else said | self.registry.look_up(address)

    # ---- before the daemon leaves the terminal

    def bind(self) -> None:
        """Listen on every port and lay out rooms and feeds; nothing is accepted before the reactor runs.

        :raises ConfigError: a port cannot be had; one sentence. What was bound is released.
        """
        try:
            for description in self.config.listen:
                self.ports.append(self._listen(description))
            for name, rules in self.config.rooms.items():
                self.hub.declare(name, rules)
            if self.config.conformance_echo:
                self.hub.declare(ECHO, RoomRules(publish="nobody", listed=False))
            for spec in self.feeds():
                if isinstance(spec.where, Listen):
                    _try_port(spec.name, spec.where)
                feed = self.hub.add_feed(spec)
                self._feeds.append((feed, make_feed(spec, feed, self._reactor)))
        except FlighttapError as error:
            for port in self.ports:
                port.stopListening()
            self.ports.clear()
            raise ConfigError(str(error)) from None

    def _listen(self, description: str) -> IListeningPort:
        outcome: list[IListeningPort | Failure] = []
        endpoint: RenewablePort | IStreamServerEndpoint
        if description.startswith("ssl:"):
            endpoint = RenewablePort(_with_backlog(description), self._reactor)
            self._renewable.append(endpoint)
        else:
            endpoint = serverFromString(self._reactor, _with_backlog(description))
        endpoint.listen(self.site).addBoth(outcome.append)
        if not outcome:
            raise ConfigError(f"--listen {description!r} does not say at once whether it listens: choose another.")
        if isinstance(outcome[0], Failure):
            raise ConfigError(_why_not(description, outcome[0].value))
        return outcome[0]

    def feeds(self) -> tuple[FeedSpec, ...]:
        """The feeds that were asked for, and the simulated one where it belongs. Needs the bound ports."""
        return distinct([*self.config.feeds, *([_DEMO_FEED] if self._has_demo() else [])])

    def _has_demo(self) -> bool:
        if self.config.demo is None:
            return not self.config.feeds and self.is_local()
        return self.config.demo

    def is_local(self) -> bool:
        """Whether only this machine can reach any of the ports."""
        return all(is_loopback(host) for _, host, _ in self._addresses())

    def _addresses(self) -> Iterator[tuple[str, str, int]]:
        """Scheme, host and port of each TCP port; a UNIX socket has none."""
        for description, port in zip(self.config.listen, self.ports, strict=True):
            address = port.getHost()
            if isinstance(address, (IPv4Address, IPv6Address)):
                yield "https" if description.startswith("ssl:") else "http", address.host, address.port

    def setServiceParent(self, parent: Any) -> None:
        """Join the application, and have it log where we were told to."""
        if self.log_observer is not None:
            parent.setComponent(ILogObserver, self.log_observer)
        super().setServiceParent(parent)

    def log_announcement(self) -> None:
        """Say in the log what :meth:`announcement` says."""
        for sentence in self.announcement():
            self._log.info("{sentence}", sentence=sentence, event_id="service.announced")

    def announcement(self) -> list[str]:
        """Three lines for whoever started it: where to look, who can reach it, which rooms there are."""
        specs = self.feeds()
        rooms = [*dict.fromkeys(room for spec in specs for room in spec.rooms)]
        room = DEMO if DEMO in rooms else rooms[0] if rooms else ""
        fed = [f"{', '.join(spec.rooms)} ({spec.source})" for spec in specs]
        declared = [name for name in self.config.rooms if name not in rooms]
        other = "any other" if fed or declared else "any"
        more = f"{other} name opens a new one" if self.config.open_rooms else "no others"
        return [self._where(room), self._reach(), f"Rooms: {'; '.join([*fed, *declared, more])}."]

    def _where(self, room: str) -> str:
        for scheme, host, port in self._addresses():
            shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - to be shown, not bound # nosec B104
            return f"Open {scheme}://{f'[{shown}]' if ':' in shown else shown}:{port}/tracker/{room}"
        return f"Serving on {', '.join(self.config.listen)}"

    def _reach(self) -> str:
        if self.is_local():
            ports = [port for scheme, _, port in self._addresses() if scheme == "http"]
            cure = f"--listen tcp:{ports[0]}" if ports else "--listen without interface=127.0.0.1"
            return f"Only this machine can reach it; {cure} opens it to the network."
        if self.config.auth is not None:
            open_too = "everybody who can reach this machine" if self.config.open_publish else "who has a token"
            return f"Rooms for members are for those with a token; {open_too} may publish, as each room says."
        if self.config.open_publish:
            return "Everybody who can reach this machine may watch and publish."
        return "Everybody who can reach this machine may watch; only the machine itself may publish (--open-publish)."

    # ---- running

    def startService(self) -> None:
        """Start the clock, the members' factory and the feeds."""
        super().startService()
        self._log.info("flighttap {version} is up", version=__version__, event_id="service.started")
        self._collecting.start()
        self.hub.start()
        self.hub.pulse.start()
        self.factory.startFactory()
        self._warn_of_exposed_keys()
        on_demand = self.config.demo is None
        for feed, service in self._feeds:
            if on_demand and feed.name == DEMO and self._has_demo():
                feed.on_demand(service.startService, service.stopService)
                feed.state_changed("asleep")
            else:
                self._start_feed(feed, service)

    def _start_feed(self, feed: Feed, service: IService) -> None:
        """A feed that cannot start says so; it takes nothing else down with it."""
        try:
            service.startService()
        except FlighttapError as error:
            feed.state_changed("failed", str(error))
            self._log.error("feed {feed} cannot start: {why}", feed=feed.name, why=str(error), event_id="feed.failed")

    def _renew_keys(self) -> None:
        keys = self.config.auth
        if keys is None:
            return
        try:
            keys.reload()
        except ConfigError as error:
            self._log.error("the keys of [auth] stay as they were: {why}", why=str(error), event_id="auth.kept")
        else:
            self._log.info("the keys of [auth] were read again", event_id="auth.renewed")
            self._warn_of_exposed_keys()

    def _warn_of_exposed_keys(self) -> None:
        for path in self.config.auth.exposed() if self.config.auth is not None else ():
            self._log.warn(
                "everybody on this machine can read the key {path}: chmod 600 it",
                path=str(path),
                event_id="auth.exposed",
            )

    def renew(self) -> None:
        """Read keys and certificates again; one that cannot be used is logged, and the one before it stays."""
        self._renew_keys()
        for secure in self._renewable:
            try:
                secure.renew()
            except ConfigError as error:
                self._log.error(
                    "the certificate of --listen {listen!r} stays as it was: {why}.",
                    listen=secure.description,
                    why=str(error),
                    event_id="tls.kept",
                )
            else:
                self._log.info(
                    "the certificate of --listen {listen!r} was read again",
                    listen=secure.description,
                    event_id="tls.renewed",
                )

    def hurry(self) -> None:
        """Wait for nobody any more, if this is stopping or once it does."""
        self._hurried = True
        self._log.info("told to stop a second time: waiting for nobody", event_id="service.hurry")
        for each in self._waiting:
            each.cancel()

    def stopService(self) -> Deferred[None]:
        """Stop in order: listener, feeds, members, clock. Never fails, and takes five seconds at most."""
        super().stopService()
        self._log.info("flighttap stops", event_id="service.stopping")
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        ports, self.ports = self.ports, []
        await self._bounded("listener", LISTENER, *(maybeDeferred(port.stopListening) for port in ports))
        await self._bounded(
            "feeds", FEEDS, *(maybeDeferred(service.stopService) for _, service in self._feeds if service.running)
        )
        await self._bounded("members", MEMBERS + 0.5, Deferred.fromCoroutine(self.factory.close_all(MEMBERS)))
        self.factory.stopFactory()
        self.hub.pulse.stop()
        self.hub.stop()
        self._collecting.stop()
        if self.registry is not None:
            self.registry.close()

    def _bounded(self, what: str, seconds: float, *done: Deferred[Any]) -> Awaitable[Any]:
        """Wait for all of these, so long and no longer; what goes wrong is logged and holds nothing up."""

        def late(failure: Failure) -> None:
            if not self._hurried:
                self._log.warn(
                    "{what} did not stop in order: {why}", what=what, why=repr(failure.value), event_id="service.stop"
                )

        self._waiting = [each.addTimeout(seconds, self._reactor).addErrback(late) for each in done]
        if self._hurried:
            for each in self._waiting:
                each.cancel()
        return DeferredList(self._waiting)


def _with_backlog(description: str) -> str:
    """The endpoint with room for many that come at once, where it does not say for how many; systemd's sockets do."""
    if description.startswith("systemd:") or ":backlog=" in description:
        return description
    return f"{description}:backlog={BACKLOG}"


def _try_port(name: str, where: Listen) -> None:
    """Find out now whether a feed's port can be had, while there is a terminal to say it on.

    :raises ConfigError: it cannot.
    """
    family = socket.AF_INET6 if ":" in where.interface else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((where.interface, where.port))
            probe.listen(1)
        except OSError as error:
            raise ConfigError(f"The feed {name}: {_why_no_port(where.interface, where.port, error)}") from None


def _why_not(description: str, error: BaseException | None) -> str:
    if isinstance(error, CannotListenError):
        cause = error.socketError
        if isinstance(error.port, int):
            return _why_no_port(error.interface or "", error.port, cause)
        error = cause
    words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"--listen {description!r}: {words.rstrip('.')}."


def _why_no_port(interface: str, port: int, cause: BaseException) -> str:
    number = cause.errno if isinstance(cause, OSError) and not isinstance(cause, socket.gaierror) else None
    if number == errno.EADDRINUSE:
        return f"Port {port} is in use already: stop what uses it or choose another port."
    if number in (errno.EACCES, errno.EPERM):
        return f"Port {port} may not be used by this user: choose one above 1023."
    if number == errno.EADDRNOTAVAIL or isinstance(cause, socket.gaierror):
        return f"{interface} is no address of this machine: say which interface to listen on."
    return f"Port {port} cannot be had: {os.strerror(number) if number is not None else cause}."
