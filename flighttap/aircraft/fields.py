"""The one table of what can be known of an aircraft: names, units, types, ranges, lifetimes.

Wire names and units are readsb's (README-json.md), so that the tools of this
world already speak them; attribute names are ours where readsb's would mislead
(``icao``, ``callsign``). Wire ids are for compact encodings and never change.
Everything that names a field (wire, docs, page) is tested against this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from flighttap.errors import BadField

__all__ = ["BY_NAME", "BY_WIRE", "FIELDS", "IDENTITY", "Field", "understand"]

MOTION = 60.0
LONG = 180.0


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the table.

    :param name: the name in Python.
    :param wire: readsb's name, used on every wire.
    :param unit: as readsb's; empty for text and plain numbers.
    :param kind: ``float``, ``int``, ``str``, ``bool`` or ``list`` (of str).
    :param wire_id: small and fixed for ever.
    :param low, high: inclusive range of a number; a length bound for text (``high``).
    :param decimals: how many a float keeps.
    :param lifetime: seconds after which a value not heard again is dropped;
        ``None`` lasts as long as the aircraft.
    :param aliases: other names that members may use for it.
    :param angle: wraps at 360 degrees.
    :param identity: says who it is or how it is known, not how it moves.
    """

    name: str
    wire: str
    unit: str
    kind: type
    wire_id: int
    low: float = 0
    high: float = 0
    decimals: int = 0
    lifetime: float | None = MOTION
    aliases: tuple[str, ...] = ()
    angle: bool = False
    identity: bool = False


FIELDS: tuple[Field, ...] = (
    Field("callsign", "flight", "", str, 1, high=16, lifetime=None, aliases=("callsign",), identity=True),
    Field("registration", "r", "", str, 2, high=16, lifetime=None, aliases=("registration",), identity=True),
    Field("type_code", "t", "", str, 3, high=16, lifetime=None, aliases=("type_code", "aircraft_type"), identity=True),
    Field("description", "desc", "", str, 4, high=64, lifetime=None, identity=True),
    Field("category", "category", "", str, 5, high=2, lifetime=None, identity=True),
    Field("lat", "lat", "deg", float, 6, -90, 90, 7, aliases=("latitude",)),
    Field("lon", "lon", "deg", float, 7, -180, 180, 7, aliases=("lng", "long", "longitude")),
    Field("alt_baro", "alt_baro", "ft", int, 8, -2000, 150000, aliases=("alt", "altitude", "baro_altitude")),
    Field("alt_geom", "alt_geom", "ft", int, 9, -2000, 150000, aliases=("geo_altitude",)),
    Field("on_ground", "on_ground", "", bool, 10, aliases=("ground",)),
    Field("gs", "gs", "kt", float, 11, 0, 5000, 1, aliases=("speed", "ground_speed", "groundspeed")),
    Field("ias", "ias", "kt", int, 12, 0, 5000),
    Field("tas", "tas", "kt", int, 13, 0, 5000),
    Field("mach", "mach", "", float, 14, 0, 10, 3),
    Field("track", "track", "deg", float, 15, 0, 360, 2, aliases=("heading",), angle=True),
    Field("track_rate", "track_rate", "deg/s", float, 16, -360, 360, 2),
    Field("roll", "roll", "deg", float, 17, -180, 180, 2),
    Field("mag_heading", "mag_heading", "deg", float, 18, 0, 360, 2, angle=True),
    Field("true_heading", "true_heading", "deg", float, 19, 0, 360, 2, angle=True),
    Field("baro_rate", "baro_rate", "ft/min", int, 20, -60000, 60000, aliases=("vert_rate", "vertical_rate")),
    Field("geom_rate", "geom_rate", "ft/min", int, 21, -60000, 60000),
    Field("squawk", "squawk", "", str, 22, high=4, lifetime=LONG, identity=True),
    Field("emergency", "emergency", "", str, 23, high=16, identity=True),
    Field("nav_qnh", "nav_qnh", "hPa", float, 24, 700, 1300, 1),
    Field("nav_altitude_mcp", "nav_altitude_mcp", "ft", int, 25, -2000, 150000),
    Field("nav_altitude_fms", "nav_altitude_fms", "ft", int, 26, -2000, 150000),
    Field("nav_heading", "nav_heading", "deg", float, 27, 0, 360, 2, angle=True),
    Field("nav_modes", "nav_modes", "", list, 28, high=8),
    Field("nic", "nic", "", int, 29, 0, 15),
    Field("rc", "rc", "m", int, 30, 0, 65535),
    Field("version", "version", "", int, 31, 0, 7, lifetime=None),
    Field("nic_baro", "nic_baro", "", int, 32, 0, 1),
    Field("nac_p", "nac_p", "", int, 33, 0, 15),
    Field("nac_v", "nac_v", "", int, 34, 0, 7),
    Field("sil", "sil", "", int, 35, 0, 3),
    Field("sil_type", "sil_type", "", str, 36, high=16),
    Field("gva", "gva", "", int, 37, 0, 3),
    Field("sda", "sda", "", int, 38, 0, 3),
    Field("alert", "alert", "", int, 39, 0, 1),
    Field("spi", "spi", "", int, 40, 0, 1),
    Field("wd", "wd", "deg", float, 41, 0, 360, 0, angle=True),
    Field("ws", "ws", "kt", float, 42, 0, 500, 0),
    Field("oat", "oat", "degC", float, 43, -120, 80, 1),
    Field("tat", "tat", "degC", float, 44, -120, 120, 1),
    Field("source", "type", "", str, 45, high=16, lifetime=None, identity=True),
    Field("rssi", "rssi", "dBFS", float, 46, -100, 0, 1, lifetime=None),
    Field("messages", "messages", "", int, 47, 0, 2**53, lifetime=None),
    Field("country", "country", "", str, 48, high=2, lifetime=None, identity=True),
    Field("operator", "ownOp", "", str, 49, high=64, lifetime=None, aliases=("operator",), identity=True),
    Field("sender", "by", "", str, 50, high=16, lifetime=None, identity=True),
)

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
BY_WIRE: dict[str, Field] = {field.wire: field for field in FIELDS}
IDENTITY = frozenset(field.name for field in FIELDS if field.identity)
"""Names of the fields that say who an aircraft is."""

