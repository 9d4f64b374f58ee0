"""A room's table as one watcher holds it: what messages of version 1 make of it, JSON or binary.

Pure: messages in, state out. No socket, no clock, no Twisted. The rules are
those of docs/protocol.md, "Applying an update":

* ``removed`` and ``out`` are forgotten, then what a new ``covers`` excludes;
  ``full`` replaces a record, ``aircraft`` merges into it, ``null`` clears a field,
  and the rows of binary frames then say how each moves; a record in ``detail`` is
  whole and has the last word;
* it applies when ``base`` is not above the position held, else it is a :class:`Gap`;
* a message in parts is kept aside and taken whole with its last part, and only
  then do the position, ``covers`` and ``filter`` move: a connection that is cut
  in between leaves a state that can be resumed from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flighttap.client.binary import MOTION, unpacked
from flighttap.client.errors import Gap, Inconsistent

__all__ = ["Applied", "Replica"]

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Applied:
    """What one message did.

    :param kind: the message's ``t``.
    :param changed: keys whose record is new or different.
    :param removed: keys that are gone.
    :param event: the event's ``data``, when ``fresh`` is true.
    :param sender: short public id of the member that sent the event.
    :param lost: first and last number of events that are gone for good.
    :param fresh: false for what was known already, for a part that is not the
        last, and for a kind of message that this version does not know.
    """

    kind: str
    changed: frozenset[str] = _NONE
    removed: frozenset[str] = _NONE
    event: Any = None
    sender: str | None = None
    lost: tuple[int, int] | None = None
    fresh: bool = True


class Replica:
    """The records of one room, and the position from which they can be resumed.

    :ivar aircraft: key to record, under the wire's names and units. ``seen`` and
        ``seen_pos`` are not in it, for an age is right only once: see :meth:`age`.
    :ivar position: ``seq`` of the last complete snapshot, update or heartbeat;
        ``None`` before the first snapshot. It may go down.
    :ivar epoch: of the last complete snapshot.
    :ivar eseq: number of the last event; ``None`` while not known.
    :ivar covers: west, south, east, north in degrees of what is sent, ``None``: all of it.
    :ivar filter: the server's name for the filter in force.
    :ivar detailed: keys of the records that came as details, with every field.
    :ivar hello: the last greeting.
    :ivar now: the server's unix time in the last message that gave one.
    :ivar recovered: whether the last snapshot or update followed on from what was held.
    :ivar id: the short public id that others see of us.
    :ivar count: how many members the room has, when presence is asked for.
    :ivar members: their public ids and names (``None`` for one without), when the list is asked
        for; ``None`` where there is no list, because they are too many or it did not come yet.
    :ivar pseq: the state of presence that these two are of; ``None`` when something was missed:
        ask with ``{"op":"presence"}``.
    :ivar hz: updates a second, as the server last said that it sends them.
    """

    def __init__(self) -> None:
        self.aircraft: dict[str, dict[str, Any]] = {}
        self.heard: dict[str, float] = {}
        self.heard_position: dict[str, float] = {}
        self.position: int | None = None
        self.epoch: str | None = None
        self.eseq: int | None = None
        self.covers: tuple[float, float, float, float] | None = None
        self.filter: str | None = None
        self.detailed: set[str] = set()
        self.hello: dict[str, Any] = {}
        self.now: float = 0.0
        self.recovered = False
        self.id: str | None = None
        self.count: int | None = None
        self.members: dict[str, str | None] | None = None
        self.pseq: int | None = None
        self.hz: float | None = None
        self._session: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._apply: dict[str, Callable[[dict[str, Any]], Applied]] = {
            "hello": self._greeted,
            "snapshot": self._snapshot,
            "update": self._update,
            "heartbeat": self._heartbeat,
            "event": self._event,
            "lost": self._lost,
            "presence": self._presence,
            "rate": self._rate,
            "ok": self._answered,
        }

    def apply(self, message: dict[str, Any]) -> Applied:
        """Take one message of the server in.

        :raises Gap: nothing was changed; send what :meth:`opening` gives.
        :raises Inconsistent: the message makes no sense. The position is given
            up (the records stay to be looked at), so that :meth:`opening` asks
            for everything; that needs a new connection.
        """
        kind = message.get("t")
        handler = self._apply.get(kind) if isinstance(kind, str) else None
        if handler is None:
            return Applied(str(kind), fresh=False)
        try:
            now = float(message.get("now", self.now))
            applied = handler(message)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.forget_position()
            raise Inconsistent(f"The server sent a {kind} that cannot be applied ({error!r}).") from error
        except Inconsistent:
            self.forget_position()
            raise
        self.now = now
        return applied

    def apply_binary(self, frame: bytes) -> Applied:
        """Take one binary message of ``flighttap.v1.bin`` in.

        :raises Gap, Inconsistent: as :meth:`apply` does.
        """
        try:
            message = unpacked(frame)
        except ValueError as error:
            self.forget_position()
            raise Inconsistent(f"The server sent a binary frame that cannot be read ({error}).") from error
        return self.apply(message)

    def opening(self, wishes: Mapping[str, Any]) -> dict[str, Any]:
        """What to say after ``hello`` or a :class:`Gap`: ``watch``, or ``resume`` when something is held.

        :param wishes: keys of ``watch``, such as ``hz``; said again in a resume.
        """
        self._parts.clear()
        if self.position is None:
            return {**wishes, "op": "watch"}
        said: dict[str, Any] = {"session": self._session, "epoch": self.epoch, "seq": self.position, "eseq": self.eseq}
        said |= {"covers": self.covers, "filter": self.filter, "detailed": sorted(self.detailed) or None}
        return {**wishes, "op": "resume", **{name: value for name, value in said.items() if value is not None}}

    def forget_position(self) -> None:
        """Hold nothing that a resume could follow on from; the records stay until the next snapshot."""
        self.position = None
        self._parts.clear()

    def age(self, key: str, now: float) -> float:
        """Seconds since the aircraft was last heard.

        :param now: the server's unix time; the newest known is :attr:`now`.
        """
        return max(0.0, now - self.heard[key])

    def position_age(self, key: str, now: float) -> float | None:
        """Seconds since its position was last heard, ``None`` when it has none."""
        at = self.heard_position.get(key)
        return None if at is None else max(0.0, now - at)

    # ---- messages -------------------------------------------------------

    def _greeted(self, message: dict[str, Any]) -> Applied:
        if message.get("epoch") != self.epoch:
            self.eseq = None  # another room's count
        if self.position is None:
            self._session, self.id = message["session"], message.get("id")  # with a position a resume asks for ours
        self.hello = message
        self.pseq = None
        self._parts.clear()
        return Applied("hello")

    def _snapshot(self, message: dict[str, Any]) -> Applied:
        part, parts = message.get("part", 1), message.get("parts", 1)
        if part == 1:
            self._parts.clear()
        if part != len(self._parts) + 1 or not part <= parts:
            raise Inconsistent(f"Part {part} of {parts} of a snapshot came after {len(self._parts)} parts.")
        self._parts.append(message)
        if part < parts:
            return Applied("snapshot", fresh=False)
        taken, self._parts = self._parts, []
        before, self.aircraft = self.aircraft, {}
        self.heard, self.heard_position = {}, {}
        self.detailed = set()
        for each in taken:
            now = each.get("now", self.now)
            if "rows" in each:
                for row in each["rows"]:
                    self._move(row, now)
            else:
                for row in each["aircraft"]:
                    self._replace(row, now)
        changed = {key for key, record in self.aircraft.items() if before.get(key) != record}
        head = taken[0]  # the last part may be binary
        if self.epoch != head["epoch"] or self.eseq is None:
            self.eseq = head.get("eseq")
        self.epoch = head["epoch"]
        self.recovered = bool(head.get("recovered"))
        self._adopt(taken)
        return Applied("snapshot", frozenset(changed), frozenset(before.keys() - self.aircraft.keys()))

    def _update(self, message: dict[str, Any]) -> Applied:
        base: int = message["base"]
        if self.position is None or base > self.position:
            self._parts.clear()
            raise Gap(base, self.position)
        if self._parts and self._parts[0]["t"] != "update":
            raise Inconsistent("An update came between the parts of a snapshot.")
        self._parts.append(message)
        if message.get("more"):
            return Applied("update", fresh=False)
        taken, self._parts = self._parts, []
        self._check(taken)
        removed: set[str] = set()
        changed: set[str] = set()
        for each in taken:
            for key in (*each.get("removed", ()), *each.get("out", ())):
                self._forget(key, removed)
        self._adopt(taken)
        if any("covers" in each for each in taken):
            for key in self._outside():
                self._forget(key, removed)
        for each in taken:
            now = each.get("now", self.now)
            changed.update(self._replace(row, now) for row in each.get("full", ()))
            changed.update(self._merge(row, now) for row in each.get("aircraft", ()))
            changed.update(self._move(row, now) for row in each.get("rows", ()))
        for each in taken:
            details = [self._replace(row, each.get("now", self.now)) for row in each.get("detail", ())]
            self.detailed.update(details)
            changed.update(details)
        self.recovered = bool(taken[0].get("recovered", self.recovered))
        return Applied("update", frozenset(changed), frozenset(removed - changed))

    def _heartbeat(self, message: dict[str, Any]) -> Applied:
        if self.position is not None and not self._parts:
            self.position = int(message["seq"])
        return Applied("heartbeat")

    def _event(self, message: dict[str, Any]) -> Applied:
        number: int = message["eseq"]
        if self.eseq is not None and number <= self.eseq:
            return Applied("event", fresh=False)
        missed = (self.eseq + 1, number - 1) if self.eseq is not None and number > self.eseq + 1 else None
        self.eseq = number
        return Applied("event", event=message["data"], sender=message.get("from"), lost=missed)

    def _lost(self, message: dict[str, Any]) -> Applied:
        first, last = int(message["from"]), int(message["to"])
        if self.eseq is not None and last <= self.eseq:
            return Applied("lost", fresh=False)
        self.eseq = last
        return Applied("lost", lost=(first, last))

    def _presence(self, message: dict[str, Any]) -> Applied:
        self.count = int(message["count"])
        if "base" not in message:
            self.members = _names(message["members"]) if "members" in message else None
        elif self.members is None or self.pseq is None or message["base"] > self.pseq:
            self.pseq = None
            return Applied("presence", fresh=False)
        else:
            left = set(message["left"])
            stayed = {member: name for member, name in self.members.items() if member not in left}
            self.members = stayed | _names(message["joined"])
        self.pseq = int(message["pseq"])
        return Applied("presence")

    def _rate(self, message: dict[str, Any]) -> Applied:
        self.hz = float(message["hz"])
        return Applied("rate")

    def _answered(self, message: dict[str, Any]) -> Applied:
        """Take from an ``ok`` what it says of us: after a watch the rate, after a resume who we are."""
        if "hz" in message:
            self.hz = float(message["hz"])
        if "session" in message:
            self._session, self.id = message["session"], message.get("as")
        return Applied("ok")

    # ---- records --------------------------------------------------------

    def _check(self, parts: Iterable[dict[str, Any]]) -> None:
        """Refuse, before anything is changed, a change of a record that is not held."""
        gone = {key for each in parts for key in (*each.get("removed", ()), *each.get("out", ()))}
        whole = {_key(row) for each in parts for row in each.get("full", ())}
        for each in parts:
            for row in (*each.get("aircraft", ()), *each.get("rows", ()), *each.get("detail", ())):
                key = _key(row)
                if key not in whole and (key in gone or key not in self.aircraft):
                    raise Inconsistent(f"The server changed {key}, which it had not sent before.")

    def _replace(self, row: dict[str, Any], now: float) -> str:
        key = _key(row)
        self.aircraft[key] = {}
        self.detailed.discard(key)
        self.heard[key] = float(now)  # even if the rest of the row makes no sense
        self.heard_position.pop(key, None)
        return self._merge(row, now)

    def _merge(self, row: dict[str, Any], now: float) -> str:
        key = _key(row)
        record = self.aircraft[key]
        for name, value in row.items():
            if value is None:
                record.pop(name, None)
            elif name not in ("seen", "seen_pos"):
                record[name] = value
        self.heard[key] = now - row.get("seen", 0.0)
        if "lat" not in record:
            self.heard_position.pop(key, None)
        elif "lat" in row or "lon" in row or "seen_pos" in row:
            self.heard_position[key] = now - row.get("seen_pos", 0.0)
        return key

    def _move(self, row: dict[str, Any], now: float) -> str:
        """Take a binary row: all of the motion that is known, and since when."""
        key = _key(row)
        record = self.aircraft[key]
        for name in MOTION:
            if name in row:
                record[name] = row[name]
            else:
                record.pop(name, None)
        at = now - row["age"]
        self.heard[key] = max(at, self.heard.get(key, at))
        if "lat" in row:
            self.heard_position[key] = at
        else:
            self.heard_position.pop(key, None)
        return key

    def _forget(self, key: str, removed: set[str]) -> None:
        if self.aircraft.pop(key, None) is not None:
            removed.add(key)
            self.detailed.discard(key)
            self.heard.pop(key, None)
            self.heard_position.pop(key, None)

    def _outside(self) -> list[str]:
        box = self.covers
        if box is None:
            return []
        return [
            key
            for key, record in self.aircraft.items()
            if "lat" in record and "lon" in record and not _inside(box, record["lat"], record["lon"])
        ]

    def _adopt(self, parts: list[dict[str, Any]]) -> None:
        for each in parts:
            if "covers" in each:
                self.covers = _box(each["covers"])
            if "filter" in each:
                self.filter = each["filter"]
        self.position = int(parts[-1]["seq"])


def _key(row: Mapping[str, Any]) -> str:
    key = row["hex"] if "hex" in row else row["key"]
    if not isinstance(key, str):
        raise TypeError(f"{key!r} is no key")
    return key


def _names(members: Iterable[Mapping[str, Any]]) -> dict[str, str | None]:
    named = {member["id"]: member.get("name") for member in members}
    if not all(isinstance(member, str) and isinstance(name, str | None) for member, name in named.items()):
        raise TypeError("a member's id and name are texts")
    return named


def _box(covers: Any) -> tuple[float, float, float, float] | None:
    if covers is None:
        return None
    west, south, east, north = covers
    return float(west), float(south), float(east), float(north)


def _inside(box: tuple[float, float, float, float], lat: float, lon: float) -> bool:
    """Whether a position is in a box of tiles: these own their western and southern edge, not the other two.

    A box whose west is not below its east goes across the antimeridian.
    """
    west, south, east, north = box
    if not (south <= lat < north or lat == north == 90):
        return False
    if lon == 180 and east != 180:
        lon = -180.0  # one meridian, two names
    if west < east:
        return west <= lon < east or lon == east == 180
    return lon >= west or lon < east
