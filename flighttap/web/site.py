"""Everything on one port: the page, its files, the API and, under ``/ws``, whatever resource carries the rooms.

=============================  =================================================
``/``, ``/tracker``            302 to ``/tracker/``
``/tracker/``                  the page
``/tracker/<room>``            the same page, for a valid room name
``/admin/``                    the operator's page
``/static/<version>/<file>``   the page's files, kept by browsers for ever
``/api/v1/…``                  :mod:`flighttap.web.api`
``/map.pmtiles``               the operator's own map, where there is one
``/healthz``                   alive
``/readyz``                    200 while it lets people in, else 503
``/metrics``                   :mod:`flighttap.web.metrics`
``/ws/…``                      the resource given
=============================  =================================================

Anything else is 404; nothing here looks at a disk after the start.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.web.resource import IResource
from twisted.web.server import Request

from flighttap.rooms.policy import Limits, valid_room_name
from flighttap.web.answers import Node, redirect, security_headers, send
from flighttap.web.api import Api
from flighttap.web.archive import ArchiveResource
from flighttap.web.files import Headers, IndexResource, OperatorResource, PageFiles, StaticResource
from flighttap.web.forwarded import NOBODY, TrustedProxies
from flighttap.web.ground import ARCHIVE, Ground
from flighttap.web.hardening import HardenedSite
from flighttap.web.metrics import MetricsResource
from flighttap.web.operator import Door

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from flighttap.access.access import Access
    from flighttap.hub import Hub

__all__ = ["STATIC", "make_site"]

_PLAIN = b"text/plain; charset=utf-8"

STATIC = Path(__file__).parent / "static"
"""The page's files in this installation."""


def make_site(
    hub: Hub,
    room_resource: IResource,
    *,
    reactor: IReactorTime,
    limits: Limits,
    access: Access,
    origins: Collection[str] = (),
    static: Path = STATIC,
    ground: Ground | None = None,
    proxies: TrustedProxies = NOBODY,
    embedders: Collection[str] = (),
) -> HardenedSite:
    """The site of one hub, ready to be listened on.

    :param room_resource: answers everything under ``/ws``.
    :param limits: ``handshake``, ``message`` and ``connections_per_address`` bound HTTP too.
    :param access: says what a caller may do.
    :param origins: further origins that may post, each from :func:`~flighttap.rooms.policy.normal_origin`.
    :param static: the folder of the page.
    :param ground: the map under the aircraft, where it is not the page's own.
    :param proxies: whose word on who asks is believed.
    :param embedders: origins whose pages may show a room's map in a frame, or ``*``.
    :raises ConfigError: the page's files are missing.
    """
    page = PageFiles.read(static, ground)
    asked = ground.origins if ground is not None else ()
    root = Node()
    root.putChild(b"", _Redirect(b"/tracker/"))
    root.putChild(b"tracker", _Tracker(page, security_headers(asked, sorted(embedders))))
    root.putChild(b"static", StaticResource(page))
    admin = _Redirect(b"/admin/")
    admin.putChild(b"", OperatorResource(page))
    root.putChild(b"admin", admin)
    if ground is not None and ground.file is not None:
        root.putChild(ARCHIVE.removeprefix("/").encode("ascii"), ArchiveResource(ground.file))
    root.putChild(b"healthz", _Health())
    root.putChild(b"readyz", _Ready(hub))
    root.putChild(b"metrics", MetricsResource(hub, Door(access), lambda: site.capped))
    root.putChild(b"ws", room_resource)
    api = Node()
    api.putChild(b"v1", Api(hub, access, limits=limits, origins=origins))
    root.putChild(b"api", api)
    site = HardenedSite(
        root,
        reactor=reactor,
        header_deadline=limits.handshake,
        body_cap=limits.message,
        connections_per_address=limits.connections_per_address,
        headers=security_headers(asked),
        proxies=proxies,
        work=limits.work,
    )
    return site


class _Redirect(Node):
    def __init__(self, location: bytes) -> None:
        super().__init__()
        self._location = location

    def render_GET(self, request: Request) -> int:
        return redirect(request, self._location)


class _Tracker(_Redirect):
    """``/tracker`` and what is under it."""

    def __init__(self, page: PageFiles, framed: Headers) -> None:
        super().__init__(b"/tracker/")
        self._page = page
        self._framed = framed
        self.putChild(b"", IndexResource(page))

    def getChild(self, path: bytes, request: Request) -> IResource:
        if not valid_room_name(path.decode("latin-1")):
            return super().getChild(path, request)
        room = IndexResource(self._page, self._framed)
        room.putChild(b"", _Redirect(b"/tracker/" + path))
        return room


class _Health(Node):
    def render_GET(self, request: Request) -> int:
        request.setHeader(b"Cache-Control", b"no-store")
        return send(request, 200, _PLAIN, b"ok\n")


class _Ready(Node):
    """Whether whoever spreads connections over servers should send some here."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    def render_GET(self, request: Request) -> int:
        request.setHeader(b"Cache-Control", b"no-store")
        if self._hub.ready:
            return send(request, 200, _PLAIN, b"ready\n")
        request.setHeader(b"Retry-After", b"5")
        return send(request, 503, _PLAIN, b"draining\n" if self._hub.crowd.stopping else b"starting\n")
