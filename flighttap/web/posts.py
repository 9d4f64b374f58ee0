"""What every POST must be, whoever asks for whatever: JSON, and from no page of a stranger."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from twisted.web.server import Request

from flighttap.rooms.policy import origin_allowed
from flighttap.web.answers import JSON, refuse

__all__ = ["body_of", "refused"]


def refused(request: Request, origins: Collection[str]) -> bool:
    """Whether a POST was answered already: 403 for its origin, 415 for what it holds.

    A form of another site can send neither ``application/json`` nor an origin of ours.

    :param origins: further origins that may post.
    """
    origin, host = _text(request, b"origin"), _text(request, b"host")
    if not origin_allowed(origin, secure=bool(request.isSecure()), host=host, allowed=origins):
        refuse(request, 403, "forbidden", "Pages of this origin may not post here.")
        return True
    content_type = request.getHeader(b"content-type") or b""
    if content_type.partition(b";")[0].strip().lower() != JSON:
        refuse(request, 415, "unsupported_type", "What is posted must be application/json.")
        return True
    return False


def body_of(request: Request) -> bytes:
    """What was posted."""
    content: Any = request.content
    return bytes(content.read())


def _text(request: Request, name: bytes) -> str | None:
    value = request.getHeader(name)
    return None if value is None else value.decode("latin-1")
