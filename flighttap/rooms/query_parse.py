"""Reading a filter: from its text to a tree, or to an error that names the place.

::

    either  = both { "or" both }
    both    = one { [ "and" ] one }
    one     = "not" one | "(" either ")" | flag | comparison | within
    comparison = name ( "=" | "!=" ) item { "," item }  |  name ( "<" | "<=" | ">" | ">=" ) number
    item    = number [ ".." number ] | pattern | address ".." address | "true" | "false" | "*"
    within  = "within" number ( "nm" | "km" | "mi" ) "of" number "," number

Nothing here knows aircraft. ``web/static/js/query/parse.js`` is the page's twin, down to the sentences.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NoReturn

from flighttap.errors import QueryError
from flighttap.rooms.query_tree import BARE, And, Compare, Flag, Item, Node, Not, Or, Pattern, Span, Wild, Within
from flighttap.rooms.query_words import AGES, COLUMNS, FLAGS, SYNTAX, UNITS, Column, nearest

__all__ = ["MAX_LENGTH", "MAX_NESTING", "MAX_TERMS", "read"]

MAX_LENGTH = 500
"""Characters of a filter."""
MAX_TERMS = 50
"""Flags, comparisons and circles of a filter."""
MAX_NESTING = 16
"""How deep ``not`` and parentheses go."""
MAX_DIGITS = 15
"""Digits of a number: so many are exact in binary, in Python and in JavaScript."""

_BLANK = re.compile(r"[ \t\r\n\xa0]*")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_OPERATOR = re.compile(r"!=|<=|>=|=|<|>")
_WILD = re.compile(r"([*?])")
_NUMBER = re.compile(r"([+-]?)([0-9]+)(?:\.([0-9]+))?")
_ADDRESS = re.compile(r"~?[0-9A-F]{6}")
_BLOCK = re.compile(r"([0-9A-F]{6})\.\.([0-9A-F]{6})")
_EQUAL = ("=", "!=")
_TERM = "a comparison such as alt<10000, a flag or a circle"


def read(text: str) -> Node | None:
    """The tree of a filter; ``None`` for one without a term, which everything passes.

    :raises QueryError: it is none.
    """
    if len(text) > MAX_LENGTH:
        _fault(MAX_LENGTH, f"a filter has at most {MAX_LENGTH} characters", f"at most {MAX_LENGTH} characters")
    control = _CONTROL.search(text)
    if control is not None:
        _fault(control.start(), "a control character cannot stand in a filter", "printable characters")
    return _Reader(text).whole()


@cache
def _meaning(flag: str) -> Node:
    node = _Reader(FLAGS[flag]).whole()
    if node is None:
        raise ValueError(f"the flag {flag} means nothing")
    return node


class _Reader:
    """A place in a text, and what can be read from there on."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._terms = 0

    def whole(self) -> Node | None:
        self._skip()
        if self._at == len(self._text):
            return None
        node = self._either(0)
        if self._at < len(self._text):
            _expected(self._at, "the end", self._found(self._at))
        return node

    def _either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self._takes("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Or(_flat(Or, parts))

    def _both(self, depth: int) -> Node:
        parts = [self._one(depth)]
        while self._takes("and") or self._goes_on():
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else And(_flat(And, parts))

    def _one(self, depth: int) -> Node:
        self._skip()
        start = self._at
        inverted = self._takes("not")
        if not inverted and not self._text.startswith("(", start):
            return self._term()
        if depth == MAX_NESTING:
            _fault(start, f"a filter is nested at most {MAX_NESTING} deep", "fewer parentheses")
        if inverted:
            part = self._one(depth + 1)
            return part.part if isinstance(part, Not) else Not(part)
        self._at += 1
        node = self._either(depth + 1)
        self._symbol(")")
        return node

    def _term(self) -> Node:
        start = self._at
        word = self._word()
        name = word.lower()
        if not word or name in ("and", "or"):
            _expected(start, _TERM, self._found(start))
        self._terms += 1
        if self._terms > MAX_TERMS:
            _fault(start, f"a filter has at most {MAX_TERMS} terms", "fewer terms")
        if name == "within":
            return self._within()
        self._skip()
        operator = _OPERATOR.match(self._text, self._at)
        if operator is None:
            return self._flag(start, word)
        column = _column(start, word)
        op = operator.group()
        if op not in _EQUAL and column.kind not in ("number", "angle"):
            _expected(self._at, f"= or != after {column.name}", f'"{op}"')
        self._at = operator.end()
        items = [self._item(column, op)]
        while op in _EQUAL and self._text.startswith(",", self._at):
            self._at += 1
            items.append(self._item(column, op))
        return Compare(column, op, tuple(items))

    def _flag(self, start: int, word: str) -> Flag:
        name = word.lower()
        if name in FLAGS:
            return Flag(name, _meaning(name))
        if name in COLUMNS:
            _expected(self._at, f"a comparison after {name}", self._found(self._at))
        _aged(start, name)
        near = nearest(name, (*FLAGS, *COLUMNS, *SYNTAX))
        _unknown(start, f"there is no flag or field {_shown(word)}", near, _TERM)

    def _within(self) -> Within:
        self._skip()
        start = self._at
        word = self._word()
        unit = word.lstrip("0123456789.")
        figures = word.removesuffix(unit)
        radius = _decimal(figures)
        if radius is None:
            _expected(start, "a distance such as 30nm", self._found(start))
        place = start + len(figures)
        if not unit:
            self._skip()
            place = self._at
            unit = self._word()
        if unit.lower() not in UNITS:
            _expected(place, "nm, km or mi", _shown(unit) if unit else self._found(place))
        self._skip()
        if not self._takes("of"):
            _expected(self._at, "of and a position", self._found(self._at))
        lat = self._degrees("a latitude from -90 to 90", 90)
        self._symbol(",")
        lon = self._degrees("a longitude from -180 to 180", 180)
        self._skip()
        return Within(radius, unit.lower(), lat, lon)

    def _degrees(self, expected: str, most: int) -> str:
        self._skip()
        start = self._at
        number = _decimal(self._word())
        if number is None or abs(float(number)) > most:
            _expected(start, expected, self._found(start))
        return number

    def _item(self, column: Column, op: str) -> Item:
        self._skip()
        start = self._at
        pattern = self._pattern()
        source = self._text[start : self._at]
        self._skip()
        if pattern == (Wild.ANY,) and op in _EQUAL:
            return pattern
        plain = "".join(piece.value if isinstance(piece, Wild) else piece for piece in pattern)
        match column.kind:
            case "number" | "angle":
                return _number(column, op, plain, start, source)
            case "truth":
                if plain.lower() not in ("true", "false"):
                    _expected(start, f"true or false for {column.name}", _shown(source))
                return plain.lower() == "true"
            case "address":
                return _address(pattern, plain.upper(), start, source)
            case _:
                return _text(column, pattern, start, source)

    def _pattern(self) -> Pattern:
        start = self._at
        pieces: list[str | Wild] = []
        while self._at < len(self._text):
            if self._text[self._at] == '"':
                _add(pieces, self._quoted())
                continue
            run = self._word()
            if not run:
                break
            for piece in _WILD.split(run):
                _add(pieces, Wild(piece) if piece in ("*", "?") else piece)
        if self._at == start:
            _expected(start, "a value", self._found(start))
        return tuple(pieces) or ("",)

    def _quoted(self) -> str:
        start = self._at
        chars: list[str] = []
        at = start + 1
        while at < len(self._text) and self._text[at] != '"':
            at += self._text[at] == "\\"
            chars.append(self._text[at : at + 1])
            at += 1
        if at >= len(self._text):
            _fault(start, "this quotation mark is never closed", "a closing quotation mark")
        self._at = at + 1
        return "".join(chars)

    def _skip(self) -> None:
        self._at += len(_run(_BLANK, self._text, self._at))

    def _word(self) -> str:
        run = _run(BARE, self._text, self._at)
        self._at += len(run)
        return run

    def _takes(self, keyword: str) -> bool:
        """Step over a word of the language, and blanks before it, if it is the next."""
        self._skip()
        start = self._at
        if self._word().lower() == keyword:
            return True
        self._at = start
        return False

    def _goes_on(self) -> bool:
        if self._at == len(self._text) or self._text[self._at] == ")":
            return False
        start = self._at
        word = self._word().lower()
        self._at = start
        return word != "or"

    def _symbol(self, symbol: str) -> None:
        self._skip()
        if not self._text.startswith(symbol, self._at):
            _expected(self._at, f'"{symbol}"', self._found(self._at))
        self._at += 1
        self._skip()

    def _found(self, at: int) -> str:
        if at == len(self._text):
            return "the end"
        if self._text[at] == '"':
            return "a quotation mark"
        return _shown(_run(BARE, self._text, at) or self._text[at])


def _run(kind: re.Pattern[str], text: str, at: int) -> str:
    found = kind.match(text, at)
    return found.group() if found else ""


def _flat(kind: type[And] | type[Or], parts: list[Node]) -> tuple[Node, ...]:
    return tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,)))


