"""The bytes of one busy site, made from the Toulouse recording: Beast messages in the order in which they are sent."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flighttap.formats.beast import BeastDecoder
from flighttap.formats.crc import parity

__all__ = ["Sky", "folded", "recorded"]

_FLIGHT = 0x400F99
"""The aircraft of nearly all of the recording's frames: from Toulouse to Heathrow in under two hours."""
_FIRST = 0x4CA000
_HALFWAY = (47.5, 0.4)
_STAMPED = 7  # bytes before a frame: timestamp and signal


class Sky(NamedTuple):
    """What a site hears.

    :param messages: whole Beast messages.
    :param receiver: where its aerial is, degrees.
    :param seconds: of the recording that the messages are, or stand for.
    """

    messages: list[bytes]
    receiver: tuple[float, float]
    seconds: float


def recorded(path: Path) -> Sky:
    """The recording as it is."""
    timed = _timed(path)
    return Sky([piece for _, piece in timed], (43.63, 1.37), timed[-1][0] - timed[0][0])


def folded(path: Path, rate: float) -> Sky:
    """The recording's one flight, cut into as many pieces as, all at once, make ``rate`` messages a second.

    Each piece is flown by an aircraft with an address of its own, at the speed of life; the receiver is halfway.
    """
    said = []
    for time, piece in _timed(path):
        body = piece[2:].replace(b"\x1a\x1a", b"\x1a")
        frame = body[_STAMPED:]
        squitter = frame[0] >> 3 == 17
        check = int.from_bytes(frame[-3:])
        address = int.from_bytes(frame[1:4]) if squitter else parity(frame[:-3]) ^ check
        if address == _FLIGHT:
            said.append((time, body[:_STAMPED], frame, squitter))
    first = said[0][0]
    length = len(said) / rate
    flown = []
    for time, stamp, frame, squitter in said:
        piece_number, offset = divmod(time - first, length)
        flown.append((offset, _message(stamp + _moved(frame, squitter, _FIRST + int(piece_number)))))
    flown.sort(key=lambda each: each[0])
    return Sky([message for _, message in flown], _HALFWAY, length)


def _timed(path: Path) -> list[tuple[float, bytes]]:
    with path.open("rb") as file:
        pieces = BeastDecoder.timeline(iter(lambda: file.read(65536), b""))
        return [(time, piece) for time, piece in pieces if time is not None]


def _moved(frame: bytes, squitter: bool, address: int) -> bytes:
    """The same frame from another aircraft."""
    if squitter:
        data = frame[:1] + address.to_bytes(3) + frame[4:-3]
        return data + parity(data).to_bytes(3)
    return frame[:-3] + (parity(frame[:-3]) ^ address).to_bytes(3)


def _message(body: bytes) -> bytes:
    return b"\x1a3" + body.replace(b"\x1a", b"\x1a\x1a")
