"""SBS-1 (BaseStation): one comma-separated line for each thing that was heard.

22 fields: the word MSG, its type, session, aircraft, address, flight, then four
fields of date and time, callsign, altitude, ground speed, track, latitude,
longitude, vertical rate, squawk, alert, emergency, special identification, on
ground. Units are feet, knots, degrees and feet a minute. Of the other lines
only ID, which names a callsign, and AIR, a new aircraft, say anything kept here.

The dates have no time zone and order nothing; they only pace a replay. A number
in front of a line, as Stratux's logs have, counts nanoseconds and does the same.

Source: "Socket Data and BST" (homepages.mcb.net/bones/SBS/Article), and lines of
real senders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from flighttap.aircraft.observation import Observation
from flighttap.formats.stamps import Pace

__all__ = ["SbsDecoder"]

_ADDRESS = re.compile(r"~?[0-9A-Fa-f]{6}\Z")
_CALLSIGN = re.compile(r"[A-Z0-9]{1,8}\Z")
_SQUAWK = re.compile(r"[0-7]{1,4}\Z")
_LINE = re.compile(rb"[^\n]*\n")
_DATE = re.compile(r"(\d{4})/(\d\d)/(\d\d)\Z")
_TIME = re.compile(r"(\d\d):(\d\d):(\d\d(?:\.\d{1,9})?)\Z")

_LINE_MAX = 512
_GARBAGE_MAX = 4096
_ADDRESS_FIELD = 4
_CALLSIGN_FIELD = 10
_FIELDS = 22
_TIME_FIELD = 7
_COUNTER_DIGITS = 20

_STATS = ("messages", "malformed", "heartbeat", "ignored", "no_position", "bad_value")

# Types 1 to 4 are extended squitters or what somebody made look so; 5 to 8 are replies.
_SOURCES = dict.fromkeys("1234", "other") | dict.fromkeys("5678", "mode_s")
_IGNORED = frozenset(("SEL", "STA", "CLK"))
_EMERGENCIES = {"7500": "unlawful", "7600": "nordo", "7700": "general"}
_FLAGS = {"-1": 1, "1": 1, "0": 0}

# Field by its place: name, lowest, highest, decimals.
_NUMBERS: tuple[tuple[int, str, float, float, int], ...] = (
    (11, "alt_baro", -2000, 150000, 0),
    (12, "gs", 0, 5000, 1),
    (13, "track", 0, 360, 2),
    (16, "baro_rate", -60000, 60000, 0),
)


class SbsDecoder:
    """Decodes an SBS stream cut anywhere.

    :attr:`stats` counts

    ===============  ==========================================================
    ``messages``     lines that yielded an observation
    ``malformed``    lines that are none of this format, or name no aircraft
    ``bad_value``    values left out because they are no number or out of range
    ``no_position``  positions of exactly 0, 0: what senders write without one
    ``ignored``      lines about no aircraft
    ``heartbeat``    empty lines
    ===============  ==========================================================

    :param receiver: not used; positions come decoded.
    """

    def __init__(self, receiver: tuple[float, float] | None = None) -> None:
        self.stats: dict[str, int] = dict.fromkeys(_STATS, 0)
        self._rest = b""

    def feed(self, data: bytes, at: float) -> list[Observation]:
        """Take the next bytes; return what the lines they complete say.

        :param data: any number of bytes, cut anywhere.
        :param at: feed time in seconds at which they arrived.
        """
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-_LINE_MAX - 1 :]
        said: list[Observation] = []
        for line in lines:
            observation = self._line(line, at)
            if observation is not None:
                said.append(observation)
        return said

    def _line(self, line: bytes, at: float) -> Observation | None:
        if len(line) > _LINE_MAX:
            self.stats["malformed"] += 1
            return None
        text = line.decode("ascii", "replace").strip()
        if not text:
            self.stats["heartbeat"] += 1
            return None
        fields = text.split(",")
        if fields[0].isdecimal():
            del fields[0]
        word = fields[0] if fields else ""
        if word in _IGNORED:
            self.stats["ignored"] += 1
            return None
        if len(fields) <= _ADDRESS_FIELD or not _ADDRESS.match(fields[_ADDRESS_FIELD]):
            self.stats["malformed"] += 1
            return None
        fields += [""] * (_FIELDS - len(fields))
        values: dict[str, Any] = {}
        source = "other"
        if word == "MSG" and fields[1] in _SOURCES:
            source = _SOURCES[fields[1]]
            self._message(fields, values)
        elif word == "ID":
            self._callsign(fields, values)
        elif word != "AIR":
            self.stats["malformed"] += 1
            return None
        self.stats["messages"] += 1
        return Observation(fields[_ADDRESS_FIELD].lower(), at, source, values)

    def _callsign(self, fields: list[str], values: dict[str, Any]) -> None:
        callsign = fields[_CALLSIGN_FIELD].strip().upper()
        if _CALLSIGN.match(callsign):
            values["callsign"] = callsign
        elif callsign:
            self.stats["bad_value"] += 1

    def _message(self, fields: list[str], values: dict[str, Any]) -> None:
        self._callsign(fields, values)
        for place, name, low, high, decimals in _NUMBERS:
            text = fields[place]
            if not text:
                continue
            if name == "alt_baro" and text.endswith("H"):  # readsb's mark for a height above the ellipsoid
                name, text = "alt_geom", text[:-1]
            number = self._number(text, low, high)
            if number is not None:
                values[name] = round(number, decimals) if decimals else round(number)
        if values.get("track") == 360:
            values["track"] = 0.0
        if fields[14] and fields[15]:
            lat = self._number(fields[14], -90, 90)
            lon = self._number(fields[15], -180, 180)
            if lat == 0 and lon == 0:
                self.stats["no_position"] += 1
            elif lat is not None and lon is not None:
                values["lat"] = round(lat, 5)
                values["lon"] = round(lon, 5) if lon < 180 else -180.0
        squawk = fields[17]
        if _SQUAWK.match(squawk):
            values["squawk"] = squawk.zfill(4)
        elif squawk:
            self.stats["bad_value"] += 1
        alert, emergency, spi, ground = (_FLAGS.get(text) for text in fields[18:22])
        if alert is not None:
            values["alert"] = alert
        if emergency is not None:
            values["emergency"] = _EMERGENCIES.get(squawk, "general") if emergency else "none"
        if spi is not None:
            values["spi"] = spi
        if fields[1] == "2":
            values["on_ground"] = True
        elif ground is not None:
            values["on_ground"] = bool(ground)

    def _number(self, text: str, low: float, high: float) -> float | None:
        try:
            number = float(text)
        except ValueError:
            number = float("nan")
        if low <= number <= high:  # false for what is no number, too
            return number
        self.stats["bad_value"] += 1
        return None

    @staticmethod
    def timeline(chunks: Iterable[bytes]) -> Iterator[tuple[float | None, bytes]]:
        """Cut a recording into its lines, each with the time it was made, in seconds.

        Joined, the pieces are the recording, byte for byte.

        :returns: pairs of time, ``None`` before the first stamp, and bytes.
        """
        pace = Pace()
        rest = b""
        for chunk in chunks:
            rest += chunk
            end = 0
            for found in _LINE.finditer(rest):
                end = found.end()
                stamp = _stamp(found[0])
                if stamp is not None:
                    pace.at(stamp)
                yield pace.now, found[0]
            rest = rest[end:]
            if len(rest) > _GARBAGE_MAX:
                yield pace.now, rest
                rest = b""
        if rest:
            yield pace.now, rest


def _stamp(line: bytes) -> float | None:
    """Seconds, from whenever, at which a line says that it was made; ``None`` if it says nothing that can be."""
    fields = line[:_LINE_MAX].decode("ascii", "replace").split(",", 9)
    if fields[0].isdecimal():
        return int(fields[0]) / 1e9 if len(fields[0]) <= _COUNTER_DIGITS else None
    if len(fields) <= _TIME_FIELD:
        return None
    day, time = _DATE.match(fields[_TIME_FIELD - 1]), _TIME.match(fields[_TIME_FIELD])
    if day is None or time is None:
        return None
    return _days(*map(int, day.groups())) * 86400 + int(time[1]) * 3600 + int(time[2]) * 60 + float(time[3])


def _days(year: int, month: int, day: int) -> int:
    """Days of the Gregorian calendar from some day on. Years begin with March here, so that a leap day ends one."""
    year -= month <= 2
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * ((month + 9) % 12) + 2) // 5 + day