_SPOKEN: dict[str, Field] = {
    name: field
    for field in FIELDS
    if field.name not in ("source", "rssi", "messages", "country", "sender")  # how a thing was learned is ours to say
    for name in (field.wire, *field.aliases)
}
_REMEMBERED = 128
"""How many sets of names are remembered at once, each of at most ``_NAMES``: who makes names up fills no more."""
_NAMES = 64
_WHOLE = 1.5 * 2**52


class _Reading(NamedTuple):
    """What to read of objects with the same names: of each the name said, ours, and what it must keep to.

    ``floats``: lowest, highest, 10 to the power of its decimals, whether it is an angle, unit; ``ints``: lowest,
    highest, unit; ``texts`` and ``lists``: greatest length; ``flags``: nothing.
    """

    floats: list[tuple[str, str, float, float, float, bool, str]]
    ints: list[tuple[str, str, int, int, str]]
    texts: list[tuple[str, str, int]]
    lists: list[tuple[str, str, int]]
    flags: list[tuple[str, str]]


def understand(said: Mapping[str, Any]) -> dict[str, Any]:
    """Read the known fields out of an object that a member sent.

    Names are readsb's or one of the aliases in the table; the readsb name wins
    where both are given. A known name of another *type* is left alone (it is
    passed on but not understood), and so is an unknown name. ``alt_baro`` may be
    ``"ground"`` as in readsb's aircraft.json.

    :returns: field name to value, floats rounded, angles in 0 ≤ x < 360.
    :raises BadField: a number outside its range or a text that is too long.
    """
    names = tuple(said)
    floats, ints, texts, lists, flags = (_reading_remembered if len(names) <= _NAMES else _reading)(names)
    values: dict[str, Any] = {}
    for spoken, name, lowest, highest, scale, angle, unit in floats:
        value = said[spoken]
        own = type(value)
        if own is float or own is int:
            if not lowest <= value <= highest:
                raise _outside(spoken, lowest, highest, unit)
            rounded = (value * scale + _WHOLE - _WHOLE) / scale
            values[name] = rounded % 360 if angle else rounded
    for spoken, name, low, high, unit in ints:
        value = said[spoken]
        own = type(value)
        if own is int or own is float:
            if not low <= value <= high:
                raise _outside(spoken, low, high, unit)
            values[name] = value if own is int else int(value)
        elif value == "ground" and name == "alt_baro":
            values["on_ground"] = True
    for spoken, name, most in texts:
        value = said[spoken]
        if type(value) is str:
            text = value.strip()
            if len(text) > most:
                raise BadField(f"{spoken} must be at most {most} characters.")
            values[name] = text
    for spoken, name, most in lists:
        value = said[spoken]
        if type(value) is list:
            if len(value) > most or not all(isinstance(item, str) and len(item) <= 16 for item in value):
                raise BadField(f"{spoken} must be a list of at most {most} short texts.")
            values[name] = list(value)
    for spoken, name in flags:
        value = said[spoken]
        if type(value) is bool:
            values[name] = value
    return values


def _outside(spoken: str, low: float, high: float, unit: str) -> BadField:
    return BadField(f"{spoken} must be from {low:g} to {high:g} {unit}".rstrip() + ".")


def _reading(names: tuple[str, ...]) -> _Reading:
    """What to read of an object that says these names, in this order."""
    reading = _Reading([], [], [], [], [])
    for spoken in names:
        field = _SPOKEN.get(spoken)
        if field is None or (spoken != field.wire and field.wire in names):
            continue
        name, low, high = field.name, field.low, field.high
        if field.kind is float:
            scale = 10.0**field.decimals
            reading.floats.append((spoken, name, float(low), float(high), scale, field.angle, field.unit))
        elif field.kind is int:
            reading.ints.append((spoken, name, int(low), int(high), field.unit))
        elif field.kind is bool:
            reading.flags.append((spoken, name))
        else:
            (reading.texts if field.kind is str else reading.lists).append((spoken, name, int(high)))
    return reading


_reading_remembered = lru_cache(_REMEMBERED)(_reading)
