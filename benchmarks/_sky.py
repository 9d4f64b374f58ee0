"""The bytes of one busy site, made from the Toulouse recording: Beast messages in the order in which they are sent.

Where the recording is not here, a sky is made up instead. Either can be told as SBS lines, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from flighttap.aircraft.observation import Observation
from flighttap.feeds.sky.frames import airborne_position, identification, velocity
from flighttap.formats.beast import BeastDecoder
from flighttap.formats.crc import parity

__all__ = ["DATA", "RECORDING", "Sky", "as_sbs", "busy", "folded", "recorded"]

DATA = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
"""Where the recordings are, beside the checkout."""
RECORDING = "toulouse.beast"

_FLIGHT = 0x400F99
"""The aircraft of nearly all of the recording's frames: from Toulouse to Heathrow in under two hours."""
_FIRST = 0x4CA000
_HALFWAY = (47.5, 0.4)
_STAMPED = 7  # bytes before a frame: timestamp and signal


class Sky(NamedTuple):
    """What a site hears.

    :param messages: whole Beast messages, or SBS lines.
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


def busy(folder: Path, rate: float, messages: int) -> tuple[str, Sky]:
    """The sky of a busy site, so many messages of it, and what it is made of.

    :param folder: of the recordings.
    :param rate: messages a second that are the speed of life.
    """
    path = folder / RECORDING
    if path.is_file():
        sky = folded(path, rate)
        if len(sky.messages) >= messages:
            return f"{path.name}, folded", sky._replace(messages=sky.messages[:messages])
    return "made up", _made_up(rate, messages)


def _made_up(rate: float, messages: int) -> Sky:
    """Aircraft that fly straight on, heard twice a second with a place and twice with a speed, now and then by name."""
    aircraft = max(1, round(rate / 4.2))
    said: list[bytes] = []
    half = 0
    while len(said) < messages:
        for number in range(aircraft):
            icao, north = _FIRST + number, number % 2 == 0
            lat = _HALFWAY[0] + (number % 40 - 20) / 20 + half * 0.0011 * (1 if north else -1)
            lon = _HALFWAY[1] + (number // 40 % 40 - 20) / 20
            said.append(airborne_position(icao, lat, lon, 1000 + number % 400 * 100, half % 2))
            said.append(velocity(icao, 480, 0 if north else 180, 0, 0))
            if (number + half) % 10 == 0:
                said.append(identification(icao, "A3", f"TAP{number % 10000}"))
        half += 1
    stamp = bytes(6) + b"\x80"
    return Sky([_message(stamp + frame) for frame in said[:messages]], _HALFWAY, messages / rate)


def as_sbs(sky: Sky) -> Sky:
    """What a decoder with an SBS port would say of the same messages."""
    decoder = BeastDecoder(sky.receiver)
    pace = sky.seconds / len(sky.messages)
    heard = [said for n, piece in enumerate(sky.messages) for said in decoder.feed(piece, n * pace)]
    return Sky([_line(said) for said in heard], sky.receiver, sky.seconds)


def _line(said: Observation) -> bytes:
    """One MSG line: see docs of :mod:`flighttap.formats.sbs` for what is where."""
    values = said.values
    kind = 1 if "callsign" in values else 3 if "lat" in values else 4 if "gs" in values else 5
    names = ("callsign", "alt_baro", "gs", "track", "lat", "lon", "baro_rate", "squawk")
    told = ",".join("" if values.get(name) is None else str(values[name]) for name in names)
    when = "2026/01/01,00:00:00.000"
    return f"MSG,{kind},1,1,{said.key.upper()},1,{when},{when},{told},0,0,0,0\r\n".encode()


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
