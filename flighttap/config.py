"""What the command line and the configuration file say, as one checked value.

``build`` lays the command line over the file. Every mistake is a :class:`~flighttap.errors.ConfigError` whose text is
one sentence for the user; an unknown key names the nearest known one. Nothing is opened, dialled or bound here, but
files that are named are looked for, so that a mistake shows before the daemon leaves the terminal.

A file in TOML::

    listen = ["tcp:8000:interface=127.0.0.1"]
    origins = ["https://map.example.org"]
    trusted_proxies = ["127.0.0.1"]
    embed = ["https://club.example.org"]
    open_publish = false
    publish_rate = 50
    log = "text"
    demo = false
    aircraft = "aircraft.sqlite"

    [limits]
    message = 65536

    [[feed]]
    name = "roof"
    rooms = ["home"]
    format = "beast"
    source = "tcp:127.0.0.1:30005"
    receiver = [52.31, 4.76]

    [rooms.home]
    publish = "nobody"

    [auth]
    keys = ["hub.key"]

    [map]
    source = "https://tiles.example.org/{z}/{x}/{y}.png"
    credit = "Example Maps"
"""

from __future__ import annotations

import difflib
import math
import os
import re
import time
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.endpoints import quoteStringArgument, serverFromString

from flighttap.certificates import with_absolute_files
from flighttap.errors import ConfigError
from flighttap.feeds.spec import FeedSpec, distinct, feed_from_table, parse_feed
from flighttap.rooms.policy import Limits, RoomRules, normal_origin, valid_room_name
from flighttap.web.forwarded import NOBODY, TrustedProxies
from flighttap.web.ground import Ground, read_ground

if TYPE_CHECKING:
    from flighttap.access.keyring import Keyring

__all__ = ["DEFAULT_LISTEN", "CommandLine", "Config", "build", "nearest", "own_registry"]

#: Where the server listens when nothing is said: this machine alone.
DEFAULT_LISTEN = ("tcp:8000:interface=127.0.0.1",)

_ENDPOINTS = ("tcp", "tcp6", "ssl", "unix", "systemd")
_KEYS = (
    *("listen", "origins", "embed", "trusted_proxies", "open_publish", "open_rooms", "publish_rate", "log", "demo"),
    *("aircraft", "limits", "feed", "rooms", "map", "auth"),
)
_ROOM = 20
"""Publishers at their full rate that one room takes, where its rate is not set."""
_RULES = ("publish", "watch", "listed")
_LOGS = ("text", "json")
_MAP = ("source", "credit", "origins")
_AUTH = ("keys", "jwks", "audience", "api_keys")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What was written on the command line, unread; ``None`` or empty where nothing was.

    :param config: path of a TOML file.
    :param aircraft: path of a register of aircraft.
    :param map: a file or an address.
    :param limits: ``NAME=VALUE`` each.
    """

    listen: Sequence[str] = ()
    feeds: Sequence[str] = ()
    limits: Sequence[str] = ()
    trusted_proxies: Sequence[str] = ()
    config: str | None = None
    aircraft: str | None = None
    map: str | None = None
    demo: bool | None = None
    open_publish: bool = False
    log_json: bool = False
    publish_rate: str | None = None
    conformance_echo: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that a server is told.

    :param listen: endpoint descriptions, at least one.
    :param rooms: the declared rooms by name.
    :param origins: further origins whose pages may connect, each ``scheme://host:port``.
    :param proxies: whose word on who asks is believed.
    :param open_rooms: whether any name opens a room, or only those that are declared or fed are there.
    :param auth: reads tokens and keys; ``None``: there are none.
    :param demo: ``True`` always runs the simulated room, ``False`` never has it, ``None`` has it on demand where the
        server is for this machine alone and has no feed.
    :param log_json: log one JSON object a line.
    :param aircraft: the register of aircraft to look flights up in; ``None``: none.
    :param ground: the map under the aircraft; ``None``: the page's own.
    :param embedders: origins whose pages may show a room's map in a frame, or ``*``.
    :param conformance_echo: have ``/ws/echo``; only the command line can say so.
    """

    listen: tuple[str, ...] = DEFAULT_LISTEN
    feeds: tuple[FeedSpec, ...] = ()
    limits: Limits = field(default_factory=Limits)
    rooms: Mapping[str, RoomRules] = field(default_factory=dict)
    origins: frozenset[str] = frozenset()
    proxies: TrustedProxies = NOBODY
    open_publish: bool = False
    open_rooms: bool = True
    auth: Keyring | None = None
    log_json: bool = False
    demo: bool | None = None
    aircraft: Path | None = None
    ground: Ground | None = None
    embedders: frozenset[str] = frozenset()
    conformance_echo: bool = False


def own_registry() -> Path:
    """Where this user's register of aircraft is, if he has one: under the XDG base directory for data."""
    home = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(home).expanduser() / "flighttap" / "aircraft.sqlite"


