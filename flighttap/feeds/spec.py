"""What a user writes to name a feed, and what it means.

::

    [NAME:]ROOM[,ROOM…]=SOURCE
    SOURCE = simulator[?aircraft=N&seed=N&speed=N]
           | FORMAT@tcp:HOST:PORT[?silence=S]
           | FORMAT@listen:tcp:PORT[:interface=ADDRESS][?silence=S&senders=N&allow=NETWORKS]
           | FORMAT@listen:ssl:PORT[:interface=ADDRESS]?cert=FILE&key=FILE[&ca=FILE&…]
           | FORMAT@file:PATH[?speed=N&loop=1]

Every source also takes ``receiver=LAT,LON`` and ``share_position=…``. Options
are percent-decoded. Nothing is dialled, opened or bound here; a wrong value is
one sentence in a :class:`~flighttap.errors.ConfigError`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote

from flighttap.errors import ConfigError
from flighttap.feeds.senders import Network, read_networks, tls_context
from flighttap.feeds.values import (
    Reader,
    check_known,
    number_within,
    read_flag,
    read_host_and_port,
    read_port,
    read_position,
    read_receiver,
    read_share,
    whole_within,
)
from flighttap.formats import FORMATS

__all__ = ["Dial", "FeedSpec", "Listen", "Replay", "Simulate", "distinct", "feed_from_table", "parse_feed"]

_ROOM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}\Z")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,39}\Z")
_EXAMPLES = "simulator, beast@tcp:HOST:30005, beast@listen:tcp:30004 or beast@file:PATH"


@dataclass(frozen=True, slots=True)
class Dial:
    """A receiver that we connect to.

    :param silence: seconds without a byte after which the connection is given up; 0 never.
    """

    host: str
    port: int
    silence: float = 90.0


@dataclass(frozen=True, slots=True)
class Listen:
    """A port on which receivers connect to us.

    :param port: 0 lets the system choose.
    :param senders: how many may be connected at once.
    :param silence: seconds without a byte after which a sender is dropped; 0 never.
    :param allow: where senders may come from; empty: from anywhere.
    :param cert: files in PEM: our certificate and its ``key``, for TLS; empty: no TLS.
    :param ca: whose certificates the senders must show; empty: they need none.
    """

    port: int
    interface: str = "127.0.0.1"
    silence: float = 90.0
    senders: int = 32
    allow: tuple[Network, ...] = ()
    cert: str = ""
    key: str = ""
    ca: str = ""


@dataclass(frozen=True, slots=True)
class Replay:
    """A recording.

    :param path: absolute, so that a daemon that left this directory still finds it.
    :param speed: recorded seconds a second.
    :param loop: begin again at the end, for ever.
    """

    path: str
    speed: float = 1.0
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Simulate:
    """A sky of our own.

    :param aircraft: how many are in it at any time.
    :param seed: the same seed makes the same sky.
    :param speed: simulated seconds a second.
    """

    aircraft: int = 200
    seed: int = 1
    speed: float = 1.0


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """One feed as configured.

    :param name: what logs, metrics and the API call it.
    :param rooms: the rooms that it fills, at least one.
    :param source: the source as the user wrote it.
    :param format: a name in ``flighttap.formats.FORMATS``; ``modes`` for the simulator.
    :param where: where its bytes come from.
    :param receiver: latitude and longitude of the receiver in degrees, if told.
    :param share_position: how the receiver's position may be shown: ``rounded``
        (to about 1 km), ``exact`` or ``hidden``.
    """

    name: str
    rooms: tuple[str, ...]
    source: str
    format: str
    where: Dial | Listen | Replay | Simulate
    receiver: tuple[float, float] | None = None
    share_position: str = "rounded"

    @property
    def simulated(self) -> bool:
        """Whether its aircraft are made up."""
        return isinstance(self.where, Simulate)


def parse_feed(text: str) -> FeedSpec:
    """Read one ``--feed`` value: ``[NAME:]ROOM[,ROOM…]=SOURCE``.

    :raises ConfigError: it cannot be meant; the text is one sentence for the user.
    """
    with _about(text):
        target, equals, source = text.partition("=")
        if not equals or not source:
            raise ConfigError(f"write it as ROOM=SOURCE, where SOURCE is {_EXAMPLES}")
        name, colon, rooms = target.rpartition(":")
        if colon and not name:
            raise ConfigError("there is no name before the colon")
        return _build(name or None, rooms.split(","), source)


def feed_from_table(table: Mapping[str, Any]) -> FeedSpec:
    """Read one ``[[feed]]`` table of a configuration file.

    Keys: ``name``, ``rooms`` (a list, or one text with commas), ``source``,
    ``format`` (unless the source begins with ``FORMAT@``), ``receiver``
    (``[lat, lon]``) and ``share_position``.

    :raises ConfigError: a key is unknown, missing or wrong; one sentence.
    """
    name = table.get("name")
    with _about(f"[[feed]] {name or table.get('source', '')}".rstrip()):
        for key in table:
            check_known("key", key, ("name", "rooms", "format", "source", "receiver", "share_position"))
        for key in ("name", "source", "format", "share_position"):
            if not isinstance(table.get(key, ""), str):
                raise ConfigError(f"{key} must be a text")
        source, rooms = table.get("source", ""), table.get("rooms")
        if not source:
            raise ConfigError(f"it needs a source: {_EXAMPLES}")
        if isinstance(rooms, str):
            rooms = rooms.split(",")
        if not isinstance(rooms, list) or not rooms or not all(isinstance(room, str) for room in rooms):
            raise ConfigError('it needs rooms, a list such as ["ams"]')
        given: dict[str, Any] = {}
        if "receiver" in table:
            given["receiver"] = read_position(table["receiver"])
        if "share_position" in table:
            given["share_position"] = read_share("share_position", table["share_position"])
        return _build(name, rooms, source, table.get("format"), given)


def distinct(specs: Iterable[FeedSpec]) -> tuple[FeedSpec, ...]:
    """The same feeds with no name twice: the second ``beast`` becomes ``beast-2``."""
    taken: set[str] = set()
    result = []
    for spec in specs:
        name, number = spec.name, 1
        while name in taken:
            number += 1
            name = f"{spec.name}-{number}"
        taken.add(name)
        result.append(spec if name == spec.name else replace(spec, name=name))
    return tuple(result)


# ---- the parts of a feed


class _about:
    """Puts what is being read in front of every complaint about it."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ConfigError):
            raise ConfigError(f"feed {self._what!r}: {error}.") from None


