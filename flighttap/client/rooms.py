"""Ask a server which rooms it has."""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers

from flighttap.client.address import Address, tls_options
from flighttap.client.connection import tls_problem, why_not_connected
from flighttap.client.credentials import Credentials
from flighttap.client.errors import Unreachable
from flighttap.errors import BadToken

__all__ = ["ask", "list_rooms"]

_PATIENCE = 10.0
"""Seconds that the server has for its whole answer."""
_LARGEST = 16 * 1024 * 1024
"""Bytes that the list may have."""


class _Listing(msgspec.Struct):
    """What is read of the answer; a newer server may say more."""

    rooms: list[dict[str, Any]]


async def list_rooms(address: Address, reactor: Any, token: str | None = None) -> list[dict[str, Any]]:
    """The rooms as ``/api/v1/rooms`` describes them.

    :param token: shown to the server, which then lists the rooms for members, too.
    :raises Unreachable: nothing answered, or no flighttap did; one sentence.
    :raises BadToken: the server does not take the token.
    :raises ConfigError: the address is https and the libraries for TLS are missing.
    """
    try:
        return msgspec.json.decode(await ask(address, "rooms", reactor, token), type=_Listing).rooms
    except msgspec.DecodeError as error:
        url = address.api("rooms")
        raise Unreachable(f"{url} answered something that is no list of rooms. Is a flighttap there?") from error


async def ask(address: Address, path: str, reactor: Any, token: str | None = None) -> bytes:
    """What a server answers to a GET below ``/api/v1``.

    :param token: to be sent with it.
    :raises Unreachable: nothing answered, or no flighttap did, or it refused; one sentence.
    :raises BadToken: the server does not take the token.
    :raises ConfigError: the address is https and the libraries for TLS are missing.
    """
    if address.secure:
        tls_options(address.host)

    def late(_: object, seconds: float) -> bytes:
        raise Unreachable(f"{address.netloc} did not answer within {seconds:g} s.")

    shown = Credentials(token).now()
    return await Deferred.fromCoroutine(_ask(address, path, reactor, shown)).addTimeout(_PATIENCE, reactor, late)


async def _ask(address: Address, path: str, reactor: Any, token: str | None) -> bytes:
    url = address.api(path)
    said = {"User-Agent": "flighttap", "Accept": "application/json", **Credentials.headers(token)}
    headers = Headers({name: [value] for name, value in said.items()})
    try:
        response = await Agent(reactor).request(b"GET", url.encode("ascii"), headers)
        body = _Body()
        response.deliverBody(body)
        text = await body.whole
    except (ResponseFailed, ConnectionError) as error:
        for reason in getattr(error, "reasons", ()):
            problem = tls_problem(reason.value)
            if problem is not None:
                raise Unreachable(f"{problem[0].upper()}{problem[1:]}.") from error
        raise Unreachable(f"{address.netloc} answered, but not as a web server does.") from error
    except (ConnectError, DNSLookupError, OSError) as error:
        why = why_not_connected(Failure(error), address).why
        raise Unreachable(f"{why[0].upper()}{why[1:]}.") from error
    if response.code == 401 and token is not None:
        raise BadToken("The server does not take this token: it is for another hub, or has expired.")
    if response.code in (401, 403):
        raise Unreachable(f"{url} is for the server's operator: ask on that machine itself, or with an admin's token.")
    if response.code != 200:
        raise Unreachable(f"{url} answered {response.code}. Is a flighttap there?")
    return text


class _Body(Protocol):
    """Collects the body of a response.

    :ivar whole: fires with it, or fails with what cut it short.
    """

    def __init__(self) -> None:
        self.whole: Deferred[bytes] = Deferred(lambda _: self._leave())
        self._pieces: list[bytes] = []
        self._size = 0

    def dataReceived(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _LARGEST:
            self._leave()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.whole.called:
            return
        if reason.check(ResponseDone):
            self.whole.callback(b"".join(self._pieces))
        else:
            self.whole.errback(ConnectionError("the answer was cut short"))

    def _leave(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()
