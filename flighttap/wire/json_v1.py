"""``flighttap.v1.json``: records and changes as JSON under readsb's names.

Parts of a message are WebSocket frames of at most ``PART`` bytes and a record,
ready to be written to any number of members.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from flighttap.aircraft.identity import key_field
from flighttap.aircraft.state import Aircraft
from flighttap.rooms.events import Event
from flighttap.rooms.room import Changes, Room
from flighttap.rooms.snapshot import Snapshot
from flighttap.wire.frames import frame
from flighttap.wire.messages import encode

__all__ = ["PART", "WORLD", "JsonV1", "delta", "message", "record"]

PART = 65536
"""Bytes of records after which a snapshot or update goes on in another part."""
WORLD = (-180.0, -90.0, 180.0, 90.0)
"""``covers`` of a reader that is sent everything: west, south, east, north in degrees."""


def record(aircraft: Aircraft, now: float) -> dict[str, Any]:
    """The whole record of one aircraft, JSON-ready: key, fields, ``seen`` and ``seen_pos``.

    :param now: hub time; ages are seconds before it.
    """
    row: dict[str, Any] = {key_field(aircraft.key): aircraft.key}
    for cell in aircraft.cells.values():
        if cell.value is not None:
            row[cell.wire] = cell.value
    return _aged(row, aircraft, now)


def delta(aircraft: Aircraft, base: int, now: float) -> dict[str, Any]:
    """Key, ages and the fields stamped after ``base``; ``None`` for a field that was cleared."""
    row: dict[str, Any] = {key_field(aircraft.key): aircraft.key}
    for cell in aircraft.cells.values():
        if cell.seq > base:
            row[cell.wire] = cell.value
    return _aged(row, aircraft, now)


def message(kind: str, **body: Any) -> bytes:
    """A frame of one of the small messages: ``hello``, ``ok``, ``error``, ``heartbeat``, …"""
    return frame(encode({"t": kind, **body}))


class JsonV1:
    """The codec of one encoding: stateless, shared by every lane."""

    subprotocol = "flighttap.v1.json"

    def snapshot(self, room: Room, now: float, wall: float, recovered: bool = False) -> Snapshot:
        """The whole room in parts.

        :param now: hub time for ages.
        :param wall: Unix time to put on the message.
        """
        rows = (encode(record(aircraft, now)) for aircraft in room.aircraft.values())
        bodies = list(_chunks(rows)) or [b""]
        parts = []
        for number, body in enumerate(bodies, 1):
            head = {
                "t": "snapshot",
                "epoch": room.epoch,
                "seq": room.seq,
                "eseq": room.events.eseq,
                "part": number,
                "parts": len(bodies),
                "recovered": recovered,
                "covers": WORLD,
                "now": round(wall, 3),
            }
            parts.append(frame(encode(head)[:-1] + b',"aircraft":[' + body + b"]}"))
        return Snapshot(room.seq, room.events.eseq, tuple(parts))

    def update(self, changes: Changes, now: float, wall: float, recovered: bool = False) -> tuple[bytes, ...]:
        """Changes in parts; all but the last say ``more`` and leave the position where it was."""
        head: dict[str, Any] = {
            "t": "update",
            "base": changes.base,
            "seq": changes.seq,
            "now": round(wall, 3),
        }
        if recovered:
            head["recovered"] = True
        start = encode(head)[:-1]
        pieces: list[tuple[bytes, bytes]] = []
        removed = (encode(key) for key in changes.removed)
        pieces += [(b"removed", body) for body in _chunks(removed)]
        full = (encode(record(aircraft, now)) for aircraft in changes.full)
        pieces += [(b"full", body) for body in _chunks(full)]
        changed = (encode(delta(aircraft, changes.base, now)) for aircraft in changes.changed)
        pieces += [(b"aircraft", body) for body in _chunks(changed)]
        whole = len({name for name, _ in pieces}) == len(pieces)
        if whole and sum(len(body) for _, body in pieces) <= PART:
            lists = b"".join(b',"' + name + b'":[' + body + b"]" for name, body in pieces)
            return (frame(start + lists + b"}"),)
        last = len(pieces) - 1
        return tuple(
            frame(start + (b',"more":true,"' if number < last else b',"') + name + b'":[' + body + b"]}")
            for number, (name, body) in enumerate(pieces)
        )

    def heartbeat(self, seq: int, eseq: int, wall: float) -> bytes:
        """The frame that says: you are here, and nothing is new."""
        return message("heartbeat", seq=seq, eseq=eseq, now=round(wall, 3))

    def events(self, lost: tuple[int, int] | None, events: Iterable[Event]) -> list[bytes]:
        """Frames that say what was lost and then each event in order."""
        frames = []
        if lost is not None:
            frames.append(frame(encode({"t": "lost", "from": lost[0], "to": lost[1]})))
        for event in events:
            head = encode({"t": "event", "eseq": event.eseq, "from": event.sender})
            frames.append(frame(head[:-1] + b',"data":' + event.data + b"}"))
        return frames


def _aged(row: dict[str, Any], aircraft: Aircraft, now: float) -> dict[str, Any]:
    row["seen"] = round(now - aircraft.heard, 1)
    position = aircraft.position_heard()
    if position is not None:
        row["seen_pos"] = round(now - position, 1)
    return row


def _chunks(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Join rows by commas into pieces of at most ``PART`` bytes (or one row)."""
    chunk: list[bytes] = []
    size = 0
    for row in rows:
        if chunk and size + len(row) > PART:
            yield b",".join(chunk)
            chunk, size = [], 0
        chunk.append(row)
        size += len(row) + 1
    if chunk:
        yield b",".join(chunk)
