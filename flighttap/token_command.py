"""``python -m flighttap token``: make keys and tokens, and look into a token.

A token or key is printed once, on standard output and nowhere else.
"""

from __future__ import annotations

import re
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.python import usage

from flighttap.access.claims import read_grant
from flighttap.errors import BadField, BadToken, ConfigError

__all__ = ["TokenOptions", "run_token"]

_UNITS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}


class _Command(usage.Options):
    """A subcommand with one operand.

    :cvar operand: what it is called in the help.
    :cvar what: what to say where it is missing.
    """

    operand = "FILE"
    what = "Give one file, after the options."

    def parseArgs(self, *words: str) -> None:
        """:raises UsageError: there is not exactly one."""
        if len(words) != 1:
            raise usage.UsageError(self.what)
        self["operand"] = words[0]

    def getSynopsis(self) -> str:
        """The first line of the help."""
        name = "" if self.parent is None else self.parent.subCommand
        return f"Usage: python -m flighttap token {name} [options] {self.operand}".rstrip()


_GIVEN = [
    ["rooms", None, None, "Names or patterns, separated by commas: club or club-* or *."],
    ["roles", None, "watch", "Some of watch, publish, admin, separated by commas."],
    ["rate", None, None, "Messages a second that may be published with it."],
    ["flights", None, None, "How many flights it may keep in rooms."],
]


class _Given(_Command):
    """What makes a token and a static key alike: rooms, roles and limits."""

    def given(self) -> dict[str, Any]:
        """Them as claims.

        :raises UsageError: one is missing or wrong.
        """
        if not self["rooms"]:
            raise usage.UsageError("Say which rooms it is for: --rooms club, or --rooms '*' for all.")
        claims: dict[str, Any] = {name: [word.strip() for word in self[name].split(",")] for name in ("rooms", "roles")}
        for name in ("rate", "flights"):
            if self[name] is not None:
                try:
                    number = float(self[name])
                except ValueError:
                    raise usage.UsageError(f"--{name} must be a number, not {self[name]!r}.") from None
                claims[name] = int(number) if number == number // 1 else number
        try:
            read_grant(claims, "", "", None)
        except BadField as fault:
            raise usage.UsageError(f"--{fault}") from None
        return claims


class _Key(_Command):
    """Options of ``token key``."""

    longdesc = (
        "Writes a new key into FILE: a secret with which the server checks tokens and you make them. With --pair, a "
        "key of two halves: FILE makes tokens and can stay at home, FILE.pub is for the server."
    )
    optFlags = [["pair", None, "An Ed25519 pair instead of one shared secret."]]  # noqa: RUF012 - read from the class


class _Make(_Given):
    """Options of ``token make``."""

    operand = ""
    longdesc = "Prints a token. Whoever has it has what it gives, until it expires."
    optParameters = [  # noqa: RUF012
        ["key", "k", None, "The file of the key: a shared secret or a private key."],
        *_GIVEN,
        ["for", None, "30d", "How long it is good: 15m, 12h, 30d, 4w or 1y."],
        ["from", None, None, "Not before this time, such as 2027-05-01T08:00Z."],
        ["subject", "s", "", "Whom it is for; shown to operators."],
        ["audience", "a", None, "The hub that it is for, where [auth] names one."],
        ["link", None, None, "Print the invitation to this page instead: https://hub.example/tracker/club."],
    ]

    def parseArgs(self, *words: str) -> None:
        """:raises UsageError: there are words that belong to no option."""
        if words:
            raise usage.UsageError(f"{words[0]!r} belongs to no option.")


class _Show(_Command):
    """Options of ``token show``."""

    operand = "[TOKEN]"
    longdesc = "Shows what a token says; it is read from standard input where none is given."
    optParameters = [["key", "k", None, "Also check it with this key: a shared secret or a public key."]]  # noqa: RUF012

    def parseArgs(self, *words: str) -> None:
        """:raises UsageError: there is more than one."""
        if len(words) > 1:
            raise usage.UsageError("Give one token.")
        self["operand"] = words[0] if words else None


class _ApiKey(_Given):
    """Options of ``token apikey``."""

    longdesc = "Prints a new static key and adds its hash to FILE, which [auth] api_keys names."
    optParameters = [  # noqa: RUF012
        ["name", "n", None, "What to call it: letters, digits and -."],
        *_GIVEN,
        ["for", None, None, "How long it is good: 30d, 1y. [default: until it is taken out of the file]"],
    ]


class TokenOptions(usage.Options):
    """The command line of ``python -m flighttap token``."""

    synopsis = "Usage: python -m flighttap token key|make|show|apikey [options]"
    longdesc = "Keys and tokens that say who may watch, publish or administer which rooms (docs/access.md)."
    subCommands = [  # noqa: RUF012
        ["key", None, _Key, "Make a key."],
        ["make", None, _Make, "Make a token."],
        ["show", None, _Show, "Look into a token."],
        ["apikey", None, _ApiKey, "Make a static key for a feeder or a program."],
    ]

    def postOptions(self) -> None:
        """:raises UsageError: no subcommand was given."""
        if self.subCommand is None:
            raise usage.UsageError("Say what to do: token key, token make, token show or token apikey.")


