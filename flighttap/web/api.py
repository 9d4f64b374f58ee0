"""``/api/v1``: rooms and their aircraft as JSON over HTTP, and publishing by POST.

Reading never makes a room; errors are ``{"error": {"code", "message"}}`` with
PROTOCOL's words where it has one. The bodies of large rooms are made once for
everybody who asks (:class:`Live`).
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple
from zlib import crc32

import msgspec
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET, Request

from flighttap import __version__
from flighttap.access.requests import caller_of
from flighttap.errors import BadField, BadOp, RateLimited, Refused, RoomBusy, RoomLimit, UnknownRoom, WireError
from flighttap.rooms.policy import Limits, valid_room_name
from flighttap.rooms.rates import Rates
from flighttap.rooms.tiles import inside
from flighttap.rooms.view import Scope
from flighttap.rooms.wishes import read_area, read_fields, read_where
from flighttap.web.admin import AdminApi
from flighttap.web.answers import JSON, NO_CACHE, Node, Representation, refuse, send_json, serve
from flighttap.web.operator import Door
from flighttap.web.past import ReachResource, TrailsResource
from flighttap.web.posts import body_of, refused
from flighttap.wire.messages import read_flights

if TYPE_CHECKING:
    from flighttap.access.access import Access, Caller
    from flighttap.hub import Hub
    from flighttap.rooms.room import Room

__all__ = ["Api", "Live"]

FRESH = 1.0
"""Seconds after which a body is made anew although nothing changed but the ages in it."""
REUSE = 20.0
"""Times as long as it took to make may a costly body serve: making it takes a twentieth of the time at most."""
LARGE = 256 * 1024
"""Bytes from which a body may be served although the room has gone on; smaller ones are always of the moment."""
KEPT_MOST = 1000
KEPT_BYTES = 64 * 2**20
"""Bodies kept at most, in bytes of the plain form."""

GZIP = 1
"""Level for bodies made on demand: the reactor waits for it."""

_WISHES = ("bbox", "where", "fields")
_ALWAYS = ("hex", "key", "seen", "seen_pos")
_IGNORED = ("_",)
_STATUS = {"too_big": 413, "forbidden": 403, "unauthorized": 401, "rate_limited": 429, "room_full": 503}
_FULL_RETRY = 60.0


class Api(Node):
    """What is under ``/api/v1``.

    :param access: says what a caller may do.
    :param origins: further origins that may post.
    :param stopwatch: seconds, to learn how long a body took.
    """

    def __init__(
        self,
        hub: Hub,
        access: Access,
        *,
        limits: Limits,
        origins: Collection[str],
        stopwatch: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__()
        self.hub = hub
        self.access = access
        self.limits = limits
        self.origins = origins
        self.live = Live(stopwatch)
        self.rates = Rates(limits.publish_rate, limits.publish_burst)
        self.putChild(b"rooms", _Rooms(self))
        self.putChild(b"admin", AdminApi(hub, Door(access), origins))

    def caller(self, request: Request) -> Caller | None:
        """Who asks, or ``None`` when the request was refused for its token."""
        try:
            return caller_of(self.access, request)
        except Refused as fault:
            refuse(request, 401, "unauthorized", str(fault))
            return None

    def readable(self, name: str, request: Request) -> Room | None:
        """The room, or ``None`` when the caller was refused it."""
        caller = self.caller(request)
        if caller is None:
            return None
        room = self.hub.rooms.get(name)
        if room is None:
            refuse(request, 404, "not_found", "There is no such room.")
            return None
        try:
            caller.need("watch", name)
        except WireError as fault:
            refuse(request, _STATUS[fault.code], fault.code, str(fault))
            return None
        return room


class _ApiNode(Node):
    """A node that knows the API; a trailing slash means the same."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self.api = api

    def getChild(self, path: bytes, request: Request) -> IResource:
        return self if path == b"" and not request.postpath else super().getChild(path, request)


class _Rooms(_ApiNode):
    def getChild(self, path: bytes, request: Request) -> IResource:
        name = path.decode("latin-1")
        return _Room(self.api, name) if valid_room_name(name) else super().getChild(path, request)

    def render_GET(self, request: Request) -> int:
        caller = self.api.caller(request)
        if caller is None:
            return NOT_DONE_YET
        whose = "" if caller.grant is None else caller.grant.identity
        return serve(request, self.api.live.get(("", f"rooms {whose}"), None, partial(self._body, caller)), NO_CACHE)

    def _body(self, caller: Caller) -> Representation:
        hub = self.api.hub
        seen = (name for name in hub.listed() if caller.may("watch", name))
        return _hashed({"version": __version__, "rooms": [hub.describe(name) for name in seen]})


