"""How every HTTP answer of ours leaves: security headers, errors, gzip, ETags, large bodies in parts.

Resources decide *what* to say and call one of the functions here, which say it.
Nothing in this module knows a room or a route.
"""

from __future__ import annotations

import gzip
import math
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

import msgspec
from twisted.internet.interfaces import IPushProducer
from twisted.web.http import RESPONSES
from twisted.web.resource import IResource, Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.internet.interfaces import IDelayedCall

__all__ = [
    "SECURITY_HEADERS",
    "Node",
    "Representation",
    "absent",
    "accepts_gzip",
    "error_body",
    "redirect",
    "refuse",
    "security_headers",
    "send",
    "send_json",
    "serve",
]


def security_headers(origins: Iterable[str] = (), embedders: Iterable[str] = ()) -> tuple[tuple[bytes, bytes], ...]:
    """What is sent with every answer, the refusals of malformed requests included.

    :param origins: of others, which the page may ask for maps.
    :param embedders: origins whose pages may show the answer in a frame, or ``*``.
    """
    others = "".join(f" {origin}" for origin in origins).encode("ascii")
    framers = " ".join(embedders).encode("ascii")
    policy = (
        b"default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:%b; "
        b"connect-src 'self'%b; font-src 'self'; base-uri 'none'; frame-ancestors %b; form-action 'self'"
    )
    return (
        (b"Content-Security-Policy", policy % (others, others, framers or b"'none'")),
        (b"X-Content-Type-Options", b"nosniff"),
        (b"Referrer-Policy", b"no-referrer"),
        (b"Cross-Origin-Opener-Policy", b"same-origin"),
        (b"Cross-Origin-Resource-Policy", b"same-origin"),
        (b"Permissions-Policy", b"geolocation=(self), camera=(), microphone=(), payment=(), usb=()"),
        *(() if framers else ((b"X-Frame-Options", b"DENY"),)),
    )


SECURITY_HEADERS = security_headers()
"""Those of a server whose page asks nobody else."""

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"
NO_CACHE = b"no-cache"

PART = 65536
"""Bytes handed to a transport at once; what waits in one is copied per connection."""

STALL = 120.0
"""Seconds in which a reader of a large body must take one part."""

WORTH_GZIP = 1024
"""Bytes below which compressing saves nothing that a packet notices."""


class Node(Resource):
    """A resource whose unknown children are 404 of ours, and so is itself where it says nothing else."""

    def getChild(self, path: bytes, request: Request) -> IResource:
        return _ABSENT

    def render_GET(self, request: Request) -> int:
        return absent(request)


class Representation:
    """Bytes that may be asked for again: their type, their tag and their gzipped form.

    :param tag: what changes with the content; sent as a weak ETag, since the
        gzipped form carries it too and a live body keeps it while ages in it grow.
    :param level: of gzip, 1 (fast) to 9 (small); 0 for content that is compressed already.
    """

    __slots__ = ("_gzipped", "_level", "content_type", "etag", "plain")

    def __init__(self, plain: bytes, content_type: bytes, tag: str, level: int) -> None:
        self.plain = plain
        self.content_type = content_type
        self.etag = f'W/"{tag}"'.encode("ascii")
        self._level = level if len(plain) >= WORTH_GZIP else 0
        self._gzipped: bytes | None = None

    @property
    def compressible(self) -> bool:
        """Whether the answer depends on ``Accept-Encoding``."""
        return self._level > 0

    def gzipped(self) -> bytes:
        """The compressed form, made at the first call."""
        if self._gzipped is None:
            self._gzipped = gzip.compress(self.plain, self._level, mtime=0)
        return self._gzipped


def serve(request: Request, representation: Representation, cache_control: bytes) -> int:
    """Answer a GET or HEAD with a representation, or 304 when the caller has it."""
    request.setHeader(b"Cache-Control", cache_control)
    request.setHeader(b"ETag", representation.etag)
    if representation.compressible:
        request.setHeader(b"Vary", b"Accept-Encoding")
    if _has_it(request.getHeader(b"if-none-match"), representation.etag):
        request.setResponseCode(304)
        request.finish()
        return NOT_DONE_YET
    body = representation.plain
    if representation.compressible and accepts_gzip(request.getHeader(b"accept-encoding")):
        request.setHeader(b"Content-Encoding", b"gzip")
        body = representation.gzipped()
    return send(request, 200, representation.content_type, body)


def send(request: Request, status: int, content_type: bytes, body: bytes) -> int:
    """Write a whole answer; a large body goes in parts as the peer takes them."""
    request.setResponseCode(status)
    request.setHeader(b"Content-Type", content_type)
    request.setHeader(b"Content-Length", b"%d" % len(body))
    if len(body) <= PART or request.method == b"HEAD":
        request.write(b"" if request.method == b"HEAD" else body)
        request.finish()
    else:
        _Parts(request, body).start()
    return NOT_DONE_YET


