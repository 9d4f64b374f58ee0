"""Tables for a terminal: state in, lines out. Pure; it writes nothing itself.

What peers sent is shown, never obeyed: control characters and direction marks are
replaced before they can reach the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flighttap.client.replica import Replica

__all__ = ["Look", "clean", "cut", "live_table", "rooms_table", "table"]

_POSITION_LISTED = 60.0
_HEARD_LISTED = 30.0
_FADING = 15.0
_EMERGENCIES = {"7500": "hijack", "7600": "radio", "7700": "emergency"}
_RAMP = ((0, 222), (5_000, 185), (10_000, 113), (20_000, 79), (30_000, 74), (45_000, 69))
_SOURCES = {
    "adsb_icao": "ADS-B", "adsb_icao_nt": "ADS-B", "adsb_other": "ADS-B", "adsr_icao": "ADS-R", "adsr_other": "ADS-R",
    "tisb_icao": "TIS-B", "tisb_other": "TIS-B", "tisb_trackfile": "TIS-B", "mlat": "MLAT", "mode_s": "Mode S",
    "member": "member", "other": "other", "adsc": "ADS-C",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """How lines are to look.

    :param width: columns of the terminal; ``None``: as many as it takes.
    :param colour: whether ANSI colours may be used.
    """

    width: int | None = 80
    colour: bool = True

    def paint(self, text: str, *codes: str) -> str:
        """Text in a colour or weight, when there are any."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self.colour and codes else text


@dataclass(frozen=True, slots=True)
class _Row:
    """One aircraft as the columns see it."""

    key: str
    record: Mapping[str, Any]
    age: float
    position_age: float | None


@dataclass(frozen=True, slots=True)
class _Column:
    """:param rank: columns of a higher rank give way first where there is no room."""

    title: str
    width: int
    rank: int
    text: Callable[[_Row], str]
    right: bool = True


