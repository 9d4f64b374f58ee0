"""Where a room is: the addresses that people copy, read once and strictly.

The page's address from the browser and the WebSocket's are both taken::

    http://host:8000/tracker/demo      ws://host:8000/ws/tracker/demo/      host:8000/demo
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from flighttap.errors import ConfigError
from flighttap.rooms.policy import valid_room_name

__all__ = ["Address", "read_address", "read_server", "tls_options"]

_PORTS = {"http": 80, "https": 443}
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_PATH = re.compile(r"(?P<prefix>.*?)(?P<ws>/ws)?/tracker/(?P<room>[^/]+)/?\Z")
_EXAMPLE = "give it as http://HOST:8000/tracker/ROOM"


@dataclass(frozen=True, slots=True)
class Address:
    """A server, and a room on it where one was named.

    :param secure: whether it is TLS.
    :param host: name or IP address, without brackets.
    :param prefix: path before ``/tracker`` and ``/ws``, for a server behind a
        proxy; empty or with a slash in front.
    :param room: empty for the server as such.
    """

    secure: bool
    host: str
    port: int
    prefix: str = ""
    room: str = ""

    @property
    def netloc(self) -> str:
        """Host and port as text; an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def websocket(self) -> str:
        """The WebSocket's address."""
        return f"{'wss' if self.secure else 'ws'}://{self.netloc}{self.prefix}/ws/tracker/{self.room}/"

    @property
    def page(self) -> str:
        """The address for a browser."""
        return f"{'https' if self.secure else 'http'}://{self.netloc}{self.prefix}/tracker/{self.room}"

    def api(self, path: str) -> str:
        """The address of something below ``/api/v1``, such as ``rooms``."""
        return f"{'https' if self.secure else 'http'}://{self.netloc}{self.prefix}/api/v1/{path}"


def read_address(text: str) -> Address:
    """Read a room's address.

    :raises ConfigError: it is none; the sentence says what is wrong with it.
    """
    parts, scheme = _split(text)
    path = parts.path
    if scheme == "" and path.count("/") == 1 and path != "/":
        path = f"/tracker{path}"  # host:8000/demo
    found = _PATH.match(path)
    if found is None or "//" in found["prefix"]:
        raise ConfigError(f"{text!r} names no room: {_EXAMPLE}.")
    if found["ws"] and parts.query:
        raise ConfigError(f"{text!r} has options after '?', which are for plain WebSocket clients: leave them out.")
    room = unquote(found["room"])
    if not valid_room_name(room):
        raise ConfigError(f"{room!r} cannot name a room: letters, digits, _ and -, up to 80, no - in front.")
    return _address(text, parts, scheme, found["prefix"], room)


def read_server(text: str) -> Address:
    """Read a server's address; that of one of its rooms will do, too.

    :raises ConfigError: it is none.
    """
    parts, scheme = _split(text)
    found = _PATH.match(parts.path)
    path = found["prefix"] if found else re.sub(r"/tracker/?\Z", "", parts.path)
    if scheme == "" and path.count("/") == 1:
        path = ""  # host:8000/demo
    return _address(text, parts, scheme, path.rstrip("/"), "")


def tls_options(host: str) -> Any:
    """What a TLS connection to this host needs: its certificate is checked against the system's authorities.

    :raises ConfigError: the libraries for TLS are not installed.
    """
    try:
        from twisted.internet.ssl import optionsForClientTLS
    except ImportError as error:
        raise ConfigError(
            f"https and wss need more of Twisted ({error.name} is missing): pip install 'twisted[tls]'."
        ) from error
    return optionsForClientTLS(host)


def _split(text: str) -> tuple[SplitResult, str]:
    text = text.strip()
    has_scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text) is not None
    try:
        parts = urlsplit(text if has_scheme else f"//{text}")
    except ValueError as error:
        raise ConfigError(f"{text!r} is no address ({error}): {_EXAMPLE}.") from error
    if has_scheme and parts.scheme not in _SCHEMES:
        raise ConfigError(f"{text!r} begins with {parts.scheme}://, not with http, https, ws or wss: {_EXAMPLE}.")
    return parts, parts.scheme


def _address(text: str, parts: SplitResult, scheme: str, prefix: str, room: str) -> Address:
    web = _SCHEMES.get(scheme, "http")
    try:
        port = parts.port or _PORTS[web]
    except ValueError as error:
        raise ConfigError(f"{text!r} has no port from 1 to 65535: {_EXAMPLE}.") from error
    host = parts.hostname or ""
    try:
        host = host if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not re.fullmatch(r"[a-z0-9_.:-]+", host):
        raise ConfigError(f"{text!r} names no host: {_EXAMPLE}.")
    if not re.fullmatch(r"[\w.~%/-]*", prefix, re.ASCII):
        raise ConfigError(f"{text!r} has characters in its path that belong percent-encoded: {_EXAMPLE}.")
    if parts.username is not None:
        raise ConfigError(f"{text!r} has a user name in it, which flighttap has no use for: leave it out.")
    return Address(web == "https", host, port, prefix, room)
