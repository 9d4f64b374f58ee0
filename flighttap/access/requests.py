"""What an HTTP request tells of its caller: addresses, names of headers, and a token."""

from __future__ import annotations

from typing import Any

from twisted.web.server import Request

from flighttap.access.access import Access, Caller, Facts

__all__ = ["caller_of", "facts_of"]


def caller_of(access: Access, request: Request) -> Caller:
    """Who made a request.

    :raises BadToken, TokenExpired: it came with a token that is not good.
    """
    return access.caller(facts_of(request))


def facts_of(request: Request) -> Facts:
    """What is known of whoever made a request."""
    host = request.getHeader(b"host")
    return Facts(
        local_address=_host_of(request.getHost()),
        peer_address=_host_of(request.getClientAddress()),
        host=None if host is None else host.decode("latin-1"),
        headers=frozenset(name.decode("latin-1").lower() for name, _ in request.requestHeaders.getAllRawHeaders()),
    )


def _host_of(address: Any) -> str:
    return getattr(address, "host", "")
