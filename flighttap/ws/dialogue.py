"""How a connection that speaks version 1 talks, in JSON or with binary motion: operations in, messages out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

from flighttap.aircraft.identity import parse_key
from flighttap.errors import BadField, BadOp, RateLimited, WireError
from flighttap.hub import HEARTBEAT, Hub
from flighttap.rooms.member import Member, Wants
from flighttap.rooms.pace import HZ, snapped
from flighttap.rooms.presence import read_name
from flighttap.rooms.room import Room
from flighttap.rooms.tiles import WORLD, area_covering
from flighttap.rooms.view import Scope
from flighttap.rooms.wishes import read_area, read_detail, read_fields, read_where
from flighttap.wire.binary_v1 import BinaryV1
from flighttap.wire.json_v1 import JsonV1, message
from flighttap.wire.messages import Flight, error, read_flight, read_object, read_publish

if TYPE_CHECKING:
    from flighttap.ws.protocol import RoomProtocol

__all__ = ["FEATURES", "Dialogue", "JsonDialogue"]

DEFAULT_HZ = 5
FEATURES = (
    *("watch", "hz", "rate", "bbox", "where", "fields", "detail", "events", "resume", "publish", "remove"),
    *("presence:count", "presence:list", "name", "ping", "drain", "auth"),
)
"""What of the protocol this server has, for ``hello.features``."""

Said = dict[str, Any]


class Dialogue(Protocol):
    """What a connection's protocol hands messages to."""

    def opened(self) -> None:
        """The connection is open."""

    def message(self, payload: bytes) -> None:
        """Take one message; raises :class:`~flighttap.errors.WireError` where it is not taken."""

    def settle(self) -> None:
        """Nothing more was read for now: carry out what was taken and put off."""

    def problem(self, problem: WireError) -> None:
        """Tell the peer what was wrong with its message."""

    def drain(self, after_ms: int, spread_ms: int) -> None:
        """Send the peer away, to come back ``after_ms`` from now and a part of ``spread_ms`` by chance."""