def send_json(request: Request, value: Any, status: int = 200) -> int:
    """Answer with a value as JSON that is not to be kept."""
    request.setHeader(b"Cache-Control", NO_CACHE)
    return send(request, status, JSON, msgspec.json.encode(value))


def redirect(request: Request, location: bytes) -> int:
    """Answer 302 to a path of ours; never made from the request's ``Host``."""
    request.setHeader(b"Location", location)
    request.setHeader(b"Cache-Control", NO_CACHE)
    return send(request, 302, HTML, _page("Moved", f"The page is at {location.decode('ascii')}."))


def refuse(
    request: Request,
    status: int,
    code: str,
    message: str,
    *,
    allow: Iterable[str] = (),
    retry_after: float | None = None,
) -> int:
    """Answer with an error: JSON under ``/api/``, else a small page.

    :param code: the machine's word, PROTOCOL's where there is one.
    :param message: a fixed sentence for a person.
    :param allow: the methods there are, for a 405.
    :param retry_after: seconds, rounded up.
    """
    if allow:
        request.setHeader(b"Allow", ", ".join(allow).encode("ascii"))
    if retry_after is not None:
        request.setHeader(b"Retry-After", b"%d" % max(1, math.ceil(retry_after)))
    if status == 401:
        request.setHeader(b"WWW-Authenticate", b"Bearer")
    request.setHeader(b"Cache-Control", b"no-store")
    for name in (b"content-encoding", b"etag", b"vary"):
        request.responseHeaders.removeHeader(name)
    return send(request, status, *error_body(request.path, status, code, message))


def absent(request: Request) -> int:
    """Answer 404."""
    return refuse(request, 404, "not_found", "There is nothing here.")


def error_body(path: bytes, status: int, code: str, message: str) -> tuple[bytes, bytes]:
    """Content type and body of an error for whoever asked for this path."""
    if path.startswith(b"/api/"):
        return JSON, msgspec.json.encode({"error": {"code": code, "message": message}})
    return HTML, _page(f"{status} {RESPONSES.get(status, b'').decode('ascii')}", message)


def accepts_gzip(header: str | bytes | None) -> bool:
    """Whether an ``Accept-Encoding`` value allows gzip (RFC 9110, 12.5.3)."""
    if header is None:
        return False
    text = header.decode("latin-1") if isinstance(header, bytes) else header
    quality = {"*": 0.0}
    for item in text.lower().split(","):
        coding, _, parameters = item.partition(";")
        name, _, value = parameters.partition("=")
        quality[coding.strip()] = _quality(value) if name.strip() == "q" else 1.0
    return quality.get("gzip", quality["*"]) > 0


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _has_it(header: str | bytes | None, etag: bytes) -> bool:
    """Whether ``If-None-Match`` names the tag, compared weakly (RFC 9110, 13.1.2)."""
    if header is None:
        return False
    given = header if isinstance(header, bytes) else header.encode("latin-1")
    tags = {tag.strip().removeprefix(b"W/") for tag in given.split(b",")}
    return b"*" in tags or etag.removeprefix(b"W/") in tags


def _page(title: str, message: str) -> bytes:
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<h1>{escape(title)}</h1><p>{escape(message)}</p><p><a href="/tracker/">flighttap</a></p></html>\n'
    ).encode()


class _Absent(Resource):
    """404 to every method."""

    isLeaf = True

    def render(self, request: Request) -> int:
        return absent(request)


_ABSENT = _Absent()


@implementer(IPushProducer)
class _Parts:
    """Writes one body part by part, so that a slow reader holds 64 KiB of it and not a copy of all.

    A reader that takes no part for :data:`STALL` seconds is cut off.
    """

    def __init__(self, request: Request, body: bytes) -> None:
        self._request = request
        self._body = body
        self._offset = 0
        self._paused = False
        self._over = False
        self._stall: IDelayedCall | None = None

    def start(self) -> None:
        self._request.notifyFinish().addBoth(self._ended)
        self._request.registerProducer(self, True)
        self.resumeProducing()

    def resumeProducing(self) -> None:
        self._paused = False
        self._rearm()
        while not self._paused and not self._over and self._offset < len(self._body):
            part = self._body[self._offset : self._offset + PART]
            self._offset += PART
            self._request.write(part)
        if not self._over and self._offset >= len(self._body):
            self._request.unregisterProducer()
            self._request.finish()

    def pauseProducing(self) -> None:
        self._paused = True

    def stopProducing(self) -> None:
        self._ended(None)

    def _rearm(self) -> None:
        if self._stall is not None:
            self._stall.reset(STALL)
        else:
            self._stall = self._request.channel.callLater(STALL, self._stalled)

    def _stalled(self) -> None:
        self._stall = None
        self._over = True
        transport: Any = self._request.transport
        transport.abortConnection()

    def _ended(self, _: object) -> None:
        self._over = True
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None
