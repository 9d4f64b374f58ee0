"""The door to the rooms: a web resource that checks a request and upgrades it."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from autobahn.twisted.resource import WebSocketResource
from twisted.internet.interfaces import IAddress
from twisted.web.resource import IResource
from twisted.web.server import Request
from zope.interface import implementer

from flighttap.access.access import Access, Caller
from flighttap.access.requests import facts_of, token_of
from flighttap.errors import RateLimited, Refused
from flighttap.rooms.policy import origin_allowed
from flighttap.rooms.rates import Rates, address_key
from flighttap.wire.messages import error
from flighttap.ws.admission import Admission, BadRequest, admit
from flighttap.ws.factory import RoomFactory
from flighttap.ws.protocol import RoomProtocol

__all__ = ["RoomResource"]

_KEY = re.compile(r"[A-Za-z0-9+/]{22}==\Z")
_HOST = re.compile(r"(?:[^:\[\]]*|\[[^\]]*\])(?::\d{1,5})?\Z")
_REASONS = {426: b"Upgrade Required"}
_RETRY = {503: 5}
"""Seconds after which another attempt may succeed, where the refusal does not say."""


@implementer(IResource)
class RoomResource:
    """Mounted at ``/ws``: admits ``tracker/<room>/`` and, without ``echo``, nothing else.

    :param origins: further origins whose pages may connect, from
        :func:`~flighttap.rooms.policy.normal_origin`.
    :param access: says what the caller may do.
    :param echo: admit ``echo`` too, where every message comes back.
    """

    isLeaf = True

    def __init__(
        self, factory: RoomFactory, access: Access, *, origins: Collection[str] = (), echo: bool = False
    ) -> None:
        self._factory = factory
        self._access = access
        limits = factory.hub.limits
        self._connects = Rates(limits.connect_rate, max(limits.connections_per_address, limits.connect_rate))
        self._origins = frozenset(origins)
        self._echo = echo

    def getChildWithDefault(self, name: bytes, request: Request) -> IResource:
        """Never asked: a leaf."""
        return self

    def putChild(self, path: bytes, child: IResource) -> None:
        """Never asked: a leaf."""

    def render(self, request: Request) -> Any:
        try:
            token = token_of(self._access, request)
            admission = self._admission(request)
        except BadRequest as refused:
            self._factory.hub.meter.refused[refused.status] += 1
            request.setResponseCode(refused.status, _REASONS.get(refused.status))
            request.setHeader(b"Content-Type", b"application/json")
            request.setHeader(b"Cache-Control", b"no-store")
            if refused.status == 426:
                request.setHeader(b"Upgrade", b"websocket")
            retry_after = refused.retry_after or _RETRY.get(refused.status)
            if retry_after:
                request.setHeader(b"Retry-After", b"%d" % math.ceil(retry_after))
            return msgspec.json.encode({"error": error(refused.code, str(refused))})
        channel: Any = request.channel
        early: bytes = channel.clearLineBuffer()
        channel.transport.unregisterProducer()
        admitted = _Admitted(self._factory, admission, self._caller(request, token), channel.site.headers)
        answer = WebSocketResource(admitted).render(request)
        if early:
            admitted.protocol.dataReceived(early)
        return answer

    def _caller(self, request: Request, token: str | None) -> Caller | Refused:
        """Who asks, or why not: that is said by a close code, for no browser shows the answer to an upgrade."""
        try:
            return self._access.caller(facts_of(request), token)
        except Refused as refused:
            return refused

    def _admission(self, request: Request) -> Admission:
        if self._factory.stopping:
            raise BadRequest(503, "stopping", "The server is stopping.")
        admission = admit(
            [segment.decode("latin-1") for segment in request.postpath or ()],
            {
                name.decode("latin-1"): [value.decode("latin-1") for value in values]
                for name, values in (request.args or {}).items()
            },
            [offer for line in _headers(request, "sec-websocket-protocol") for offer in _items(line)],
            echo=self._echo,
        )
        _check_upgrade(request)
        host, origin = (next(iter(_headers(request, name)), None) for name in ("host", "origin"))
        if not origin_allowed(origin, secure=request.isSecure(), host=host, allowed=self._origins):
            raise BadRequest(403, "forbidden", "Pages of this origin may not connect: list it under origins.")
        peer = request.getClientAddress()
        try:
            if address_key(peer) is not None:
                self._connects.take(peer, self._factory.reactor.seconds())
        except RateLimited as limited:
            wait = limited.retry_ms / 1000
            raise BadRequest(429, limited.code, "Too many connections too fast: wait a moment.", wait) from None
        return replace(admission, address=facts_of(request).peer_address)


class _Admitted:
    """Stands in for the factory for one request, so that its protocol knows what was admitted, and whom."""

    protocol: RoomProtocol

    def __init__(
        self,
        factory: RoomFactory,
        admission: Admission,
        caller: Caller | Refused,
        headers: Sequence[tuple[bytes, bytes]],
    ) -> None:
        self._factory = factory
        self._admission = admission
        self._caller = caller
        self._headers = headers

    def buildProtocol(self, address: IAddress) -> RoomProtocol:
        self.protocol = self._factory.buildProtocol(address)
        self.protocol.admission = self._admission
        if isinstance(self._caller, Refused):
            self.protocol.refused = self._caller
        else:
            self.protocol.caller = self._caller
        self.protocol.refusal_headers = self._headers
        return self.protocol


def _check_upgrade(request: Request) -> None:
    """See to it that Autobahn, which reads the request again, finds nothing wrong with it.

    :raises BadRequest: something is.
    """
    wanted = {item.lower() for line in _headers(request, "upgrade") for item in _items(line)}
    if request.method != b"GET" or request.clientproto != b"HTTP/1.1" or "websocket" not in wanted:
        raise BadRequest(426, "upgrade_required", "Connect to this address by WebSocket.")
    content: Any = request.content
    connection = {item.lower() for line in _headers(request, "connection") for item in _items(line)}
    if "upgrade" not in connection or content.read(1):
        raise BadRequest(400, "bad_request", "A WebSocket request says Connection: Upgrade and has no body.")
    keys = _headers(request, "sec-websocket-key")
    if _headers(request, "sec-websocket-version") != ["13"] or len(keys) != 1 or not _KEY.match(keys[0]):
        raise BadRequest(400, "bad_request", "A WebSocket request has one key of 16 bytes and the version 13.")
    offers = [offer for line in _headers(request, "sec-websocket-protocol") for offer in _items(line)]
    if len(set(offers)) != len(offers) or not all(_HOST.match(host) for host in _headers(request, "host")):
        raise BadRequest(400, "bad_request", "A WebSocket request names each subprotocol once, and a host.")


def _headers(request: Request, name: str) -> Sequence[str]:
    return [value.decode("latin-1") for value in request.requestHeaders.getRawHeaders(name.encode("ascii")) or ()]


def _items(line: str) -> list[str]:
    return [item.strip() for item in line.split(",") if item.strip()]