def run_token(options: TokenOptions) -> int:
    """Carry out what was asked for.

    :returns: the exit status.
    :raises UsageError, ConfigError: something is wrong with the words or a file.
    """
    return _COMMANDS[str(options.subCommand)](options.subOptions)


def _key(options: _Key) -> int:
    from flighttap.access.keys import new_pair, new_secret, write_new

    path = Path(options["operand"])
    if not options["pair"]:
        write_new(path, new_secret(), 0o600)
        print(f"Wrote {path}: name it under [auth] keys, and make tokens with it. Who can read it can make them, too.")
        return 0
    private, public = new_pair()
    write_new(path, private, 0o600)
    write_new(Path(f"{path}.pub"), public, 0o644)
    print(f"Wrote {path}, to make tokens with, and {path}.pub, to name under [auth] keys.")
    return 0


def _make(options: _Make) -> int:
    from flighttap.access.keyring import AUDIENCE
    from flighttap.access.keys import read_signing_key
    from flighttap.access.tokens import make_token

    claims, now = options.given(), int(time.time())
    if options["key"] is None:
        raise usage.UsageError("Say which key makes it: --key FILE; python -m flighttap token key FILE makes one.")
    begins = _moment(options["from"]) if options["from"] is not None else None
    claims |= {"aud": options["audience"] or AUDIENCE, "iat": now, "jti": secrets.token_urlsafe(9)}
    claims["exp"] = (now if begins is None else begins) + _seconds(options["for"])
    if begins is not None:
        claims["nbf"] = begins
    if options["subject"]:
        claims["sub"] = options["subject"]
    token = make_token(read_signing_key(Path(options["key"])), claims)
    print(token if options["link"] is None else f"{options['link'].partition('#')[0]}#token={token}")
    return 0


def _show(options: _Show) -> int:
    from flighttap.access.keys import read_key
    from flighttap.access.tokens import signed_with, unverified

    token = (sys.stdin.readline() if options["operand"] is None else options["operand"]).strip()
    token = token.rpartition("#token=")[2]
    try:
        header, claims = unverified(token)
    except BadToken as fault:
        raise ConfigError(str(fault)) from None
    for line in _lines(header, claims, time.time()):
        print(line)
    if options["key"] is None:
        return 0
    good = signed_with(token, read_key(Path(options["key"])))
    print(f"made by  {'this key' if good else 'another key than this'}")
    return 0 if good else 1


def _lines(header: Mapping[str, Any], claims: Mapping[str, Any], now: float) -> list[str]:
    """What a token says, for people."""

    def told(value: object) -> str:
        return ascii(value)[1:-1] if isinstance(value, str) else ascii(value)

    def when(value: object) -> str:
        try:
            return datetime.fromtimestamp(float(str(value)), UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        except (ValueError, OverflowError, OSError):
            return told(value)

    rows = {"kind": told(header.get("alg"))}
    for name, label in (("sub", "subject"), ("aud", "audience"), ("rooms", "rooms"), ("roles", "roles")):
        value = claims.get(name)
        if value is not None:
            rows[label] = ", ".join(map(told, value)) if isinstance(value, list) else told(value)
    rows |= {name: told(claims[name]) for name in ("rate", "flights") if name in claims}
    if "nbf" in claims:
        rows["from"] = when(claims["nbf"])
    expires = claims.get("exp")
    over = isinstance(expires, (int, float)) and expires <= now
    until = "not said: no server takes it" if expires is None else when(expires)
    rows["until"] = f"{until} (expired)" if over else until
    return [f"{label:<8} {value}" for label, value in rows.items()]


def _api_key(options: _ApiKey) -> int:
    from flighttap.access.apikeys import entry_text, new_api_key, read_api_keys, valid_key_name

    given, path, name = options.given(), Path(options["operand"]), options["name"]
    if name is None or not valid_key_name(name):
        raise usage.UsageError("Say what to call it: --name roof; letters, digits and -, at most 40.")
    more: dict[str, Any] = {key: given[key] for key in ("rate", "flights") if key in given}
    if options["for"] is not None:
        more["expires"] = datetime.fromtimestamp(int(time.time()) + _seconds(options["for"]), UTC)
    if path.exists() and name in read_api_keys(path):
        raise ConfigError(f"{path} has a key {name} already: take it out first, or choose another name.")
    key, hashed = new_api_key(name)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(entry_text(name, hashed, given["rooms"], given["roles"], more))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from None
    print(key)
    return 0


def _seconds(text: str) -> int:
    """:raises UsageError: it is no length of time."""
    found = re.fullmatch(r"(\d{1,6})([mhdwy])", text, re.ASCII)
    if found is None or int(found[1]) == 0:
        raise usage.UsageError(f"--for must be a length of time such as 15m, 12h, 30d or 1y, not {text!r}.")
    return int(found[1]) * _UNITS[found[2]]


def _moment(text: str) -> int:
    """:raises UsageError: it is no time with its zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise usage.UsageError(f"--from must be a time with its zone such as 2027-05-01T08:00Z, not {text!r}.")
    return int(moment.timestamp())


_COMMANDS: dict[str, Callable[[Any], int]] = {"key": _key, "make": _make, "show": _show, "apikey": _api_key}
