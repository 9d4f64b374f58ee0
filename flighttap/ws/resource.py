"""The door to the rooms: a web resource that checks a request and upgrades it."""

from __future__ import annotations

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
from flighttap.access.requests import caller_of, facts_of
from flighttap.rooms.policy import origin_allowed
from flighttap.wire.messages import error
from flighttap.ws.admission import Admission, BadRequest, admit
from flighttap.ws.factory import RoomFactory
from flighttap.ws.protocol import RoomProtocol

__all__ = ["RoomResource"]


@implementer(IResource)
class RoomResource:
    """Mounted at ``/ws``: admits ``tracker/<room>/`` and nothing else.

    :param origins: further origins whose pages may connect, from
        :func:`~flighttap.rooms.policy.normal_origin`.
    :param access: says what the caller may do.
    """

    isLeaf = True

    def __init__(self, factory: RoomFactory, access: Access, *, origins: Collection[str] = ()) -> None:
        self._factory = factory
        self._access = access
        self._origins = frozenset(origins)

    def getChildWithDefault(self, name: bytes, request: Request) -> IResource:
        """Never asked: a leaf."""
        return self

    def putChild(self, path: bytes, child: IResource) -> None:
        """Never asked: a leaf."""

    def render(self, request: Request) -> Any:
        try:
            admission = self._admission(request)
        except BadRequest as refused:
            self._factory.hub.meter.refused[refused.status] += 1
            request.setResponseCode(refused.status)
            request.setHeader(b"Content-Type", b"application/json")
            request.setHeader(b"Cache-Control", b"no-store")
            if refused.status == 426:
                request.setHeader(b"Upgrade", b"websocket")
            if refused.status == 503:
                request.setHeader(b"Retry-After", b"5")
            return msgspec.json.encode({"error": error(refused.code, str(refused))})
        channel: Any = request.channel
        early: bytes = channel.clearLineBuffer()
        channel.transport.unregisterProducer()
        admitted = _Admitted(self._factory, admission, caller_of(self._access, request))
        answer = WebSocketResource(admitted).render(request)
        if early:
            admitted.protocol.dataReceived(early)
        return answer

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
        )
        if request.method != b"GET" or "websocket" not in [
            item.lower() for line in _headers(request, "upgrade") for item in _items(line)
        ]:
            raise BadRequest(426, "upgrade_required", "Connect to this address by WebSocket.")
        if _headers(request, "sec-websocket-version") != ["13"] or len(_headers(request, "sec-websocket-key")) != 1:
            raise BadRequest(400, "bad_request", "A WebSocket request has one key and the version 13.")
        host, origin = request.getHeader("host"), request.getHeader("origin")
        if not origin_allowed(origin, secure=request.isSecure(), host=host, allowed=self._origins):
            raise BadRequest(403, "forbidden", "Pages of this origin may not connect: list it under origins.")
        return replace(admission, address=facts_of(request).peer_address)


class _Admitted:
    """Stands in for the factory for one request, so that its protocol knows what was admitted, and whom."""

    protocol: RoomProtocol

    def __init__(self, factory: RoomFactory, admission: Admission, caller: Caller) -> None:
        self._factory = factory
        self._admission = admission
        self._caller = caller

    def buildProtocol(self, address: IAddress) -> RoomProtocol:
        self.protocol = self._factory.buildProtocol(address)
        self.protocol.admission = self._admission
        self.protocol.caller = self._caller
        return self.protocol


def _headers(request: Request, name: str) -> Sequence[str]:
    return request.requestHeaders.getRawHeaders(name) or ()


def _items(line: str) -> list[str]:
    return [item.strip() for item in line.split(",") if item.strip()]
