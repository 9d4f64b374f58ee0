"""``flighttap.v1.json``: records and changes as JSON under readsb's names.

Messages are put together from pieces that were encoded once, as frames of about
64 KiB at the most, ready to be written to any number of members.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor
from typing import Any

from flighttap.aircraft.identity import NO_ADDRESS
from flighttap.aircraft.state import Aircraft
from flighttap.rooms.events import Event
from flighttap.wire import pieces as sizes
from flighttap.wire.frames import compressed, frame, stored
from flighttap.wire.messages import encode
from flighttap.wire.pieces import Piece

__all__ = ["JsonV1", "delta", "message", "record"]

_WORTH = 200
"""Bytes of JSON below which a message or a piece is not deflated."""


def record(aircraft: Aircraft, now: float, fields: frozenset[str] | None = None) -> dict[str, Any]:
    """The whole record of one aircraft, JSON-ready: key, fields, ``seen`` and ``seen_pos``.

    :param now: hub time; ages are seconds before it.
    :param fields: wire names to give; ``None``: all.
    """
    row: dict[str, Any] = {"key" if aircraft.address == NO_ADDRESS else "hex": aircraft.key}
    for cell in aircraft.cells.values():
        if cell.value is not None and (fields is None or cell.wire in fields):
            row[cell.wire] = cell.value
    return _aged(row, aircraft, now)


def delta(aircraft: Aircraft, base: int, now: float, fields: frozenset[str] | None = None) -> dict[str, Any]:
    """Key, ages and the fields stamped after ``base``; ``None`` for a field that was cleared."""
    row: dict[str, Any] = {"key" if aircraft.address == NO_ADDRESS else "hex": aircraft.key}
    for cell in aircraft.cells.values():
        if cell.seq > base and (fields is None or cell.wire in fields):
            row[cell.wire] = cell.value
    return _aged(row, aircraft, now)


def message(kind: str, **body: Any) -> bytes:
    """A frame of one of the small messages: ``hello``, ``ok``, ``error``, ``heartbeat``, …"""
    return frame(encode({"t": kind, **body}))


class JsonV1:
    """The codec of one lane: it knows the fields that are wanted and whether to deflate.

    :param fields: wire names to give; ``None``: all.
    :param deflate: whether the members took permessage-deflate.
    :ivar saved: bytes by which what it framed so far is shorter than before it was deflated.
    """

    subprotocol = "flighttap.v1.json"

    def __init__(self, fields: frozenset[str] | None = None, deflate: bool = False) -> None:
        self._fields = fields
        self._deflate = deflate
        self.saved = 0
        self.key = (self.subprotocol, fields, deflate)

    def full(self, flights: Iterable[Aircraft], now: float) -> list[Piece]:
        """Whole records, in pieces of bounded size."""
        return sizes.texts([encode(record(aircraft, now, self._fields)) for aircraft in flights])

    def delta(self, flights: Iterable[Aircraft], base: int, now: float) -> list[Piece]:
        """What changed of them after ``base``, in pieces of bounded size."""
        return sizes.texts([encode(delta(aircraft, base, now, self._fields)) for aircraft in flights])

    def detail(self, flights: Iterable[Aircraft], now: float) -> list[Piece]:
        """Whole records with all fields, in pieces of bounded size."""
        return sizes.texts([encode(record(aircraft, now)) for aircraft in flights])

    def snapshot(self, head: dict[str, Any], pieces: Sequence[Piece], follow: int = 0) -> list[bytes]:
        """A snapshot's frames.

        :param head: ``epoch seq eseq recovered covers filter now``.
        :param follow: how many parts of another kind come after these.
        """
        groups = list(_grouped([("aircraft", piece) for piece in pieces if piece.json])) or [[]]
        parts = len(groups) + follow
        return [
            self._frame({"t": "snapshot", **head, "part": number, "parts": parts}, group or [("aircraft", None)])
            for number, group in enumerate(groups, 1)
        ]

    def update(
        self,
        head: dict[str, Any],
        removed: Sequence[str],
        out: Sequence[str],
        full: Sequence[Piece],
        changed: Sequence[Piece],
        detail: Sequence[Piece] = (),
        follow: int = 0,
    ) -> list[bytes]:
        """An update's frames; all but the last say ``more`` and leave the position where it was.

        :param head: ``base seq now`` and, where they change, ``covers filter recovered``.
        :param follow: how many more parts come after these.
        """
        named = [("removed", piece) for piece in keys(removed)]
        named += [("out", piece) for piece in keys(out)]
        named += [("full", piece) for piece in full]
        named += [("aircraft", piece) for piece in changed]
        named += [("detail", piece) for piece in detail]
        groups = list(_grouped([(name, piece) for name, piece in named if piece.json])) or [[]]
        last = len(groups) - 1 + follow
        return [
            self._frame({"t": "update", **head} | ({"more": True} if number < last else {}), group)
            for number, group in enumerate(groups)
        ]

    def heartbeat(self, seq: int, eseq: int, wall: float) -> bytes:
        """The frame that says: you are here, and nothing is new."""
        return message("heartbeat", seq=seq, eseq=eseq, now=round(wall, 3))

    def events(self, lost: tuple[int, int] | None, events: Iterable[Event]) -> list[bytes]:
        """Frames that say what was lost and then each event in order."""
        frames = []
        if lost is not None:
            frames.append(message("lost", **{"from": lost[0], "to": lost[1]}))
        for event in events:
            head = encode({"t": "event", "eseq": event.eseq, "from": event.sender})
            frames.append(frame(head[:-1] + b',"data":' + event.data + b"}"))
        return frames

    def _frame(self, head: dict[str, Any], lists: Sequence[tuple[str, Piece | None]]) -> bytes:
        """One message: the head, then each list of pieces under its name."""
        chunks: list[bytes | Piece] = []
        text = encode(head)[:-1]
        before = None
        for name, piece in lists:
            if name != before:
                text += (b"" if before is None else b"]") + b',"' + name.encode() + b'":['
            elif piece is not None:
                text += b","
            if piece is not None:
                chunks += [text, piece]
                text = b""
            before = name
        chunks.append(text + (b"}" if before is None else b"]}"))
        size = sum(len(chunk.json) if isinstance(chunk, Piece) else len(chunk) for chunk in chunks)
        if not self._deflate or size < _WORTH:
            return frame(b"".join(chunk.json if isinstance(chunk, Piece) else chunk for chunk in chunks))
        made = compressed(
            [
                chunk.deflated
                if isinstance(chunk, Piece) and len(chunk.json) >= _WORTH
                else stored(chunk.json if isinstance(chunk, Piece) else chunk)
                for chunk in chunks
            ]
        )
        self.saved += size - len(made)
        return made


def keys(keys: Iterable[str]) -> list[Piece]:
    """Keys as JSON texts, in pieces."""
    return sizes.texts([encode(key) for key in keys])


def _grouped(named: Sequence[tuple[str, Piece]]) -> Iterable[list[tuple[str, Piece | None]]]:
    """Lists of pieces, each of about ``PART`` bytes at the most."""
    group: list[tuple[str, Piece | None]] = []
    size = 0
    for name, piece in named:
        if group and size + len(piece.json) > sizes.PART:
            yield group
            group, size = [], 0
        group.append((name, piece))
        size += len(piece.json)
    if group:
        yield group


def _aged(row: dict[str, Any], aircraft: Aircraft, now: float) -> dict[str, Any]:
    row["seen"] = floor((now - aircraft.heard) * 10 + 0.5) / 10
    position = aircraft.position_heard()
    if position is not None:
        row["seen_pos"] = floor((now - position) * 10 + 0.5) / 10
    return row