class JsonDialogue:
    """A member of version 1: it is greeted, and watches or publishes once it says so."""

    def __init__(self, protocol: RoomProtocol, hub: Hub, room: Room, member: Member) -> None:
        self._protocol = protocol
        self._hub = hub
        self._room = room
        self._member = member
        self._id: object = None
        self._operations: dict[str, Callable[[Said, bytes], None]] = {
            "watch": self._watch,
            "resume": self._resume,
            "publish": self._publish,
            "remove": self._remove,
            "presence": self._presence,
            "name": self._name,
            "ping": self._ping,
            "auth": self._auth,
        }

    def opened(self) -> None:
        """Greet the member."""
        not_here = {"detail" if self._protocol.admission.encoding == JsonV1.subprotocol else "fields"}
        if not self._protocol.standing.takes_tokens:
            not_here.add("auth")
        self._say(
            "hello",
            v=1,
            session=self._member.session,
            id=self._member.id,
            room=self._room.name,
            epoch=self._room.epoch,
            roles=self._protocol.standing.roles,
            **self._until(),
            features=[name for name in FEATURES if name not in not_here],
            hz=HZ,
            heartbeat=HEARTBEAT,
            max_message=self._hub.limits.message,
            now=round(self._hub.wall(), 3),
        )

    def message(self, payload: bytes) -> None:
        """Take one operation, or a bare object: that is a publish of one flight.

        :raises WireError: it is not taken.
        """
        self._id = None
        said = read_object(payload, self._hub.limits)
        if "op" not in said:
            self._take([read_flight(payload, self._hub.limits)])
            return
        request_id = said.get("id")
        if isinstance(request_id, (str, int)):
            self._id = request_id
        operation = self._operations.get(said["op"]) if isinstance(said["op"], str) else None
        if operation is None:
            raise BadOp(f"The operations are {', '.join(self._operations)}.")
        publishing = said["op"] == "publish"
        if not publishing:
            self._protocol.take_control()
        stopwatch = self._protocol.factory.stopwatch
        began = stopwatch()
        try:
            operation(said, payload)
        finally:
            self._protocol.dues.pay(stopwatch() - began, publishing)

    def settle(self) -> None:
        """Nothing: each message was carried out when it was taken."""

    def problem(self, problem: WireError) -> None:
        """Tell the sender, with the ``id`` of what it sent."""
        retry_ms = problem.retry_ms if isinstance(problem, RateLimited) else None
        self._say("error", **error(problem.code, str(problem), self._id, retry_ms))

    def drain(self, after_ms: int, spread_ms: int) -> None:
        """Say when to come back, and close."""
        self._protocol.write(message("drain", after_ms=after_ms, spread_ms=spread_ms))
        self._protocol.close(4000, "drain: the server is stopping")

    # Operations

    def _watch(self, said: Said, payload: bytes) -> None:
        self._protocol.standing.need("watch")
        wants, scope = self._wants(said)
        wants = self._admitted(wants, scope)
        self._hub.attendance.arrived(self._room, self._member)
        self._listen(said)
        self._ok(hz=wants.hz)
        self._hub.seats.watch(self._member, wants, scope)

    def _resume(self, said: Said, payload: bytes) -> None:
        self._protocol.standing.need("watch")
        wants, scope = self._wants(said)
        session, epoch, seq, eseq = (said.get(name) for name in ("session", "epoch", "seq", "eseq"))
        if not isinstance(session, str) or not isinstance(epoch, str) or not _number(seq):
            raise BadOp("resume needs session and epoch as texts and seq as a whole number.")
        held_detail = read_detail(said.get("detailed"))
        wants = self._admitted(wants, scope)
        held = area_covering(said.get("covers", WORLD.covers))
        known = epoch == self._room.epoch and held is not None and said.get("filter") == scope.filter_id
        self._hub.attendance.resumed(self._room, self._member, session)
        self._listen(said)
        self._ok(hz=wants.hz, session=self._member.session, **{"as": self._member.id})
        if epoch != self._room.epoch or not _number(eseq):
            eseq = None
        held_scope = scope._replace(area=held or WORLD, detail=held_detail)
        self._hub.seats.resume(self._member, wants, seq if known else None, eseq, scope, held_scope)

    def _publish(self, said: Said, payload: bytes) -> None:
        flights, event = read_publish(payload, self._hub.limits)
        if event is not None:
            flights.append(Flight(None, {}, event))
        self._take(flights)

    def _take(self, flights: list[Flight]) -> None:
        self._protocol.standing.need("publish")
        self._protocol.take_publish()
        self._protocol.standing.take_flights((flight.key for flight in flights), self._hub.clock.seconds())
        self._hub.attendance.arrived(self._room, self._member)
        shadowed = self._hub.publish(self._room.name, flights, self._member)
        names = sorted({name for names in shadowed for name in names})
        if names:
            self._ok(shadowed=names)
        else:
            self._ok()

    def _remove(self, said: Said, payload: bytes) -> None:
        self._protocol.standing.need("publish")
        key = parse_key(said.get("key"))
        self._hub.remove(self._room.name, key)
        self._protocol.standing.removed(key, self._hub.clock.seconds())
        self._ok()

    def _presence(self, said: Said, payload: bytes) -> None:
        self._protocol.standing.need("watch")
        self._say("presence", **self._room.presence.whole(self._member))
        self._ok()

    def _name(self, said: Said, payload: bytes) -> None:
        name = read_name(said.get("name"), self._hub.limits.name_length)
        self._hub.attendance.named(self._room, self._member, name)
        self._ok()

    def _ping(self, said: Said, payload: bytes) -> None:
        body = {} if self._id is None else {"id": self._id}
        self._say("pong", **body, now=round(self._hub.wall(), 3))

    # Own

    def _auth(self, said: Said, payload: bytes) -> None:
        self._protocol.take_token(said.get("token"))
        self._ok(roles=self._protocol.standing.roles, **self._until())

    def _until(self) -> Said:
        """Until when the token is good, where there is one that is not good for ever."""
        expires = self._protocol.standing.expires
        return {} if expires is None else {"expires": expires}

    def _wants(self, said: Said) -> tuple[Wants, Scope]:
        """What a watch or resume asks for; what it does not name stays as it was."""
        before = self._member.wants
        pace = self._member.pace
        hz = said.get("hz", pace.wish if pace else DEFAULT_HZ)
        events = said.get("events", before.events if before else True)
        if not isinstance(hz, (int, float)) or isinstance(hz, bool) or not 0 < hz < 1000:
            raise BadOp(f"hz must be a number, best one of {', '.join(map(str, HZ))}.")
        if not isinstance(events, bool):
            raise BadOp("events must be true or false.")
        if said.get("presence", "none") not in ("none", "count", "list"):
            raise BadOp("presence must be none, count or list.")
        fields = read_fields(said["fields"]) if "fields" in said else before.fields if before else None
        encoding = self._protocol.admission.encoding
        if fields is not None and encoding != JsonV1.subprotocol:
            raise BadField(f"fields is for {JsonV1.subprotocol}.")
        if said.get("detail") is not None and encoding != BinaryV1.subprotocol:
            raise BadField(f"detail is for {BinaryV1.subprotocol}.")
        scope = self._member.scope
        area = read_area(said["bbox"]) if "bbox" in said else scope.area
        where = read_where(said["where"]) if "where" in said else scope.where
        detail = read_detail(said["detail"]) if "detail" in said else scope.detail
        wants = Wants(encoding, snapped(hz), events, fields=fields, deflate=self._protocol.deflates)
        return wants, Scope(area, where, detail, fields)

    def _admitted(self, wants: Wants, scope: Scope) -> Wants:
        """What the member is served with of what it wants: less often while it lags.

        :raises TooManyFilters: the room has no such filter or fields to give.
        """
        self._hub.seats.admit(self._member, wants, scope)
        return wants._replace(hz=self._hub.seats.pace(self._member, wants.hz))

    def _listen(self, said: Said) -> None:
        if "presence" in said:
            self._hub.attendance.wanted(self._room, self._member, said["presence"])

    def _ok(self, **body: Any) -> None:
        if self._id is not None:
            self._say("ok", id=self._id, **body)

    def _say(self, kind: str, **body: Any) -> None:
        self._protocol.reply(message(kind, **body))


def _number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
