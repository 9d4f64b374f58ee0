"""Single values in a feed's description: numbers, flags, places, addresses.

A wrong one is a ConfigError that says why.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Collection
from typing import Any

from flighttap.errors import ConfigError

__all__ = [
    "SHARES",
    "Reader",
    "check_known",
    "number_within",
    "read_flag",
    "read_host_and_port",
    "read_port",
    "read_position",
    "read_receiver",
    "read_share",
    "whole_within",
]

SHARES = ("rounded", "exact", "hidden")

Reader = Callable[[str, str], Any]
"""Turns an option's name and text into its value, or raises ConfigError."""


def number_within(low: float, high: float, *, above: bool = False, never: bool = False) -> Reader:
    """A reader of numbers from ``low`` (itself not if ``above``; 0 too if ``never``) to ``high``."""

    def read(name: str, text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        enough = value > low if above else value >= low
        if not (enough and value <= high) and not (never and value == 0):
            bounds = f"above {low:g} and at most {high:g}" if above else f"from {low:g} to {high:g}"
            raise ConfigError(f"{name} must be a number {bounds}{', or 0 for never' if never else ''}, not {text!r}")
        return value

    return read


def whole_within(low: int, high: int) -> Reader:
    """A reader of whole numbers from ``low`` to ``high``."""

    def read(name: str, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", text, re.ASCII) or not low <= int(text) <= high:
            raise ConfigError(f"{name} must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return read


def read_flag(name: str, text: str) -> bool:
    """1 or 0.

    :raises ConfigError: it is neither.
    """
    value = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}.get(text.lower())
    if value is None:
        raise ConfigError(f"{name} must be 1 or 0, not {text!r}")
    return value


def read_receiver(name: str, text: str) -> tuple[float, float]:
    """``LAT,LON`` in degrees.

    :raises ConfigError: it is something else.
    """
    try:
        return read_position([float(part) for part in text.split(",")])
    except ValueError:
        raise ConfigError(f"{name} must be LAT,LON in degrees, such as 52.31,4.76, not {text!r}") from None


def read_position(given: object) -> tuple[float, float]:
    """A latitude and a longitude in degrees.

    :raises ConfigError: it is something else.
    """
    if isinstance(given, list) and len(given) == 2 and all(type(each) in (int, float) for each in given):
        lat, lon = map(float, given)
        if abs(lat) <= 90 and abs(lon) <= 180:
            return lat, lon
    raise ConfigError(f"receiver must be a latitude within ±90 and a longitude within ±180 degrees, not {given!r}")


def read_share(name: str, text: str) -> str:
    """How the receiver's position may be shown.

    :raises ConfigError: it is none of :data:`SHARES`.
    """
    check_known(name, text, SHARES)
    return text


def read_host_and_port(text: str) -> tuple[str, int]:
    """``HOST:PORT``, an IPv6 address in brackets.

    :raises ConfigError: it is something else.
    """
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise ConfigError(f"tcp: needs HOST:PORT, such as tcp:localhost:30005, not {text!r}")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ConfigError(f"put an IPv6 address in brackets: tcp:[{host}]:{port}")
    if not host or any(character.isspace() for character in host):
        raise ConfigError(f"{host!r} is no host")
    return host, read_port(port, lowest=1)


def read_port(text: str, lowest: int) -> int:
    """:raises ConfigError: it is no port from ``lowest`` to 65535."""
    return int(whole_within(lowest, 65535)("the port", text))


def check_known(what: str, word: str, words: Collection[str]) -> None:
    """:raises ConfigError: ``word`` is none of ``words``; names the nearest."""
    if word not in words:
        near = difflib.get_close_matches(word, words, 1, 0.5)
        hint = f"; did you mean {near[0]!r}" if near else ""
        raise ConfigError(f"{what} {word!r} is not known{hint} (known: {', '.join(words)})")