class _Room(_ApiNode):
    def __init__(self, api: Api, name: str) -> None:
        super().__init__(api)
        self.name = name

    def getChild(self, path: bytes, request: Request) -> IResource:
        if path == b"aircraft":
            return _PostedAircraft(self.api, self.name, _JSON)
        if path == b"aircraft.geojson":
            return _Aircraft(self.api, self.name, _GEOJSON)
        if path == b"trails":
            return TrailsResource(self.api.hub, self.name, self.api.readable, self._kept)
        if path == b"reach":
            return ReachResource(self.api.hub, self.name, self.api.readable)
        return super().getChild(path, request)

    def render_GET(self, request: Request) -> int:
        if self.api.readable(self.name, request) is None:
            return NOT_DONE_YET
        return serve(request, self.api.live.get((self.name, "about"), None, self._body), NO_CACHE)

    def _body(self) -> Representation:
        return _hashed(self.api.hub.describe(self.name))

    def _kept(self, key: tuple[str, str], make: Callable[[], Representation]) -> Representation:
        return self.api.live.get(key, None, make)


class _Aircraft(_ApiNode):
    """The flights of a room in one form."""

    def __init__(self, api: Api, name: str, form: _Form) -> None:
        super().__init__(api)
        self.name = name
        self._form = form

    def render_GET(self, request: Request) -> int:
        room = self.api.readable(self.name, request)
        if room is None:
            return NOT_DONE_YET
        try:
            wishes = _wishes(request)
        except WireError as fault:
            return refuse(request, 400, fault.code, str(fault))
        key, version = (room.name, f"{self._form.name}{wishes.key}"), (room.epoch, room.seq)
        return serve(request, self.api.live.get(key, version, partial(self._body, room, wishes)), NO_CACHE)

    def _body(self, room: Room, wishes: _Wishes) -> Representation:
        hub = self.api.hub
        head = {"room": room.name, "epoch": room.epoch, "seq": room.seq, "now": round(hub.wall(), 3)}
        rows = wishes.cut(hub.snapshot_rows(room.name, hub.clock.seconds(), wishes.scope), self._form.needs)
        plain = msgspec.json.encode(self._form.build(head, rows))
        return Representation(plain, self._form.content_type, f"{room.epoch}-{room.seq}{wishes.key}", GZIP)


