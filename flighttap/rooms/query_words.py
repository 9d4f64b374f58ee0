"""The words of the filter language: what can be compared, its flags, its units.

``web/static/js/query/words.js`` holds the same tables for the page;
``tests/data/query_vectors.json`` uses every word of them, so neither can change alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from flighttap.aircraft.fields import BY_WIRE, FIELDS, Field
from flighttap.aircraft.observation import SOURCES

__all__ = ["AGES", "COLUMNS", "FLAGS", "GROUPS", "MILITARY", "SYNTAX", "UNITS", "Column", "Kind", "nearest"]

Kind = Literal["number", "angle", "text", "texts", "truth", "address"]


@dataclass(frozen=True, slots=True)
class Column:
    """What a comparison can be about.

    :param name: as the normal form writes it.
    :param fields: rows of the table of fields, the first that is known counts;
        none: the key of the flight, of an ``address`` only where that is one.
    :param words: the only values it can have, where that is so.
    :param small: the normal form writes its values in small letters.
    """

    name: str
    kind: Kind
    fields: tuple[Field, ...] = ()
    words: tuple[str, ...] = ()
    small: bool = False


SYNTAX = ("and", "or", "not", "within")
AGES = ("seen", "seen_pos", "age", "last_seen")
"""Names of ages: they grow without a change, so no filter can be kept true of them."""
GROUPS = ("adsb", "adsr", "tisb")
"""Values of ``source`` that stand for all that begin with them and ``_``."""
UNITS: dict[str, float] = {"nm": 1852.0, "km": 1000.0, "mi": 1609.344}
"""Metres in a nautical mile, a kilometre and a statute mile."""

MILITARY = (
    *("0a4000..0a4fff", "33ff00..33ffff", "350000..37ffff", "3aa000..3affff", "3b7000..3bffff", "3ea000..3ebfff"),
    *("3f4000..3fbfff", "400000..40003f", "43c000..43cfff", "44f000..44ffff", "45f400..45f4ff", "468000..4683ff"),
    *("478100..4781ff", "480000..480fff", "48d800..48d87f", "497c00..497cff", "4b7000..4b7fff", "4b8200..4b82ff"),
    *("738a00..738aff", "800200..8002ff", "adf7c8..afffff", "c20000..c3ffff", "e40000..e41fff", "e80600..e806ff"),
)
"""Address blocks that states use for their armed forces.

No authority publishes them. These are the ones that spotters have found and that readsb (aircraft.c) and tar1090-db
(ranges.json) mark too: Algeria, Italy, Spain, France, Germany, the United Kingdom, Belgium, Denmark, Greece, Norway,
the Netherlands, Poland, Portugal, Switzerland, Turkey, Israel, India, the United States, Canada, Brazil and Chile.
Where lists differ, the narrower block is taken.
"""

FLAGS: dict[str, str] = {
    "ground": "on_ground=true",
    "airborne": "on_ground=false or not on_ground=* alt=*",
    "military": f"hex={','.join(MILITARY)}",
    "emergency": "squawk=7500,7600,7700 or emergency=general,lifeguard,minfuel,nordo,unlawful,downed",
    "climbing": "vs>=250 not on_ground=true",
    "descending": "vs<=-250 not on_ground=true",
    "member": "source=member",
}
"""Each flag and the filter that it is short for."""

_SHOWN = {"r": "reg", "t": "type", "type": "source", "ownOp": "operator"}
_SHORT = {"flight": ("call",), "category": ("cat",)}
_WORDS = {
    "type": (*SOURCES, *GROUPS),
    "emergency": ("none", "general", "lifeguard", "minfuel", "nordo", "unlawful", "downed", "reserved"),
    "nav_modes": ("autopilot", "vnav", "althold", "approach", "lnav", "tcas"),
}
_KINDS: dict[type, Kind] = {float: "number", int: "number", str: "text", list: "texts", bool: "truth"}


def _columns() -> dict[str, Column]:
    altitude = Column("alt", "number", (BY_WIRE["alt_baro"], BY_WIRE["alt_geom"]))
    rate = Column("vs", "number", (BY_WIRE["baro_rate"], BY_WIRE["geom_rate"]))
    address = Column("hex", "address", small=True)
    columns = {"alt": altitude, "altitude": altitude, "vs": rate, "vert_rate": rate, "vertical_rate": rate}
    columns |= {"hex": address, "icao": address, "icao24": address, "key": Column("key", "text", small=True)}
    for field in FIELDS:
        name = _SHOWN.get(field.wire, field.wire)
        kind = "angle" if field.angle else _KINDS[field.kind]
        column = Column(name, kind, (field,), _WORDS.get(field.wire, ()), field.wire in _WORDS)
        for spoken in (name, field.wire.lower(), field.name, *field.aliases, *_SHORT.get(field.wire, ())):
            columns.setdefault(spoken, column)  # so that "type" stays the aircraft's and "alt" knows both altitudes
    return columns


COLUMNS: dict[str, Column] = _columns()
"""Every name that a comparison can begin with."""


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The known word that a mistyped one most likely means: the first of the fewest edits away, at most two."""
    if len(word) > 24:
        return None
    best, limit = None, min(len(word), 2 if len(word) < 6 else 3)
    for known in words:
        if abs(len(word) - len(known)) < limit and (edits := _edits(word, known, limit)) < limit:
            best, limit = known, edits
    return best


def _edits(one: str, other: str, limit: int) -> int:
    """Letters to add, drop, change or swap with the next (optimal string alignment distance).

    :param limit: from here on any number will do.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one):
        last, before, row = before, row, [i + 1]
        for j, b in enumerate(other):
            cost = min(before[j + 1] + 1, row[j] + 1, before[j] + (a != b))
            if i and j and a == other[j - 1] and b == one[i - 1]:
                cost = min(cost, last[j - 1] + 1)
            row.append(cost)
        if min(row) >= limit and min(before) >= limit:  # a swap reaches back two rows
            return limit
    return row[-1]
