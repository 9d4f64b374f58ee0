"""What a reader may wish for, read from what it wrote: a box, a filter, fields."""

from __future__ import annotations

from flighttap.aircraft.fields import BY_WIRE
from flighttap.aircraft.identity import has_address, parse_key
from flighttap.errors import BadField
from flighttap.rooms.query import Query, parse
from flighttap.rooms.tiles import WORLD, Area, area_of

__all__ = ["DETAILS", "read_area", "read_detail", "read_fields", "read_where"]

DETAILS = 16
"""Flights of which one watcher may want every field."""


def read_area(box: object) -> Area:
    """The area of ``[west, south, east, north]`` in degrees; ``None`` is the world.

    :raises BadField: it is no box.
    """
    if box is None:
        return WORLD
    if not isinstance(box, list) or len(box) != 4 or not all(_number(edge) for edge in box):
        raise BadField("bbox must be a list of west, south, east and north in degrees.")
    return area_of(*box)


def read_where(text: object) -> Query | None:
    """The filter of a text in the query language; nothing said is no filter.

    :raises BadField: it says where the text is wrong.
    """
    if text is None or text == "":
        return None
    if not isinstance(text, str):
        raise BadField("where must be a text.")
    return parse(text)


def read_fields(names: object) -> frozenset[str] | None:
    """The wire names of some fields; ``None`` is all of them.

    :raises BadField: one of them is no field.
    """
    if names is None:
        return None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BadField("fields must be a list of names.")
    unknown = [name for name in names if name not in BY_WIRE]
    if unknown:
        raise BadField(f"There is no field {unknown[0][:40]!r}.")
    return frozenset(names)


def read_detail(keys: object) -> frozenset[str]:
    """The keys of flights of which every field is wanted; ``None`` is none of them.

    Those of flights without a 24-bit address are left out: these come with all their fields anyway.

    :raises BadField: one of them is no key, or they are too many.
    """
    if keys is None:
        return frozenset()
    if not isinstance(keys, list) or len(keys) > DETAILS:
        raise BadField(f"detail must be a list of up to {DETAILS} keys.")
    return frozenset(key for key in map(parse_key, keys) if has_address(key))


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
