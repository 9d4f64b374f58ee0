"""Who may do what, and how much of it: limits, room rules, origins, publishing.

Pure decisions on plain values; the shells ask and carry out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from typing import Any, ClassVar
from urllib.parse import urlsplit

from flighttap.errors import ConfigError

__all__ = [
    "ROLES",
    "ROOM_NAME",
    "Limits",
    "RoomRules",
    "is_local",
    "is_loopback",
    "normal_origin",
    "origin_allowed",
    "permitted",
    "valid_room_name",
]

ROOM_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}\Z")
FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")

ROLES = ("watch", "publish", "admin")
"""What somebody may be in a room, the least first."""

_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


def valid_room_name(name: str) -> bool:
    """Whether this may name a room: letters, digits, ``_`` and ``-``, 1 to 80, no ``-`` in front."""
    return ROOM_NAME.match(name) is not None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer, one room and the whole process may use; each can be set by name.

    Sizes in bytes, times in seconds, rates per second.
    """

    message: int = 65536
    depth: int = 32
    fragments: int = 64
    pings: int = 10
    publish_rate: float = 50.0
    publish_burst: int = 100
    room_rate: float = 1000.0
    control_rate: float = 20.0
    connections_per_address: int = 200
    connect_rate: float = 20.0
    work: float = 0.2
    rooms: int = 10_000
    aircraft: int = 50_000
    members: int = 10_000
    presence_list: int = 200
    name_length: int = 40
    events: int = 1000
    event_age: float = 600.0
    filters: int = 500
    field_sets: int = 32
    tombstones: int = 100_000
    tombstone_age: float = 900.0
    handshake: float = 5.0
    token: float = 10.0
    stall: float = 120.0
    bad_messages: int = 20

    NAMES: ClassVar[tuple[str, ...]]

    def replaced(self, changes: Mapping[str, float]) -> Limits:
        """These limits with some set anew.

        :raises ConfigError: a value that is negative or not of the limit's kind.
        """
        values: dict[str, Any] = {name: getattr(self, name) for name in self.NAMES}
        for name, value in changes.items():
            kind = type(values[name])
            if value < 0 or (kind is int and value != int(value)):
                form = "a whole number" if kind is int else "a number"
                raise ConfigError(f"The limit {name} must be {form}, 0 or more, not {value}.")
            values[name] = kind(value)
        return Limits(**values)


Limits.NAMES = tuple(field.name for field in fields(Limits))


@dataclass(frozen=True, slots=True)
class RoomRules:
    """What a declared room allows.

    :param publish: ``local`` (this machine itself, or by token; the default), ``anyone``, ``token`` (by token alone) or
        ``nobody``.
    :param watch: ``anyone``, ``members`` (by token alone) or ``nobody``.
    :param listed: whether the list of rooms shows it.
    """

    publish: str = "local"
    watch: str = "anyone"
    listed: bool = True

    PUBLISH: ClassVar[tuple[str, ...]] = ("local", "anyone", "token", "nobody")
    WATCH: ClassVar[tuple[str, ...]] = ("anyone", "members", "nobody")


def is_loopback(address: str) -> bool:
    """Whether an address as text is this machine's own (127.0.0.0/8, ::1, mapped too)."""
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback


def is_local(*, local_address: str, peer_address: str, host: str | None, headers: Iterable[str]) -> bool:
    """Whether a caller is somebody on this very machine.

    Only where the listener and the peer are both loopback, nothing was
    forwarded by a proxy and ``Host`` is one of this machine's own names; a page of
    another site that resolves to 127.0.0.1 is kept out by the last.

    :param local_address: our end of the connection.
    :param host: the ``Host`` header.
    :param headers: names of the request's headers, lower-case.
    """
    return (
        is_loopback(local_address)
        and is_loopback(peer_address)
        and not any(name in FORWARDING_HEADERS for name in headers)
        and host is not None
        and re.sub(r":\d+\Z", "", host.lower()) in _LOCAL_HOSTS
    )


def permitted(role: str, rules: RoomRules, held: Collection[str], *, local: bool, open_publish: bool) -> bool:
    """Whether somebody may act in a role in a room.

    :param role: ``watch`` or ``publish``; who is admin is not a matter of a room's rules.
    :param held: the roles that a token gives in this room; ``admin`` gives the others, too.
    :param local: by :func:`is_local`.
    :param open_publish: whether anybody may publish into rooms that do not say otherwise.
    """
    by_token = role in held or "admin" in held
    if role == "watch":
        return rules.watch == "anyone" or (rules.watch == "members" and by_token)
    if rules.publish == "local":
        return open_publish or local or by_token
    return rules.publish == "anyone" or (rules.publish == "token" and by_token)


def normal_origin(text: str) -> str | None:
    """``scheme://host:port`` with the port always said, or ``None`` where it is no origin."""
    try:
        parts = urlsplit(text.strip().lower())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    if (
        not parts.hostname
        or port is None
        or parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or "@" in text
    ):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def origin_allowed(origin: str | None, *, secure: bool, host: str | None, allowed: Iterable[str]) -> bool:
    """Whether a request with this ``Origin`` may upgrade or post.

    :param origin: the header, ``None`` where absent (not a browser).
    :param secure: whether the connection is TLS.
    :param host: the ``Host`` header.
    :param allowed: further origins, from :func:`normal_origin`.
    """
    if origin is None:
        return True
    given = normal_origin(origin)
    if given is None:
        return False
    own = normal_origin(f"{'https' if secure else 'http'}://{host}") if host else None
    return given == own or given in allowed