def _build(
    name: str | None,
    rooms: Collection[str],
    source: str,
    format_key: str | None = None,
    given: Mapping[str, Any] | None = None,
) -> FeedSpec:
    if name is not None and not _NAME.match(name):
        raise ConfigError(f"{name!r} is no name for a feed: letters, digits, '_', '-' and '.', at most 40")
    for room in rooms:
        if not _ROOM.match(room):
            raise ConfigError(f"{room!r} is no room name: letters, digits, '_' and '-', not '-' first, at most 80")
    where: Dial | Listen | Replay | Simulate
    address, _, query = source.partition("?")
    format_name, at, place = address.rpartition("@") if not address.startswith("file:") else ("", "", address)
    if at and format_key is not None and format_key != format_name:
        raise ConfigError(f"its source says {format_name!r}, its format {format_key!r}")
    format_name = format_name or format_key or ""
    kind, colon, rest = place.partition(":")
    if not at and not format_key and kind not in _PLACES:
        check_known("source", kind, ("simulator", *(f"{each}@…" for each in FORMATS)))
    if kind == "simulator":
        if format_name or colon:
            raise ConfigError("the simulator has no format and no address: write simulator, then ? and its options")
        format_name = "modes"
        own, options = _options(query, _SIMULATE)
        where = Simulate(**own)
    else:
        check_known("transport", kind, tuple(_PLACES))
        if not format_name:
            raise ConfigError(f"say what it speaks, one of {', '.join(FORMATS)}, as in beast@{kind}:…")
        check_known("format", format_name, FORMATS)
        where, options = _PLACES[kind](rest, query)
    for key, value in (given or {}).items():
        if key in options:
            raise ConfigError(f"{key} is given twice")
        options[key] = value
    name = name or ("simulator" if isinstance(where, Simulate) else format_name)
    return FeedSpec(name, tuple(dict.fromkeys(rooms)), source, format_name, where, **options)


