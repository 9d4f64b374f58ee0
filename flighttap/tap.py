"""``twistd flighttap``: reads the command line and makes the service.

twistd forks between :func:`makeService` and the start of the service, and the terminal is gone afterwards. So
everything that can be wrong is tried here, before the fork: options, files, and the listening ports themselves, which
the daemon inherits. What is wrong is one sentence on stderr and exit status 1, as a daemon too.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from twisted.application.service import IService
from twisted.python import usage

from flighttap.config import CommandLine, Config, build, nearest
from flighttap.errors import ConfigError

__all__ = ["Options", "makeService"]


class Options(usage.Options):
    """The options of ``twistd flighttap``; ``options.built`` is what they and the file come to."""

    synopsis = "[options]"
    longdesc = "Rooms of flights for browsers, clients and receivers. See README.md and docs/operating.md."

    optFlags = [  # noqa: RUF012 - usage.Options reads it from the class
        ["conformance-echo", None, "Have /ws/echo, where every message comes back, for conformance tests."],
        ["demo", None, "Run the simulated sky in room 'demo' all the time."],
        ["no-demo", None, "Have no room 'demo', not even on demand."],
        ["log-json", None, "Log one JSON object a line."],
        ["open-publish", None, "Let everybody who can connect publish flights."],
    ]
    optParameters = [  # noqa: RUF012
        ["aircraft", None, None, "A register of aircraft to look registrations, types and operators up in."],
        ["config", None, None, "A configuration file in TOML; the command line wins over it."],
        ["map", None, None, "The map under the aircraft: a tile or style URL, or a PMTiles file."],
        ["publish-rate", None, None, "Messages a second that one connection may publish; 0 for no limit."],
    ]

    def __init__(self) -> None:
        super().__init__()
        self._listen: list[str] = []
        self._feeds: list[str] = []
        self._limits: list[str] = []
        self._proxies: list[str] = []
        self.built = Config()

    def opt_listen(self, endpoint: str) -> None:
        """Where to serve, an endpoint; may be repeated. [default: tcp:8000:interface=127.0.0.1]"""
        self._listen.append(endpoint)

    def opt_feed(self, feed: str) -> None:
        """Fill rooms from a source: [NAME:]ROOM[,ROOM...]=SOURCE, such as home=beast@tcp:127.0.0.1:30005; may be
        repeated.
        """
        self._feeds.append(feed)

    def opt_limit(self, limit: str) -> None:
        """Set one limit: NAME=VALUE, such as connections_per_address=50; may be repeated."""
        self._limits.append(limit)

    def opt_trusted_proxy(self, address: str) -> None:
        """Believe what this proxy says of who asks through it: an address, a network, or unix; may be repeated."""
        self._proxies.append(address)

    def opt_version(self) -> None:
        """Say the version and leave."""
        from flighttap import __version__

        print(f"flighttap {__version__}")
        raise SystemExit(0)

    def parseOptions(self, options: Any = None) -> None:
        """Read the words; an unknown option names the nearest known one."""
        try:
            super().parseOptions(options)
        except usage.UsageError as error:
            unknown = str(error)
            if unknown.startswith("option --") and unknown.endswith(" not recognized"):
                word = unknown.removeprefix("option --").removesuffix(" not recognized")
                known = sorted(name.rstrip("=") for name in self.longOpt)
                raise usage.UsageError(f"There is no option --{word}: {nearest(word, known)}") from None
            raise

    def parseArgs(self, *words: str) -> None:
        """:raises UsageError: there are words that belong to no option."""
        if words:
            raise usage.UsageError(f"{words[0]!r} belongs to no option: write --feed {words[0]} or the like.")

    def postOptions(self) -> None:
        """:raises UsageError: something is wrong; one sentence."""
        if self["demo"] and self["no-demo"]:
            raise usage.UsageError("Say --demo or --no-demo, not both.")
        command = CommandLine(
            listen=self._listen,
            feeds=self._feeds,
            limits=self._limits,
            trusted_proxies=self._proxies,
            config=self["config"],
            aircraft=self["aircraft"],
            map=self["map"],
            demo=True if self["demo"] else False if self["no-demo"] else None,
            open_publish=bool(self["open-publish"]),
            log_json=bool(self["log-json"]),
            publish_rate=self["publish-rate"],
            conformance_echo=bool(self["conformance-echo"]),
        )
        try:
            self.built = build(command)
        except ConfigError as error:
            raise usage.UsageError(str(error)) from None


def makeService(options: Options) -> IService:
    """Make the service, already bound to its ports, and say on stdout where it is.

    :raises SystemExit: a port cannot be had; the sentence is on stderr, the status 1.
    """
    from twisted.internet import reactor

    from flighttap.logs import json_observer, to_terminal
    from flighttap.service import FlighttapService
    from flighttap.signals import heed

    # Every Twisted timer stops while the system clock runs backwards, unless timers go by this one.
    reactor.seconds = time.monotonic  # type: ignore[method-assign]
    service = FlighttapService(options.built, reactor)
    twistd: Mapping[str, Any] = options.parent or {}
    try:
        if options.built.log_json:
            service.log_observer = json_observer(twistd)
        service.bind()
    except ConfigError as error:
        _leave(str(error))
    heed(reactor, service)
    if service.log_observer is not None and to_terminal(twistd):
        service.log_announcement()  # each line is JSON there
        return service
    with contextlib.suppress(OSError):  # whoever started us may not be reading
        print(*service.announcement(), sep="\n", flush=True)
    return service


def _leave(sentence: str) -> NoReturn:
    print(f"flighttap: {sentence}", file=sys.stderr, flush=True)
    raise SystemExit(1)