def _add(pieces: list[str | Wild], piece: str | Wild) -> None:
    if isinstance(piece, str):
        piece = piece.upper()
        if pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        elif piece:
            pieces.append(piece)
    elif piece is Wild.ONE or not pieces or pieces[-1] is not Wild.ANY:
        pieces.append(piece)


def _column(start: int, word: str) -> Column:
    name = word.lower()
    column = COLUMNS.get(name)
    if column is None:
        _aged(start, name)
        if name in FLAGS or name in SYNTAX:
            _expected(start, "a field to compare", _shown(word))
        _unknown(start, f"there is no field {_shown(word)}", nearest(name, COLUMNS), "a field")
    return column


def _decimal(text: str) -> str | None:
    """A number without needless signs and zeros."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    sign, whole, part = found.groups("")
    whole, part = whole.lstrip("0"), part.rstrip("0")
    if len(whole) + len(part) > MAX_DIGITS:
        return None
    text = f"{whole or '0'}.{part}" if part else whole or "0"
    return f"-{text}" if sign == "-" and text != "0" else text


def _number(column: Column, op: str, plain: str, start: int, source: str) -> Span:
    first, dots, last = plain.partition("..")
    low = _decimal(first)
    high = _decimal(last) if dots else low
    if low is None or high is None or (dots and op not in _EQUAL):
        _expected(start, f"a number of at most {MAX_DIGITS} digits for {column.name}", _shown(source))
    if column.kind == "angle":
        return Span("0", "0") if low == high == "360" and op in _EQUAL else Span(low, high)
    if float(low) > float(high):
        _fault(start, f"the range {low}..{high} runs backwards", "the smaller number first")
    return Span(low, high)


def _address(pattern: Pattern, plain: str, start: int, source: str) -> Span | Pattern:
    block = _BLOCK.fullmatch(plain)
    if block is not None:
        low, high = block.group(1).lower(), block.group(2).lower()
        if low > high:
            _fault(start, f"the range {low}..{high} runs backwards", "the smaller address first")
        return Span(low, high)
    if _ADDRESS.fullmatch(plain) is None and not any(isinstance(piece, Wild) for piece in pattern):
        _expected(start, "six hex digits, or a part of them with *", _shown(source))
    return pattern


def _text(column: Column, pattern: Pattern, start: int, source: str) -> Pattern:
    if column.words and len(pattern) == 1 and isinstance(pattern[0], str):
        word = pattern[0].lower()
        if word not in column.words:
            near = nearest(word, column.words)
            _unknown(start, f"{_shown(source)} is no value of {column.name}", near, f"a value of {column.name}")
    return pattern


def _aged(start: int, name: str) -> None:
    if name in AGES:
        _fault(start, f'"{name}" is an age, which grows without a change, so no filter can ask for it', "another field")


def _unknown(at: int, what: str, near: str | None, expected: str) -> NoReturn:
    if near is None:
        _fault(at, f"{what}; expected {expected}", expected)
    raise QueryError(f"Column {at + 1}: {what}; did you mean {near}?", at, near)


def _expected(at: int, expected: str, found: str) -> NoReturn:
    _fault(at, f"expected {expected}, not {found}", expected)


def _fault(at: int, what: str, expected: str) -> NoReturn:
    raise QueryError(f"Column {at + 1}: {what}.", at, expected)


def _shown(word: str) -> str:
    """A word of the text, fit for a sentence: ASCII, and not endless."""
    plain = re.sub(r"[^!-~]", "?", word)
    return f'"{plain}"' if len(plain) <= 24 else f'"{plain[:23]}..."'
