"""What a filter says, as a tree, and the one way to write it down: its normal form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from flighttap.rooms.query_words import Column

__all__ = [
    "BARE",
    "And",
    "Compare",
    "Flag",
    "Item",
    "Node",
    "Not",
    "Or",
    "Pattern",
    "Span",
    "Wild",
    "Within",
    "fields_of",
    "normal",
]

BARE = re.compile(r'[^ \t\r\n\xa0"(),=<>!]*')
"""A run of characters that need no quotation marks."""


class Wild(Enum):
    """What stands for other characters in a pattern."""

    ANY = "*"
    ONE = "?"


Pattern: TypeAlias = tuple[str | Wild, ...]
"""Texts, in capitals, and wildcards; never two texts or two ``ANY`` side by side."""


@dataclass(frozen=True, slots=True)
class Span:
    """Both ends included. Decimals without needless digits, or addresses; equal ends for one value."""

    low: str
    high: str


Item: TypeAlias = Span | Pattern | bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A column, ``= != < <= > >=``, and items, any of which may fit; one number after ``<`` and its like."""

    column: Column
    op: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Flag:
    """A name out of ``FLAGS``, and the filter that it is short for."""

    name: str
    means: Node


@dataclass(frozen=True, slots=True)
class Within:
    """Decimals as texts: a radius in a unit of ``UNITS``, and the middle in degrees."""

    radius: str
    unit: str
    lat: str
    lon: str


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


Node: TypeAlias = And | Or | Not | Compare | Flag | Within


def normal(node: Node) -> str:
    """The filter in its normal form, which reads back as the same tree."""
    match node:
        case Or(parts):
            return " or ".join(map(normal, parts))
        case And(parts):
            return " ".join(_inner(part, Or) for part in parts)
        case Not(part):
            return f"not {_inner(part, Or, And)}"
        case Within():
            return f"within {node.radius}{node.unit} of {node.lat},{node.lon}"
        case Flag(name, _):
            return name
        case Compare(column, op, items):
            return f"{column.name}{op}{','.join(_item(column, item) for item in items)}"


def fields_of(node: Node) -> frozenset[str]:
    """The fields that the filter looks at, by their names in Python."""
    match node:
        case Or(parts) | And(parts):
            return frozenset().union(*map(fields_of, parts))
        case Not(part) | Flag(_, part):
            return fields_of(part)
        case Within():
            return frozenset({"lat", "lon"})
        case Compare(column, _, _):
            return frozenset(field.name for field in column.fields)


def _inner(node: Node, *weaker: type) -> str:
    text = normal(node)
    return f"({text})" if isinstance(node, weaker) else text


def _item(column: Column, item: Item) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, Span):
        return item.low if item.low == item.high else f"{item.low}..{item.high}"
    return "".join(piece.value if isinstance(piece, Wild) else _literal(column, piece) for piece in item)


def _literal(column: Column, text: str) -> str:
    if column.small:
        text = "".join(char.lower() if char.isascii() else char for char in text)
    run = BARE.match(text)
    if text and run and run.end() == len(text) and "*" not in text and "?" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
