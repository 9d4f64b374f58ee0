"""AVR: Mode S frames as lines of hexadecimal digits.

===============================  ==============================================
``*8D4CA251…;``                  a frame; ``:`` for ``*`` in some senders
``@0123456789AB8D4CA251…;``      12 digits of a 12 MHz counter before it; so ``%``
``<0123456789ABC88D4CA251…;``    the counter and two digits of signal level
===============================  ==============================================

7 or 14 bytes are a frame, two are a Mode A/C reply, ``*0000;`` is a heartbeat.
Source: Jetvision wiki "Mode-S Beast:Data Output Formats"; readsb's net_io.c,
read, not copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flighttap.aircraft.observation import Observation
from flighttap.formats.modes import ModesDecoder
from flighttap.formats.stamps import COUNTER_HZ, COUNTER_PERIOD, MLAT, NOT_A_TIME, RSSI, Pace

__all__ = ["AvrDecoder"]

# How many digits stand between a marker and the frame.
_PREFIX: dict[int, int] = {ord("*"): 0, ord(":"): 0, ord("@"): 12, ord("%"): 12, ord("<"): 14}
_TEXT_MAX = 64  # no frame is longer, whatever stands before its marker
_HEX = frozenset(b"0123456789abcdefABCDEF")
_MARKERS = bytes(_PREFIX)
_LINE = re.compile(rb"[^;\n]*(?:;\r?\n?|\n)")
_GARBAGE_MAX = 4096


class AvrDecoder:
    """Decodes an AVR stream cut anywhere.

    :attr:`stats` holds the counts of :class:`~flighttap.formats.modes.ModesDecoder`
    (``malformed`` counts lines that are no frame, too), ``mode_ac`` and ``heartbeat``.

    :param receiver: latitude and longitude of the antenna in degrees, if known.
    """

    def __init__(self, receiver: tuple[float, float] | None = None) -> None:
        self._modes = ModesDecoder(receiver)
        self.stats = self._modes.stats
        self.stats.update(mode_ac=0, heartbeat=0)
        self._rest = b""

    def feed(self, data: bytes, at: float) -> list[Observation]:
        """Take the next bytes; return what the lines they complete say.

        :param data: any number of bytes, cut anywhere.
        :param at: feed time in seconds at which they arrived.
        """
        *lines, rest = (self._rest + data).replace(b"\n", b";").split(b";")
        self._rest = rest[-_TEXT_MAX:]
        said: list[Observation] = []
        for line in lines:
            observation = self._line(line, at)
            if observation is not None:
                said.append(observation)
        return said

    def _line(self, line: bytes, at: float) -> Observation | None:
        text = line[-_TEXT_MAX:].strip()
        if not text:
            return None
        parts = _parts(text)
        if parts is None:
            self.stats["malformed"] += 1
            # A line that lost its end has swallowed the beginning of this one.
            parts = _parts(text[max(text.rfind(marker) for marker in _MARKERS) :])
            if parts is None:
                return None
        stamp, level, frame = parts
        if len(frame) == 2:
            self.stats["mode_ac" if any(frame) else "heartbeat"] += 1
            return None
        return self._modes.decode(frame, at, RSSI[level], stamp == MLAT)

    @staticmethod
    def timeline(chunks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
        """Cut a recording into its lines, each with the time its ``@`` counter shows, in seconds.

        Joined, the pieces are the recording, byte for byte.

        :returns: pairs of time, ``None`` before the first stamp, and bytes.
        """
        pace = Pace(COUNTER_PERIOD)
        rest = b""
        for chunk in chunks:
            rest += chunk
            end = 0
            for found in _LINE.finditer(rest):
                end = found.end()
                parts = _parts(found[0].strip().rstrip(b";"))
                if parts is not None and parts[0] not in NOT_A_TIME:
                    pace.at(parts[0] / COUNTER_HZ)
                yield pace.now, found[0]
            rest = rest[end:]
            if len(rest) > _GARBAGE_MAX:
                yield pace.now, rest
                rest = b""
        if rest:
            yield pace.now, rest


def _parts(text: bytes) -> tuple[int, int, bytes] | None:
    """Counter, signal level and frame of one line; 0 for what it does not say; ``None`` if it is no line."""
    prefix = _PREFIX.get(text[0]) if text else None
    if prefix is None:
        return None
    digits = text[1:]
    if len(digits) - prefix not in (4, 14, 28) or not _HEX.issuperset(digits):
        return None
    stamp = int(digits[:12], 16) if prefix else 0
    level = int(digits[12:14], 16) if prefix == 14 else 0
    return stamp, level, bytes.fromhex(digits[prefix:].decode("ascii"))