def _number(name: str, form: str = "{:.0f}") -> Callable[[_Row], str]:
    def text(row: _Row) -> str:
        value = row.record.get(name)
        return form.format(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""

    return text


def _words(name: str) -> Callable[[_Row], str]:
    return lambda row: clean(row.record.get(name, ""))


def _name(row: _Row) -> str:
    return clean(row.record.get("flight", "")) or (clean(row.key) if ":" in row.key else "")


def _address(row: _Row) -> str:
    return clean(row.key) if ":" not in row.key else ""


def _altitude(row: _Row) -> str:
    if row.record.get("on_ground") is True:
        return "ground"
    feet = _feet(row.record)
    if feet is None:
        return ""
    rate = row.record.get("baro_rate", row.record.get("geom_rate", 0))
    climbs = isinstance(rate, (int, float)) and abs(rate) >= 200
    return f"{feet:,.0f} {('↑' if rate > 0 else '↓') if climbs else ' '}"


def _seen(row: _Row) -> str:
    return f"{row.age:.0f}"


def _source(row: _Row) -> str:
    told = str(row.record.get("type", ""))
    return clean(_SOURCES.get(told, told))


_COLUMNS = (
    _Column("Callsign", 8, 0, _name, right=False),
    _Column("Hex", 7, 3, _address, right=False),
    _Column("Reg", 7, 7, _words("r"), right=False),
    _Column("Type", 4, 6, _words("t"), right=False),
    _Column("Alt ft", 8, 1, _altitude),
    _Column("kt", 4, 2, _number("gs")),
    _Column("Track", 5, 4, _number("track", "{:03.0f}°")),
    _Column("ft/min", 6, 9, _number("baro_rate", "{:+,.0f}")),
    _Column("Squawk", 6, 8, _words("squawk")),
    _Column("Latitude", 9, 5, _number("lat", "{:.4f}")),
    _Column("Longitude", 9, 5, _number("lon", "{:.4f}")),
    _Column("Source", 6, 10, _source, right=False),
    _Column("Seen s", 6, 2, _seen),
)


def clean(value: object) -> str:
    """A peer's text without anything that a terminal would obey."""
    return "".join(each if each.isprintable() else "\ufffd" for each in str(value))


def live_table(
    replica: Replica, room: str, state: str, why: str, now: float, height: int, look: Look, clock: str = ""
) -> list[str]:
    """The whole screen: a status line, a header, the flights, and what did not fit.

    :param state: of the watcher, see :data:`flighttap.client.watcher.STATES`.
    :param why: a clause, where the state has one.
    :param now: the server's unix time, for ages.
    :param height: lines of the terminal.
    :param clock: what to put at the right end of the status line.
    """
    width = look.width or 1_000
    rows = _listed(replica, now)
    placed = sum(1 for row in rows if row.position_age is not None and row.position_age <= _POSITION_LISTED)
    told = [f"{len(rows):,} aircraft"]
    if placed != len(rows):
        told.append(f"{placed:,} with position")
    if replica.count is not None:
        told.append(f"{replica.count:,} here")
    if replica.hz is not None:
        told.append(f"{replica.hz:g} Hz")
    mark, words, paint = _state(state, why)
    head = [
        ("flighttap ", ("1",)),
        (f"{clean(room)}  ", ()),
        (f"{mark} {words}", (paint,)),
        (f"  {' · '.join(told)}", ()),
    ]
    lines = [_ended(head, clock, width, look), ""]
    columns = _fitting(rows, width)
    lines.append(look.paint(_cut("  " + "  ".join(_cell(each.title, each) for each in columns), width), "2"))
    room_for = max(1, height - len(lines))
    shown = rows if len(rows) <= room_for else rows[: room_for - 1]
    lines += [_line(row, columns, width, look) for row in shown]
    if len(shown) < len(rows):
        lines.append(look.paint(_cut(f"  and {len(rows) - len(shown):,} more: make the window taller", width), "2"))
    if not rows and state == "live":
        lines.append(look.paint(_cut(f"  No aircraft in {clean(room)} yet", width), "2"))
    return lines


def rooms_table(rooms: Sequence[Mapping[str, Any]], look: Look) -> list[str]:
    """One line a room, as ``/api/v1/rooms`` lists them."""
    titles = ("Room", "Aircraft", "With position", "Watchers", "Messages/s", "Feeds")
    rows = []
    for room in rooms:
        feeds = [f"{clean(feed.get('name', '?'))} {clean(feed.get('state', '?'))}" for feed in room.get("feeds", ())]
        rows.append(
            (
                clean(room.get("room", "?")),
                f"{room.get('aircraft', 0):,}",
                f"{room.get('with_position', 0):,}",
                f"{room.get('watchers', 0):,}",
                f"{room.get('messages_per_s', 0):,.1f}",
                ", ".join(feeds) + (" (simulated)" if room.get("simulated") else "") or "-",
            )
        )
    return table(titles, rows, look, right=(1, 2, 3, 4))


def table(titles: Sequence[str], rows: Iterable[Sequence[str]], look: Look, right: Container[int] = ()) -> list[str]:
    """A line of titles and one for each row, the columns as wide as they must be.

    :param right: the columns that end together, by place.
    """
    told = [titles, *rows]
    widths = [max(_width(row[place]) for row in told) for place in range(len(titles))]
    lines = []
    for row in told:
        cells = [
            _pad(text, width, right=place in right) for place, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(cut("  ".join(cells).rstrip(), look.width))
    return [look.paint(lines[0], "2"), *lines[1:]]


def cut(text: str, width: int | None) -> str:
    """A line that fits.

    :param width: columns; ``None``: as many as it takes.
    """
    return text if width is None else _cut(text, width)


def _listed(replica: Replica, now: float) -> list[_Row]:
    """Who is shown: heard in the last 30 s, or placed in the last 60 s; emergencies first, then by callsign."""
    rows = []
    for key, record in replica.aircraft.items():
        row = _Row(key, record, replica.age(key, now), replica.position_age(key, now))
        placed = row.position_age is not None and row.position_age <= _POSITION_LISTED
        if row.age <= _HEARD_LISTED or placed:
            rows.append(row)
    return sorted(rows, key=lambda row: (not _emergency(row.record), not _name(row), _name(row) or row.key, row.key))


def _emergency(record: Mapping[str, Any]) -> bool:
    return str(record.get("squawk")) in _EMERGENCIES or record.get("emergency", "none") not in ("none", "reserved")


def _feet(record: Mapping[str, Any]) -> float | None:
    feet = record.get("alt_baro", record.get("alt_geom"))
    return feet if isinstance(feet, (int, float)) and not isinstance(feet, bool) else None


def _state(state: str, why: str) -> tuple[str, str, str]:
    """Mark, words and colour of a state."""
    because = f": {why}" if why else ""
    return {
        "live": ("●", "live", "32"),
        "connecting": ("○", "connecting", "33"),
        "waiting": ("○", f"trying again{because}", "33"),
        "refused": ("✗", f"refused{because}", "31"),
        "stopped": ("✗", "stopped", "31"),
    }[state]


def _fitting(rows: Iterable[_Row], width: int) -> list[_Column]:
    """The columns that have anything to show and for which there is room."""
    rows = list(rows)
    columns = [each for each in _COLUMNS if each.rank <= 2 or any(each.text(row) for row in rows)]
    while len(columns) > 1 and 2 + sum(each.width + 2 for each in columns) - 2 > width:
        columns.remove(max(columns, key=lambda each: each.rank))
    return columns


def _line(row: _Row, columns: Sequence[_Column], width: int, look: Look) -> str:
    text = _cut("  ".join(_cell(each.text(row), each) for each in columns), max(0, width - 2))
    if _emergency(row.record):
        return look.paint("▌ " + text, "1", "31")
    tick = look.paint("▌", "38", "5", str(_colour(row.record))) if look.colour else " "
    return f"{tick} {look.paint(text, '2') if row.age > _FADING else text}"


def _colour(record: Mapping[str, Any]) -> int:
    """A colour of the 256 for the altitude; grey on the ground and where it is not known."""
    feet = _feet(record)
    if feet is None or record.get("on_ground") is True:
        return 245
    return next((colour for bound, colour in reversed(_RAMP) if feet >= bound), _RAMP[0][1])


def _ended(pieces: Sequence[tuple[str, tuple[str, ...]]], end: str, width: int, look: Look) -> str:
    """Pieces from the left, and ``end`` at the right edge where there is room for it."""
    line, free = "", width
    for text, codes in pieces:
        text = _cut(text, free)
        free -= _width(text)
        line += look.paint(text, *codes) if text else ""
    if look.width is not None and free > len(end) + 1:
        line += " " * (free - len(end)) + look.paint(end, "2")
    return line


def _cell(text: str, column: _Column) -> str:
    return _pad(_cut(text, column.width), column.width, column.right)


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * max(0, width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def _cut(text: str, width: int) -> str:
    if _width(text) <= width:
        return text
    while text and _width(text) > width - 1:
        text = text[:-1]
    return text + "…" if width > 0 else ""
