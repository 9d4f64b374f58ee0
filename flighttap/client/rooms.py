"""Ask a server which rooms it has."""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.internet.defer import CancelledError
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseFailed, readBody
from twisted.web.http_headers import Headers

from flighttap.client.address import Address, tls_options
from flighttap.client.connection import why_not_connected
from flighttap.client.errors import Unreachable

__all__ = ["list_rooms"]

_PATIENCE = 10.0
"""Seconds that the server has for its whole answer."""


async def list_rooms(address: Address, reactor: Any) -> list[dict[str, Any]]:
    """The rooms as ``/api/v1/rooms`` describes them.

    :raises Unreachable: nothing answered, or no flighttap did; one sentence.
    :raises ConfigError: the address is https and the libraries for TLS are missing.
    """
    if address.secure:
        tls_options(address.host)
    url = address.api("rooms")
    agent = Agent(reactor, connectTimeout=_PATIENCE)
    headers = Headers({"User-Agent": ["flighttap"], "Accept": ["application/json"]})
    try:
        response = await agent.request(b"GET", url.encode("ascii"), headers).addTimeout(_PATIENCE, reactor)
        body = await readBody(response).addTimeout(_PATIENCE, reactor)
    except (TimeoutError, CancelledError) as error:
        raise Unreachable(f"{address.netloc} did not answer within {_PATIENCE:g} s.") from error
    except ResponseFailed as error:
        raise Unreachable(f"{address.netloc} answered, but not as a web server does.") from error
    except Exception as error:
        why = why_not_connected(Failure(error), address).why
        raise Unreachable(f"{why[0].upper()}{why[1:]}.") from error
    if response.code != 200:
        raise Unreachable(f"{url} answered {response.code}. Is a flighttap there?")
    try:
        rooms = msgspec.json.decode(body, type=dict[str, list[dict[str, Any]]])["rooms"]
    except (msgspec.DecodeError, KeyError) as error:
        raise Unreachable(f"{url} answered something that is no list of rooms. Is a flighttap there?") from error
    return rooms
