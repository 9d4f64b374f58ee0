"""Static keys for feeders and programs: random words of which a file keeps the hashes.

A key is ``ft_NAME_SECRET``. NAME finds its entry; SECRET is 32 random bytes, so
that one SHA-256 of it is as good as a slow hash: there is nothing to guess. The
file, in TOML::

    [[key]]
    name = "roof"
    sha256 = "9f…"
    rooms = ["home"]
    roles = ["publish"]
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from flighttap.access.claims import read_grant
from flighttap.access.grant import Grant
from flighttap.errors import BadField, BadToken, ConfigError

__all__ = ["PREFIX", "ApiKeys", "entry_text", "new_api_key", "read_api_keys", "valid_key_name"]

PREFIX = "ft_"

_NAME = re.compile(r"[A-Za-z0-9-]{1,40}\Z")
_KEYS = ("name", "sha256", "rooms", "roles", "expires", "rate", "flights")
_NO_KEY = "That key is not known here."


def valid_key_name(name: str) -> bool:
    """Whether this may name a key: letters, digits and ``-``, 1 to 40."""
    return _NAME.match(name) is not None


class ApiKeys:
    """The keys of one file.

    :param entries: name to the hash of the secret and what the key gives.
    :param wall: Unix seconds.
    """

    def __init__(self, entries: Mapping[str, tuple[bytes, Grant]], wall: Callable[[], float]) -> None:
        self._entries = entries
        self._wall = wall

    def __call__(self, key: str) -> Grant:
        """What a key gives.

        :raises BadToken: it is not known, or has expired.
        """
        name, _, secret = key.removeprefix(PREFIX).partition("_")
        hashed, grant = self._entries.get(name, (bytes(32), None))
        same = hmac.compare_digest(sha256(secret.encode()).digest(), hashed)
        if grant is None or not same:
            raise BadToken(_NO_KEY)
        if grant.expires is not None and grant.expires <= self._wall():
            raise BadToken("That key has expired.")
        return grant


def read_api_keys(path: Path) -> dict[str, tuple[bytes, Grant]]:
    """Read a file of keys.

    :raises ConfigError: it cannot be read, or an entry is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}.") from None
    listed = table.get("key", [])
    if set(table) - {"key"} or not isinstance(listed, list):
        raise ConfigError(f"{path} must hold nothing but [[key]] tables.")
    entries: dict[str, tuple[bytes, Grant]] = {}
    for number, said in enumerate(listed, 1):
        try:
            name, hashed, grant = _entry(said)
        except BadField as fault:
            raise ConfigError(f"{path}, [[key]] number {number}: {fault}") from None
        if name in entries:
            raise ConfigError(f"{path} has two keys of the name {name}.")
        entries[name] = (hashed, grant)
    return entries


def new_api_key(name: str) -> tuple[str, str]:
    """A new key, and the hash of its secret in hex."""
    secret = base64.urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
    return f"{PREFIX}{name}_{secret}", sha256(secret.encode()).hexdigest()


def entry_text(name: str, hashed: str, rooms: Iterable[str], roles: Iterable[str], more: Mapping[str, Any]) -> str:
    """An entry as the file has it; ``more`` has numbers and times."""
    lines = [f'name = "{name}"', f'sha256 = "{hashed}"']
    lines += [
        f"{key} = {msgspec.json.encode(list(words)).decode()}" for key, words in (("rooms", rooms), ("roles", roles))
    ]
    lines += [f"{key} = {value.isoformat() if isinstance(value, datetime) else value}" for key, value in more.items()]
    return "\n[[key]]\n" + "\n".join(lines) + "\n"


def _entry(said: object) -> tuple[str, bytes, Grant]:
    if not isinstance(said, dict):
        raise BadField("It must be a table.")
    unknown = [key for key in said if key not in _KEYS]
    if unknown:
        raise BadField(f"{unknown[0]!r} is not known; known are {', '.join(_KEYS)}.")
    name, hashed, expires = said.get("name"), said.get("sha256"), said.get("expires")
    if not isinstance(name, str) or not valid_key_name(name):
        raise BadField("name must be letters, digits and -, at most 40.")
    if not isinstance(hashed, str) or not re.fullmatch(r"[0-9a-f]{64}", hashed):
        raise BadField("sha256 must be 64 hexadecimal digits.")
    if expires is not None and not (isinstance(expires, datetime) and expires.tzinfo is not None):
        raise BadField("expires must be a time with its zone, such as 2027-01-31T00:00:00Z.")
    grant = read_grant(said, name, f"key {name}", None)
    return name, bytes.fromhex(hashed), grant if expires is None else replace(grant, expires=expires.timestamp())