def build(command: CommandLine) -> Config:
    """Lay the command line over the file that it names.

    ``--listen``, ``--feed`` and ``--trusted-proxy`` replace the file's lists; ``--limit`` replaces limit by limit.

    :raises ConfigError: something is wrong; the text is one sentence for the user.
    """
    table = _read(command.config) if command.config is not None else {}
    for key in table:
        _known("key", key, _KEYS)
    auth = _auth(table)
    listen = tuple(command.listen) or _texts(table, "listen", DEFAULT_LISTEN)
    return Config(
        listen=tuple(_endpoint(text) for text in listen),
        feeds=_feeds(command, table),
        limits=_limits(command, table),
        rooms=_rooms(table, auth is not None),
        origins=frozenset(_origin("origins", text) for text in _texts(table, "origins", ())),
        proxies=TrustedProxies.read(tuple(command.trusted_proxies) or _texts(table, "trusted_proxies", ())),
        open_publish=command.open_publish or _flag(table, "open_publish") or False,
        open_rooms=_flag(table, "open_rooms") is not False,
        auth=auth,
        log_json=command.log_json or _word("log", table.get("log", "text"), _LOGS) == "json",
        demo=_flag(table, "demo") if command.demo is None else command.demo,
        aircraft=_register(command.aircraft if command.aircraft is not None else table.get("aircraft")),
        ground=_ground(command, table),
        embedders=frozenset(text if text == "*" else _origin("embed", text) for text in _texts(table, "embed", ())),
        conformance_echo=command.conformance_echo,
    )


def nearest(word: str, words: Collection[str]) -> str:
    """A hint at the known word that was probably meant: "did you mean 'feed'?", else the known words."""
    near = difflib.get_close_matches(word, words, 1, 0.5)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(words)}."


# ---- the parts of a configuration


def _ground(command: CommandLine, table: Mapping[str, Any]) -> Ground | None:
    if command.map is not None:
        return read_ground(command.map)
    said = _table(table, "map")
    for key in said:
        _known("key in [map]", key, _MAP)
    if not said:
        return None
    source, credit = said.get("source"), said.get("credit")
    if not isinstance(source, str):
        raise ConfigError("[map] must say source, a file or an address.")
    if credit is not None and not isinstance(credit, str):
        raise ConfigError(f"credit in [map] must be a text, not {credit!r}.")
    return read_ground(source, credit, _texts(said, "origins", ()))


def _auth(table: Mapping[str, Any]) -> Keyring | None:
    if "auth" not in table:
        return None
    said = _table(table, "auth")
    for key in said:
        _known("key in [auth]", key, _AUTH)
    for key in ("jwks", "audience", "api_keys"):
        if not isinstance(said.get(key, "x"), str) or said.get(key) == "":
            raise ConfigError(f"{key} in [auth] must be a text, not {said[key]!r}.")
    jwks, api_keys = (Path(said[key]).absolute() if key in said else None for key in ("jwks", "api_keys"))
    keys = tuple(Path(name).absolute() for name in _texts(said, "keys", ()))
    if not (keys or jwks or api_keys):
        raise ConfigError("[auth] must say keys, jwks or api_keys: make a key with python -m flighttap token key FILE.")
    from flighttap.access.keyring import AUDIENCE, KeyFiles, Keyring  # what it imports is large, and few need it

    return Keyring(KeyFiles(keys, jwks, api_keys, said.get("audience", AUDIENCE)), time.time)


def _register(named: object) -> Path | None:
    """The register that is named, else the user's own where there is one."""
    if named is None:
        return own if (own := own_registry()).exists() else None
    if not isinstance(named, str):
        raise ConfigError(f"aircraft must be the path of a register, not {named!r}.")
    path = Path(named).absolute()
    if not path.is_file():
        raise ConfigError(f"There is no register {named}: make one with python -m flighttap aircraft import FILE.")
    return path


def _read(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The configuration file {path} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"The configuration file {path} is not TOML: {error}.") from None


def _feeds(command: CommandLine, table: Mapping[str, Any]) -> tuple[FeedSpec, ...]:
    tables = table.get("feed", [])
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise ConfigError("feed must be tables: write [[feed]] above each one's keys.")
    declared = [feed_from_table(each) for each in tables]
    return distinct([parse_feed(text) for text in command.feeds] or declared)


def _limits(command: CommandLine, table: Mapping[str, Any]) -> Limits:
    changes = dict(_table(table, "limits"))
    for name, value in changes.items():
        _known("limit", name, Limits.NAMES)
        changes[name] = _number(f"The limit {name}", value)
    if "publish_rate" in table:
        changes["publish_rate"] = _number("publish_rate", table["publish_rate"])
    for text in command.limits:
        name, equals, value = text.partition("=")
        if not equals:
            raise ConfigError(f"--limit {text!r} must be NAME=VALUE, such as message=65536.")
        _known("limit", name, Limits.NAMES)
        changes[name] = _number(f"--limit {name}", value)
    if command.publish_rate is not None:
        changes["publish_rate"] = _number("--publish-rate", command.publish_rate)
    if "publish_rate" in changes:  # a burst below two seconds' worth would make the higher rate a promise not kept
        changes.setdefault("publish_burst", max(Limits().publish_burst, math.ceil(2 * changes["publish_rate"])))
        changes.setdefault("room_rate", _ROOM * changes["publish_rate"])
    if "connections_per_address" in changes:  # all of them may come back within ten seconds
        changes.setdefault("connect_rate", changes["connections_per_address"] / 10)
    return Limits().replaced(changes)


