"""From the tree of a filter to closures that say quickly whether a flight passes.

A filter is asked about records of a room and about rows as they stand on the
wire. Both go through the same closures; only the readers differ, which fetch
one column's value or ``None`` where it is not known.
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from math import degrees, inf
from typing import Any, TypeAlias

from flighttap.aircraft.plausible import EARTH_RADIUS, distance
from flighttap.aircraft.state import Aircraft
from flighttap.rooms.query_tree import And, Compare, Flag, Item, Node, Not, Or, Pattern, Span, Wild, Within
from flighttap.rooms.query_words import COLUMNS, GROUPS, UNITS, Column

__all__ = ["Reader", "Test", "build", "of_aircraft", "of_record"]

Test: TypeAlias = Callable[[Any], bool]
Reader: TypeAlias = Callable[[Column], Callable[[Any], Any]]

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def build(node: Node, reader: Reader) -> Test:
    """The test that a tree stands for.

    :param reader: makes, for a column, what fetches its value: :func:`of_aircraft` or :func:`of_record`.
    """
    match node:
        case Or(parts):
            return _either([build(part, reader) for part in parts])
        case And(parts):
            return _both([build(part, reader) for part in parts])
        case Not(part):
            test = build(part, reader)
            return lambda flight: not test(flight)
        case Flag(_, means):
            return build(means, reader)
        case Within():
            return _within(node, reader(COLUMNS["lat"]), reader(COLUMNS["lon"]))
        case Compare():
            return _compare(node, reader(node.column))


# ---- fetching values


def of_aircraft(column: Column) -> Callable[[Any], Any]:
    """Fetches a column's value from an :class:`Aircraft`."""
    if column.kind == "address":
        return lambda aircraft: None if ":" in aircraft.key else aircraft.key
    if not column.fields:
        return lambda aircraft: aircraft.key
    first, *others = (_of_cell(field.name) for field in column.fields)
    return _first(first, others[0]) if others else first


def of_record(column: Column) -> Callable[[Any], Any]:
    """Fetches a column's value from a record as it stands on the wire; one of another type is not known."""
    if column.kind == "address":
        return _typed("hex", str)
    if not column.fields:
        return _first(_typed("hex", str), _typed("key", str))
    first, *others = (_typed(field.wire, field.kind) for field in column.fields)
    return _first(first, others[0]) if others else first


def _of_cell(name: str) -> Callable[[Aircraft], Any]:
    def value(aircraft: Aircraft) -> Any:
        cell = aircraft.cells.get(name)
        return None if cell is None else cell.value

    return value


def _typed(wire: str, kind: type) -> Callable[[Mapping[str, Any]], Any]:
    kinds = {float, int} if kind in (float, int) else {kind}

    def value(record: Mapping[str, Any]) -> Any:
        known = record.get(wire)
        return known if type(known) in kinds else None

    return value