class _PostedAircraft(_Aircraft):
    """The form that takes flights, too: one object or a list of objects."""

    def render_POST(self, request: Request) -> int:
        api = self.api
        if refused(request, api.origins):
            return NOT_DONE_YET
        caller = api.caller(request)
        if caller is None:
            return NOT_DONE_YET
        try:
            caller.need("publish", self.name)
            now = api.hub.clock.seconds()
            allowance = caller.allowance(now)
            if allowance is None or not allowance.take_message(now):
                api.rates.take(request.getClientAddress(), now)
            _find_place(api.hub.rooms.get(self.name), now)
            flights = read_flights(body_of(request), api.limits)
            if not flights:
                raise BadOp("A post needs at least one flight.")
            if allowance is not None:
                allowance.take_flights(self.name, [flight.key for flight in flights], now)
            shadowed = api.hub.publish(self.name, flights, None)
            api.hub.rooms[self.name].publishing.take()
        except RateLimited as fault:
            api.hub.meter.rejected[fault.code] += 1
            return refuse(request, 429, fault.code, str(fault), retry_after=fault.retry_ms / 1000)
        except WireError as fault:
            api.hub.meter.rejected[fault.code] += 1
            status = _STATUS.get(fault.code, 400)
            return refuse(request, status, fault.code, str(fault), retry_after=_FULL_RETRY if status == 503 else None)
        except UnknownRoom as fault:
            return refuse(request, 404, "not_found", str(fault))
        except RoomLimit as fault:
            return refuse(request, 503, "room_full", str(fault), retry_after=_FULL_RETRY)
        api.live.forget(self.name)
        return send_json(request, {"accepted": len(shadowed), "shadowed": shadowed})


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What of the flights is asked for.

    :param box: west, south, east and north, degrees: exact, where the scope has whole tiles.
    :param key: tells one wish from another in tags and among kept bodies; empty: all of it.
    """

    scope: Scope
    box: tuple[float, float, float, float] | None
    fields: frozenset[str] | None
    key: str

    def cut(self, rows: list[dict[str, Any]], needs: Collection[str]) -> list[dict[str, Any]]:
        """The rows in the box, and of them the fields asked for and those that the form needs."""
        box = self.box
        if box is not None:
            rows = [row for row in rows if "lat" in row and "lon" in row and inside(box, row["lat"], row["lon"])]
        if self.fields is not None:
            rows = [{name: row[name] for name in row if name in self.fields or name in needs} for row in rows]
        return rows


def _wishes(request: Request) -> _Wishes:
    """Read ``bbox=w,s,e,n``, ``where=…`` and ``fields=a,b``.

    :raises BadField: one of them is wrong, unknown or given twice.
    """
    said: dict[str, str] = {}
    for name, values in (request.args or {}).items():
        option = name.decode("latin-1")
        if option in _IGNORED:
            continue
        if option not in _WISHES or len(values) != 1:
            raise BadField(f"The options here are {', '.join(_WISHES)}, each once.")
        said[option] = values[0].decode("utf-8", "replace")
    box = None
    if "bbox" in said:
        try:
            box = [float(edge) for edge in said["bbox"].split(",")]
        except ValueError:
            raise BadField("bbox must be west,south,east,north in degrees.") from None
    scope = Scope(read_area(box), read_where(said.get("where")))
    fields = read_fields(said["fields"].split(",")) if "fields" in said else None
    exact = None if box is None else (box[0], box[1], box[2], box[3])
    key = f"-{crc32(repr((exact, scope.filter_id, sorted(fields or ()))).encode()):08x}" if said else ""
    return _Wishes(scope, exact, fields, key)


class _Form(NamedTuple):
    """One way to write a room's flights.

    :param name: part of the tag.
    :param build: from the head of the body and the records.
    :param needs: wire names that it has whatever fields are asked for.
    """

    name: str
    content_type: bytes
    build: Callable[[dict[str, Any], list[dict[str, Any]]], dict[str, Any]]
    needs: tuple[str, ...]


def _plain(head: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {**head, "aircraft": rows}


def _geojson(head: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """RFC 7946: a point for each flight with a position; longitude first, degrees."""
    return {"type": "FeatureCollection", **head, "features": [_feature(row) for row in rows if "lat" in row]}


def _feature(row: dict[str, Any]) -> dict[str, Any]:
    key = row["hex"] if "hex" in row else row["key"]
    properties = {name: value for name, value in row.items() if name not in ("lat", "lon")}
    point = {"type": "Point", "coordinates": (row["lon"], row["lat"])}
    return {"type": "Feature", "id": key, "geometry": point, "properties": properties}


_JSON = _Form("json", JSON, _plain, _ALWAYS)
_GEOJSON = _Form("geojson", b"application/geo+json", _geojson, (*_ALWAYS, "lat", "lon"))


class _Kept(NamedTuple):
    version: object
    representation: Representation
    made_at: float
    cost: float


class Live:
    """Bodies that change all the time, each made once for many readers.

    A body serves while what it shows is still of the same version (:data:`FRESH`
    seconds, for ages in it grow). A large one, or one without a version, serves
    for a short time after, in proportion to what it cost: pollers of ten thousand
    aircraft cannot take the process.

    :param stopwatch: seconds, to learn how long a body took.
    """

    def __init__(self, stopwatch: Callable[[], float]) -> None:
        self._stopwatch = stopwatch
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: tuple[str, str], version: object, make: Callable[[], Representation]) -> Representation:
        """The body for a room and a form, newly made unless the last one will do.

        :param version: equal while nothing changed; ``None`` where that is not known.
        """
        at = self._stopwatch()
        kept = self._kept.get(key)
        if kept is not None:
            age = at - kept.made_at
            costly = version is None or len(kept.representation.plain) >= LARGE
            if (costly and age < kept.cost * REUSE) or (
                version is not None and kept.version == version and age < FRESH
            ):
                return kept.representation
        representation = make()
        done = self._stopwatch()
        self._drop(key)
        self._kept[key] = _Kept(version, representation, done, done - at)
        self._bytes += len(representation.plain)
        while len(self._kept) > 1 and (self._bytes > KEPT_BYTES or len(self._kept) > KEPT_MOST):
            self._drop(next(iter(self._kept)))
        return representation

    def forget(self, name: str) -> None:
        """Drop what shows a room: whoever just posted to it reads what it posted."""
        for key in [key for key in self._kept if key[0] in ("", name)]:
            self._drop(key)

    def _drop(self, key: tuple[str, str]) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= len(kept.representation.plain)


def _hashed(value: Any) -> Representation:
    """A JSON body whose tag is a hash of it."""
    plain = msgspec.json.encode(value)
    return Representation(plain, JSON, blake2b(plain, digest_size=8).hexdigest(), GZIP)


def _find_place(room: Room | None, now: float) -> None:
    """See whether a room takes one more publish.

    :raises RoomBusy: not yet.
    """
    debt = 0.0 if room is None else room.publishing.debt(now)
    if debt > 0:
        raise RoomBusy("More is published into this room than it takes.", round(debt * 1000) + 1)