def _rooms(table: Mapping[str, Any], has_keys: bool) -> dict[str, RoomRules]:
    rooms = {}
    for name, rules in _table(table, "rooms").items():
        if not valid_room_name(name):
            raise ConfigError(
                f"[rooms.{name}]: {name!r} is no room name: letters, digits, '_' and '-', not '-' first, at most 80."
            )
        if not isinstance(rules, dict):
            raise ConfigError(f"rooms.{name} must be a table: write [rooms.{name}] above its keys.")
        for key in rules:
            _known(f"key in [rooms.{name}]", key, _RULES)
        chosen: dict[str, Any] = {}
        for key, words in (("publish", RoomRules.PUBLISH), ("watch", RoomRules.WATCH)):
            if key in rules:
                chosen[key] = _word(f"{key} in [rooms.{name}]", rules[key], words)
        by_token = [key for key, word in (("publish", "token"), ("watch", "members")) if chosen.get(key) == word]
        if by_token and not has_keys:
            raise ConfigError(f"{by_token[0]} in [rooms.{name}] needs tokens: name a key under [auth].")
        listed = _flag(rules, "listed", f" in [rooms.{name}]")
        if listed is not None:
            chosen["listed"] = listed
        rooms[name] = RoomRules(**chosen)
    return rooms


def _endpoint(text: str) -> str:
    """Say now what Twisted would say later: parse the description, look for its files.

    :returns: the description, its paths made absolute: a daemon leaves this directory.
    """
    kind, _, rest = text.partition(":")
    if kind not in _ENDPOINTS:
        hint = f"did you mean 'tcp:{kind}'?" if re.fullmatch(r"\d+", kind) else nearest(kind, _ENDPOINTS)
        raise ConfigError(f"--listen {text!r}: there is no endpoint {kind!r}: {hint}")
    port = rest.split(":")[0].removeprefix("port=")
    if kind in ("tcp", "tcp6", "ssl") and not (re.fullmatch(r"\d{1,5}", port, re.ASCII) and int(port) <= 65535):
        raise ConfigError(f"--listen {text!r}: the port must be a number from 0 to 65535, not {port!r}.")
    if kind == "unix" and not rest:
        raise ConfigError(f"--listen {text!r}: say where the socket is to be, as in unix:/run/flighttap.sock.")
    try:
        serverFromString(None, text)
    except ImportError:
        raise ConfigError(f"--listen {text!r} needs TLS: pip install 'flighttap[tls]'.") from None
    except OSError as error:
        raise ConfigError(f"--listen {text!r}: {error.filename or 'a file'}: {error.strerror}.") from None
    except LookupError:
        raise ConfigError(f"--listen {text!r}: systemd has passed no such socket to this process.") from None
    except Exception as error:  # whatever an endpoint's parser makes of its arguments
        raise ConfigError(f"--listen {text!r} is no endpoint: {_one_line(error)}.") from None
    if kind == "ssl":
        return with_absolute_files(text, os.getcwd())
    return re.sub(r"\Aunix:(?:address=)?(?!/)", lambda _: f"unix:{quoteStringArgument(os.getcwd())}/", text)


# ---- single values


def _origin(key: str, text: str) -> str:
    origin = normal_origin(text)
    if origin is None:
        raise ConfigError(f"{key}: {text!r} is no origin: write it as https://example.org or http://host:8080.")
    return origin


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ConfigError(f"{key} must be a table: write [{key}] above its keys.")
    return value


def _texts(table: Mapping[str, Any], key: str, default: tuple[str, ...]) -> tuple[str, ...]:
    if key not in table:
        return default
    value = table[key]
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ConfigError(f"{key} must be a list of texts, not {value!r}.")
    return tuple(value) or default


def _flag(table: Mapping[str, Any], key: str, where: str = "") -> bool | None:
    value = table.get(key)
    if value is not None and not isinstance(value, bool):
        raise ConfigError(f"{key}{where} must be true or false, not {value!r}.")
    return value


def _number(what: str, value: object) -> float:
    try:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError
        number = float(value)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ConfigError(f"{what} must be a number, 0 or more, not {value!r}.")
    return number


def _word(what: str, value: object, words: Sequence[str]) -> str:
    if value not in words:
        raise ConfigError(f"{what} is {value!r}: {nearest(str(value), words)}")
    return str(value)


def _known(what: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        raise ConfigError(f"The {what} {word!r} is not known: {nearest(word, words)}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__
