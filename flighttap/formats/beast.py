"""The Mode-S Beast's binary stream, with what readsb added to it.

A message is ``0x1a``, a type and a body in which every ``0x1a`` is doubled.
Types ``1`` to ``5`` carry a 48-bit timestamp, a signal level and the data; see
:data:`_BODY`. Source: Jetvision wiki "Mode-S Beast:Data Output Formats"; for the
types at and above 0xe0 and the pings readsb's ``net_io.c``, read, not copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from struct import Struct

from flighttap.aircraft.observation import Observation
from flighttap.formats.modes import FRAME, ModesDecoder
from flighttap.formats.stamps import COUNTER_HZ, COUNTER_PERIOD, DAY, MLAT, NOT_A_TIME, RSSI, Pace

__all__ = ["BeastDecoder"]

_ESCAPE = 0x1A
_MODE_AC, _SHORT, _LONG, _STATUS, _SKIPPED, _PING_WANTED, _PING = b"12345WP"
_RECEIVER_ID, _UUID, _CLOCK = 0xE3, 0xE4, 0xE8

_STAMPED = 7  # bytes before the data: timestamp and signal
_BODY: dict[int, int] = {
    _MODE_AC: _STAMPED + 2,
    _SHORT: _STAMPED + 7,
    _LONG: _STAMPED + 14,
    _STATUS: _STAMPED + 14,
    _SKIPPED: _STAMPED + 14,
    _PING_WANTED: 1,
    _PING: 3,
    _RECEIVER_ID: 8,
}
"""How many bytes follow each type, before doubling."""

_CLOCK_BODY = 8  # a little-endian count of milliseconds, never doubled
_UUID_MAX = 64
_UUID_CHARACTERS = frozenset(b"0123456789abcdefABCDEF-")
_STATUS_MIN = _STAMPED + 2  # what older receivers send
_DIP_GPS = 0x10

_MADE_UP = MLAT.to_bytes(6)
_MADE_UP_EARLY, _MADE_UP_LATE = MLAT >> 32, MLAT & 0xFFFFFFFF
_RUN = re.compile(rb"(?:\x1a3[^\x1a]{%d})+" % _BODY[_LONG])
_LONGS = Struct(f">2xHIB{FRAME.format[1:]}").iter_unpack
"""The long messages of a run: timestamp in two parts, signal level, and the frame as :data:`FRAME` has it."""
_GARBAGE_MAX = 4096
_FRAMES = (_LONG, _SHORT)
_INCOMPLETE = -1

_Message = tuple[int, bytes, int]


class _Framer:
    """Cuts a byte stream into messages, whatever pieces it comes in.

    What a cut decides never depends on where the pieces end: a message is taken
    when its last byte is there, and given up at the first byte that cannot be
    part of it.
    """

    __slots__ = ("buffer", "lost", "resyncs", "used")

    def __init__(self) -> None:
        self.buffer = b""
        self.used = 0
        self.resyncs = 0
        self.lost = False

    def push(self, data: bytes) -> list[_Message]:
        """The messages that ``data`` completes: type, body without doubling, and where in ``buffer`` it ends."""
        self.extend(data)
        messages: list[_Message] = []
        while (message := self.message(messages[-1][2] if messages else 0)) is not None:
            messages.append(message)
        return messages

    def extend(self, data: bytes) -> bytes:
        """Put ``data`` behind what is left of the last piece: that is ``buffer`` now."""
        self.buffer = self.buffer[self.used :] + data
        self.used = 0
        return self.buffer

    def message(self, place: int) -> _Message | None:
        """The next message from ``place`` on; all of ``buffer`` before its end, or before ``used``, is done with."""
        buffer = self.buffer
        size = len(buffer)
        while place + 1 < size or (place < size and buffer[place] != _ESCAPE):
            if buffer[place] != _ESCAPE:
                self._resync()
                place = buffer.find(_ESCAPE, place)
                if place < 0:
                    place = size
                continue
            kind = buffer[place + 1]
            need = _BODY.get(kind)
            if need is not None:
                end = place + 2 + need
                body = buffer[place + 2 : end]
                if _ESCAPE in body or end > size:
                    end, body = _undoubled(buffer, place + 2, need)
                    if end == _INCOMPLETE:
                        break
                    if len(body) < need and not (kind == _STATUS and len(body) >= _STATUS_MIN):
                        self._resync()
                        place = end
                        continue
            elif kind == _CLOCK:
                end = place + 2 + _CLOCK_BODY
                if end > size:
                    break
                body = buffer[place + 2 : end]
            elif kind == _UUID:
                end = place + 2
                while end < size and end < place + 2 + _UUID_MAX and buffer[end] in _UUID_CHARACTERS:
                    end += 1
                if end == size and end < place + 2 + _UUID_MAX:
                    break
                body = buffer[place + 2 : end]
            else:
                self._resync()
                place += 2
                continue
            self.lost = False
            self.used = end
            return kind, body, end
        self.used = place
        return None

    def _resync(self) -> None:
        if not self.lost:
            self.lost = True
            self.resyncs += 1


def _undoubled(buffer: bytes, place: int, need: int) -> tuple[int, bytes]:
    """``need`` bytes from ``place`` on, each doubled escape taken once.

    :returns: where they end and the bytes; fewer than ``need``, ended by a lone
        escape, when the message was cut short; :data:`_INCOMPLETE` as the end when
        more of the stream is needed to tell.
    """
    body = bytearray()
    size = len(buffer)
    while len(body) < need:
        if place >= size:
            return _INCOMPLETE, b""
        if buffer[place] == _ESCAPE:
            if place + 1 >= size:
                return _INCOMPLETE, b""
            if buffer[place + 1] != _ESCAPE:
                break
            place += 1
        body.append(buffer[place])
        place += 1
    return place, bytes(body)


class BeastDecoder:
    """Decodes a Beast stream cut anywhere.

    :attr:`stats` holds the counts of :class:`~flighttap.formats.modes.ModesDecoder` and

    ===============  ===========================================================
    ``resync``       times that bytes had to be thrown away to find a message
    ``mode_ac``      Mode A/C replies, which name no aircraft
    ``heartbeat``    empty messages that only keep the connection alive
    ``status``       status, pings, receiver ids and replay clocks
    ===============  ===========================================================

    :param receiver: latitude and longitude of the antenna in degrees, if known.
    """

    def __init__(self, receiver: tuple[float, float] | None = None) -> None:
        self._modes = ModesDecoder(receiver)
        self._framer = _Framer()
        self.stats = self._modes.stats
        self.stats.update(resync=0, mode_ac=0, heartbeat=0, status=0)

    def feed(self, data: bytes, at: float) -> list[Observation]:
        """Take the next bytes; return what the messages they complete say.

        :param data: any number of bytes, cut anywhere.
        :param at: feed time in seconds at which they arrived.
        """
        framer, decode = self._framer, self._modes.decode
        said: list[Observation] = []
        buffer, place = framer.extend(data), 0
        while True:
            run = _RUN.match(buffer, place)
            if run is not None:
                framer.lost = False
                place = run.end()
                self._run(run[0], at, said)
            message = framer.message(place)
            if message is None:
                break
            kind, body, place = message
            if kind in _FRAMES:
                observation = decode(body[_STAMPED:], at, RSSI[body[6]], body.startswith(_MADE_UP))
                if observation is not None:
                    said.append(observation)
            elif kind == _MODE_AC:
                self.stats["mode_ac" if any(body) else "heartbeat"] += 1
            else:
                self.stats["status"] += 1
        self.stats["resync"] = framer.resyncs
        return said

    def _run(self, run: bytes, at: float, said: list[Observation]) -> None:
        """Take long messages without an escape, one behind the other: what most of a stream is."""
        decode, follow, heads = self._modes.decode, self._modes.follow, self._modes.heads
        for early, late, level, head, a, b, c, d, e, f, g, high, low in _LONGS(run):
            known = heads.get(head)
            if known is None or (late == _MADE_UP_LATE and early == _MADE_UP_EARLY):
                frame = FRAME.pack(head, a, b, c, d, e, f, g, high, low)
                observation = decode(frame, at, RSSI[level], early << 32 | late == MLAT)
            else:
                observation = follow(known, a, b, c, d, e, f, g, high << 8 | low, at, RSSI[level])
            if observation is not None:
                said.append(observation)

    @staticmethod
    def timeline(chunks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
        """Cut a recording into its messages, each with the recording's own time.

        Time is the receiver's counter in seconds: 12 MHz, or nanoseconds of the
        day once a status message says that the receiver takes time from GPS, or
        readsb's replay clock as soon as there is one. Joined, the pieces are
        the recording, byte for byte.

        :returns: pairs of time, ``None`` before the first stamp, and bytes.
        """
        framer = _Framer()
        clock = _RecordedTime()
        carried = b""
        for chunk in chunks:
            start = 0
            for kind, body, end in framer.push(chunk):
                yield clock.after(kind, body), carried + framer.buffer[start:end]
                carried = b""
                start = end
            carried += framer.buffer[start : framer.used]
            if len(carried) > _GARBAGE_MAX:
                yield clock.now, carried
                carried = b""
        if carried or framer.used < len(framer.buffer):
            yield clock.now, carried + framer.buffer[framer.used :]


class _RecordedTime:
    """Which clock a Beast recording has, and what it shows."""

    __slots__ = ("_form", "_pace")

    def __init__(self) -> None:
        self._form = "counter"
        self._pace = Pace(COUNTER_PERIOD)

    @property
    def now(self) -> float | None:
        return self._pace.now

    def after(self, kind: int, body: bytes) -> float | None:
        """The time of the next message of the recording."""
        if kind == _CLOCK:
            if self._form != "replay":
                self._form = "replay"
                self._pace.restart(None)
            return self._pace.at(int.from_bytes(body, "little", signed=True) / 1000)
        if kind not in (_MODE_AC, _SHORT, _LONG, _STATUS, _SKIPPED) or self._form == "replay":
            return self._pace.now
        if kind == _STATUS and self._form == "counter" and body[_STAMPED] & _DIP_GPS:
            self._form = "gps"
            self._pace.restart(DAY)
        ticks = int.from_bytes(body[:6])
        if ticks in NOT_A_TIME:
            return self._pace.now
        if self._form == "gps":
            return self._pace.at((ticks >> 30) + (ticks & 0x3FFFFFFF) / 1e9)
        return self._pace.at(ticks / COUNTER_HZ)
