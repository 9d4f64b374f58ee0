"""What an HTTP request tells of its caller: addresses, names of headers, and a token.

A token comes in the ``Authorization`` header, in a cookie, or in the query; the
first of these that is there counts. One in the query is taken out of it, so that
nobody after us sees it; it works, but stands in histories and in proxies' logs.
"""

from __future__ import annotations

from typing import Any

from twisted.web.server import Request

from flighttap.access.access import Access, Caller, Facts

__all__ = ["COOKIE", "caller_of", "facts_of", "token_of"]

COOKIE = b"flighttap_token"
QUERY = b"token"


def caller_of(access: Access, request: Request) -> Caller:
    """Who made a request.

    :raises BadToken: it came with a token that is not good.
    """
    return access.caller(facts_of(request), token_of(access, request))


def facts_of(request: Request) -> Facts:
    """What is known of whoever made a request."""
    host = request.getHeader(b"host")
    return Facts(
        local_address=_host_of(request.getHost()),
        peer_address=_host_of(request.getClientAddress()),
        host=None if host is None else host.decode("latin-1"),
        headers=frozenset(name.decode("latin-1").lower() for name, _ in request.requestHeaders.getAllRawHeaders()),
    )


def token_of(access: Access, request: Request) -> str | None:
    """The token that came with a request, unread; ``None`` where there is none, or no keys to read it with."""
    if not access.has_keys:
        return None
    in_query = request.args.pop(QUERY, []) if request.args else []
    if in_query:
        access.warn_of_query()
    for line in request.requestHeaders.getRawHeaders(b"authorization") or ():
        scheme, _, token = line.strip().partition(b" ")
        if scheme.lower() == b"bearer":
            return token.strip().decode("latin-1")
    cookie: bytes | None = request.getCookie(COOKIE)
    given = cookie or (b"".join(in_query) if in_query else None)
    return None if given is None else given.decode("latin-1")


def _host_of(address: Any) -> str:
    return getattr(address, "host", "")
