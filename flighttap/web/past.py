"""What a room remembers, over HTTP: trails of a part of the map or of one flight, and how far its receiver hears.

=============================  =================================================
``…/trails?bbox=w,s,e,n``      the trails of the flights that are there now
``…/trails/<key>``             the trail of one flight
``…/reach``                    the farthest position in each direction, JSON
=============================  =================================================
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request

from flighttap.aircraft.identity import parse_key
from flighttap.errors import BadField
from flighttap.rooms.reach import SECTORS
from flighttap.rooms.wishes import read_area
from flighttap.web.answers import JSON, NO_CACHE, Node, Representation, refuse, serve

if TYPE_CHECKING:
    from flighttap.hub import Hub
    from flighttap.rooms.room import Room

__all__ = ["ReachResource", "TrailsResource"]

PACKED = b"application/octet-stream"
GZIP = 1

Readable = Callable[[str, Request], "Room | None"]
Keep = Callable[[tuple[str, str], Callable[[], Representation]], Representation]


class TrailsResource(Node):
    """``…/trails``.

    :param readable: gives the room, or refuses the request and gives ``None``.
    :param keep: gives a body that was made a moment ago, or makes it.
    """

    def __init__(self, hub: Hub, name: str, readable: Readable, keep: Keep) -> None:
        super().__init__()
        self._hub = hub
        self._name = name
        self._readable = readable
        self._keep = keep

    def getChild(self, path: bytes, request: Request) -> IResource:
        if path == b"":
            return self
        return (
            _Trail(self, unquote(path.decode("latin-1"))) if not request.postpath else super().getChild(path, request)
        )

    def render_GET(self, request: Request) -> int:
        room = self._readable(self._name, request)
        if room is None:
            return NOT_DONE_YET
        try:
            box = _box(request)
            area = read_area(box)
        except BadField as fault:
            return refuse(request, 400, fault.code, str(fault))
        tiles = list(room.tiles) if area.tiles is None else [tile for tile in area.tiles if tile in room.tiles]
        keys = [key for tile in tiles for key in room.tiles[tile]]
        return serve(request, self._keep((room.name, f"trails{box}"), partial(self.body, room, keys)), NO_CACHE)

    def one(self, key: str, request: Request) -> int:
        """Answer with the trail of one flight."""
        try:
            key = parse_key(key)
        except BadField as fault:
            return refuse(request, 400, fault.code, str(fault))
        room = self._readable(self._name, request)
        if room is None:
            return NOT_DONE_YET
        if key not in room.aircraft and key not in self._hub.past.of(room).trails.of:
            return refuse(request, 404, "not_found", "There is no such flight in this room.")
        return serve(request, self.body(room, [key]), NO_CACHE)

    def body(self, room: Room, keys: Iterable[str]) -> Representation:
        """The packed trails of some flights of a room."""
        epoch = self._hub.wall() - self._hub.clock.seconds()
        return _tagged(self._hub.past.of(room).trails.packed(keys, round(epoch, 1)), PACKED)


class _Trail(Node):
    def __init__(self, trails: TrailsResource, key: str) -> None:
        super().__init__()
        self._trails = trails
        self._key = key

    def render_GET(self, request: Request) -> int:
        return self._trails.one(self._key, request)


class ReachResource(Node):
    """``…/reach``; 404 where no receiver is shown."""

    def __init__(self, hub: Hub, name: str, readable: Readable) -> None:
        super().__init__()
        self._hub = hub
        self._name = name
        self._readable = readable

    def render_GET(self, request: Request) -> int:
        room = self._readable(self._name, request)
        if room is None:
            return NOT_DONE_YET
        memory = self._hub.past.of(room)
        if memory.reach is None:
            return refuse(request, 404, "not_found", "This room shows no receiver, or more than one.")
        reach = {
            "room": room.name,
            "feed": memory.feed,
            "receiver": memory.reach.receiver,
            "step": 360 / SECTORS,
            "farthest": memory.reach.sectors,
        }
        return serve(request, _tagged(msgspec.json.encode(reach), JSON), NO_CACHE)


def _box(request: Request) -> list[float] | None:
    """Read ``bbox=w,s,e,n``.

    :raises BadField: it is wrong, or something else is asked for.
    """
    said = request.args or {}
    if set(said) - {b"bbox"} or any(len(values) != 1 for values in said.values()):
        raise BadField("The only option here is bbox, once.")
    if b"bbox" not in said:
        return None
    try:
        return [float(edge) for edge in said[b"bbox"][0].split(b",")]
    except ValueError:
        raise BadField("bbox must be west,south,east,north in degrees.") from None


def _tagged(plain: bytes, content_type: bytes) -> Representation:
    return Representation(plain, content_type, blake2b(plain, digest_size=8).hexdigest(), GZIP)