def _dial(rest: str, query: str) -> tuple[Dial, dict[str, Any]]:
    host, port = read_host_and_port(rest)
    own, shared = _options(query, _DIAL)
    return Dial(host, port, **own), shared


def _listen(rest: str, query: str) -> tuple[Listen, dict[str, Any]]:
    kind, _, rest = rest.partition(":")
    check_known("kind of listener", kind, ("tcp", "ssl"))
    text, *arguments = re.split(r":(?=[A-Za-z]+=)", rest)
    port = read_port(text, lowest=0)
    interface: dict[str, Any] = {}
    for argument in arguments:
        key, _, value = argument.partition("=")
        check_known("argument", key, ("interface",))
        if not value:
            raise ConfigError("interface= needs an address, such as 0.0.0.0")
        interface[key] = value.replace("\\:", ":").removeprefix("[").removesuffix("]")
    own, shared = _options(query, _LISTEN if kind == "tcp" else {**_LISTEN, **_TLS})
    if kind == "ssl":
        if "cert" not in own or "key" not in own:
            raise ConfigError("listen:ssl needs a certificate and its key: ?cert=FILE&key=FILE")
        tls_context(own["cert"], own["key"], own.get("ca", ""))
    return Listen(port, **interface, **own), shared


def _replay(rest: str, query: str) -> tuple[Replay, dict[str, Any]]:
    if not rest:
        raise ConfigError("file: needs a path")
    path = os.path.abspath(os.path.expanduser(rest))
    if not os.path.exists(path):
        raise ConfigError(f"there is no file {path}")
    if not os.path.isfile(path):
        raise ConfigError(f"{path} is not a file")
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{path} may not be read by this user")
    own, shared = _options(query, _REPLAY)
    return Replay(path, **own), shared


_PLACES: dict[str, Callable[[str, str], tuple[Dial | Listen | Replay, dict[str, Any]]]] = {
    "tcp": _dial,
    "listen": _listen,
    "file": _replay,
}


# ---- single values


def _options(query: str, own: Mapping[str, Reader]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options that only this source has, and those that every source has."""
    found: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for part in query.split("&") if query else ():
        name, _, text = part.partition("=")
        name, text = unquote(name), unquote(text)
        check_known("option", name, (*own, *_SHARED))
        if not text:
            raise ConfigError(f"{name}= needs a value")
        mine = name in own
        chosen = found[0 if mine else 1]
        if name in chosen:
            raise ConfigError(f"{name} is given twice")
        chosen[name] = (own if mine else _SHARED)[name](name, text)
    return found


_SHARED: dict[str, Reader] = {"receiver": read_receiver, "share_position": read_share}
_SIMULATE: dict[str, Reader] = {
    "aircraft": whole_within(1, 2000),
    "seed": whole_within(0, 2**32 - 1),
    "speed": number_within(0, 20, above=True),
}
_SILENCE = number_within(1, 86400, never=True)
_DIAL: dict[str, Reader] = {"silence": _SILENCE}
_LISTEN: dict[str, Reader] = {"silence": _SILENCE, "senders": whole_within(1, 1000), "allow": read_networks}
_TLS: dict[str, Reader] = {name: lambda _, text: os.path.abspath(text) for name in ("cert", "key", "ca")}
_REPLAY: dict[str, Reader] = {"speed": number_within(0, 10000, above=True), "loop": read_flag}