def _first(one: Callable[[Any], Any], other: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def value(flight: Any) -> Any:
        known = one(flight)
        return other(flight) if known is None else known

    return value


# ---- joining tests


def _both(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, other = tests
        return lambda flight: one(flight) and other(flight)

    def test(flight: Any) -> bool:
        for each in tests:  # noqa: SIM110 - all() with a generator takes twice as long
            if not each(flight):
                return False
        return True

    return test


def _either(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, other = tests
        return lambda flight: one(flight) or other(flight)

    def test(flight: Any) -> bool:
        for each in tests:  # noqa: SIM110 - any() with a generator takes twice as long
            if each(flight):
                return True
        return False

    return test


# ---- terms


def _compare(node: Compare, read: Callable[[Any], Any]) -> Test:
    if node.op in _ORDER:
        return _ordered(_ORDER[node.op], node.items[0], read)
    fits = _FITS[node.column.kind](node.column, node.items)
    if node.op == "=":
        return lambda flight: (value := read(flight)) is not None and fits(value)
    return lambda flight: (value := read(flight)) is not None and not fits(value)


def _ordered(compare: Callable[[Any, Any], bool], item: Item, read: Callable[[Any], Any]) -> Test:
    bound = float(item.low) if isinstance(item, Span) else inf
    return lambda flight: (value := read(flight)) is not None and compare(value, bound)


def _within(node: Within, read_lat: Callable[[Any], Any], read_lon: Callable[[Any], Any]) -> Test:
    radius = float(node.radius) * UNITS[node.unit]
    lat0, lon0 = float(node.lat), float(node.lon)
    band = degrees(radius / EARTH_RADIUS) + 1e-6  # farther north or south than this is farther away

    def test(flight: Any) -> bool:
        lat = read_lat(flight)
        if lat is None or abs(lat - lat0) > band:
            return False
        lon = read_lon(flight)
        return lon is not None and distance(lat, lon, lat0, lon0) <= radius

    return test


# ---- values


def _numbers(column: Column, items: tuple[Item, ...]) -> Test:
    values: set[float] = set()
    ranges: list[tuple[float, float]] = []
    for item in items:
        if not isinstance(item, Span):
            return _anything
        low, high = float(item.low), float(item.high)
        if low == high:
            values.add(low)
        elif low < high:
            ranges.append((low, high))
        else:  # an angle, through north
            ranges += [(low, inf), (-inf, high)]
    if not ranges:
        return values.__contains__
    if not values and len(ranges) == 1:
        ((low, high),) = ranges
        return lambda value: low <= value <= high
    return lambda value: value in values or any(low <= value <= high for low, high in ranges)


def _truths(column: Column, items: tuple[Item, ...]) -> Test:
    if any(not isinstance(item, bool) for item in items):
        return _anything
    return frozenset(items).__contains__


def _addresses(column: Column, items: tuple[Item, ...]) -> Test:
    pattern = _texts(column, tuple(item for item in items if not isinstance(item, Span)))
    blocks: list[tuple[str, str]] = []
    for low, high in sorted((item.low, item.high) for item in items if isinstance(item, Span)):
        if blocks and low <= blocks[-1][1]:
            blocks[-1] = (blocks[-1][0], max(high, blocks[-1][1]))
        else:
            blocks.append((low, high))
    if not blocks:
        return pattern
    lows, highs = zip(*blocks, strict=True)

    def fits(address: str) -> bool:
        small = address.lower()
        block = bisect_right(lows, small) - 1
        return (block >= 0 and len(small) == 6 and small <= highs[block]) or pattern(address)

    return fits


def _lists(column: Column, items: tuple[Item, ...]) -> Test:
    fits = _texts(column, items)
    return lambda values: any(isinstance(value, str) and fits(value) for value in values)


def _texts(column: Column, items: tuple[Item, ...]) -> Test:
    exact: set[str] = set()
    starts: list[str] = []
    others: list[str] = []
    for item in items:
        match item:
            case (str(text),):
                exact |= _meant(column, text)
            case (str(text), Wild.ANY):
                starts.append(text)
            case tuple():
                others.append(_expression(item))
    return _joined(exact, tuple(starts), re.compile("|".join(others), re.DOTALL) if others else None)


def _joined(exact: set[str], starts: tuple[str, ...], other: re.Pattern[str] | None) -> Test:
    if other is not None:
        return lambda value: (
            (text := value.upper()) in exact or text.startswith(starts) or other.fullmatch(text) is not None
        )
    if not starts:
        return lambda value: value.upper() in exact
    if not exact:
        return lambda value: value.upper().startswith(starts)
    return lambda value: (text := value.upper()) in exact or text.startswith(starts)


def _meant(column: Column, text: str) -> set[str]:
    """The values, in capitals, that one word of a filter stands for: a group of sources for several."""
    if column.name == "source" and text.lower() in GROUPS:
        return {word.upper() for word in column.words if word.upper().startswith(f"{text}_")}
    return {text}


def _expression(pattern: Pattern) -> str:
    """A regular expression that takes time in proportion to the lengths of pattern and text, whatever they are.

    Each part between two ``*`` is looked for once, from the left, and never
    given up again (an atomic group): were there a fit with a later place, there is one with the first.
    """
    parts = [""]
    for piece in pattern:
        if piece is Wild.ANY:
            parts.append("")
        else:
            parts[-1] += "." if isinstance(piece, Wild) else re.escape(piece)
    first, *middle = parts
    if not middle:
        return first
    last = middle.pop()
    return first + "".join(f"(?>.*?{part})" for part in middle) + ".*" + last


def _anything(value: object) -> bool:
    return True


_FITS: dict[str, Callable[[Column, tuple[Item, ...]], Test]] = {
    "number": _numbers,
    "angle": _numbers,
    "text": _texts,
    "texts": _lists,
    "truth": _truths,
    "address": _addresses,
}
