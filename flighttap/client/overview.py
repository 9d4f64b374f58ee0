"""How a server does, as lines for a terminal: two answers of ``/api/v1/admin`` in, lines out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flighttap.client.table import Look, clean, cut, table

__all__ = ["overview"]

Said = Mapping[str, Any]

_TONES = {"ready": "32", "draining": "33", "starting": "33"}
_STATES = {"up": "32", "silent": "33", "connecting": "33", "down": "31", "failed": "31"}


def overview(
    now: Said, before: Said | None, seconds: float, where: str, look: Look, height: int | None = None, clock: str = ""
) -> list[str]:
    """The whole screen.

    :param before: the answer ``seconds`` earlier, for rates; ``None``: since the server's start.
    :param where: the server's address.
    :param height: lines of the terminal; ``None``: as many as it takes.
    :param clock: the time, for the first line.
    """
    rates = _Rates(now, before, seconds if before is not None else now["uptime_s"])
    state = clean(now["state"])
    head = f"flighttap {clean(now['version'])}  {where}  {state}  up {_span(now['uptime_s'])}  {clock}".rstrip()
    lines = [cut(head, look.width).replace(state, look.paint(state, _TONES.get(state, "31"), "1"), 1), ""]
    lines += [cut(line, look.width) for line in _facts(now, rates)]
    lines += ["", *_feeds(now, look), ""] if now["feeds"] else [""]
    lines += _rooms(now, look)
    if height is not None and len(lines) > height:
        left = len(lines) - height + 1
        lines = [*lines[: height - 1], look.paint(f"… {left} more", "2")]
    return lines


class _Rates:
    """What happened between two answers, a second."""

    def __init__(self, now: Said, before: Said | None, seconds: float) -> None:
        self._now, self._before, self._seconds = now, before, max(seconds, 1e-3)

    def since(self, name: str) -> float:
        """How much one of the totals grew."""
        return float(self._now["totals"][name] - (self._before["totals"][name] if self._before is not None else 0))

    def of(self, name: str) -> float:
        """The same, a second."""
        return self.since(name) / self._seconds

    def share(self, name: str, whole: str) -> str:
        """How much of one total is another, as percent."""
        of = self.since(whole)
        return f"{100 * self.since(name) / of:.0f} %" if of else "-"

    def quantile(self, name: str, share: float) -> str:
        """The bound under which such a share of the values is, of a histogram."""
        said, earlier = self._now[name], self._before[name]["counts"] if self._before is not None else None
        counts = [n - (earlier[place] if earlier is not None else 0) for place, n in enumerate(said["counts"])]
        wanted, seen = share * sum(counts), 0
        for bound, count in zip([*said["bounds"], None], counts, strict=True):
            seen += count
            if count and seen >= wanted:
                return f"> {_time(said['bounds'][-1])}" if bound is None else f"≤ {_time(bound)}"
        return "-"


def _facts(now: Said, rates: _Rates) -> list[str]:
    speaking, totals = now["connections"], now["totals"]
    spoken = ", ".join(f"{clean(word).removeprefix('flighttap.v1.')} {count:,}" for word, count in speaking.items())
    closes = ", ".join(f"{clean(code)}: {count:,}" for code, count in totals["closes"].items())
    rejected = ", ".join(f"{clean(code)}: {count:,}" for code, count in totals["rejected"].items())
    facts = (
        ("Rooms", f"{now['rooms']:,}   aircraft {now['aircraft']:,}"),
        (
            "Connections",
            f"{sum(speaking.values()):,}{f' ({spoken})' if spoken else ''}   lagging {now['lagging']:,}   "
            f"waiting {_bytes(now['buffered_bytes'])}",
        ),
        (
            "In",
            f"{rates.of('observations'):,.0f} observations/s   {rates.of('received'):,.0f} messages/s   "
            f"{rates.of('published'):,.0f} published/s",
        ),
        (
            "Out",
            f"{rates.of('deliveries'):,.0f} deliveries/s   {_bytes(rates.of('sent_bytes'))}/s   "
            f"conflated {rates.share('conflated', 'changes')}   "
            f"deflate saves {_bytes(rates.of('deflate_saved_bytes'))}/s",
        ),
        (
            "Late",
            f"data p50 {rates.quantile('data_age', 0.5)}, p99 {rates.quantile('data_age', 0.99)}   "
            f"flush p99 {rates.quantile('flush', 0.99)}   reactor {_time(now['reactor_delay_s'])}",
        ),
        ("Closes", closes or "none yet"),
        ("Rejected", rejected or "nothing yet"),
    )
    return [f"{title:<12}{text}" for title, text in facts]


def _feeds(now: Said, look: Look) -> list[str]:
    rows = [
        (
            clean(feed["name"]),
            clean(feed["state"]),
            f"{feed['messages_per_s']:,.1f}",
            _bytes(feed["bytes"]),
            clean(", ".join(feed["rooms"])),
            clean(feed["why"]),
        )
        for feed in now["feeds"]
    ]
    lines = table(("Feed", "State", "Obs/s", "Read", "Rooms", "Why"), rows, look, right=(2, 3))
    return [
        line.replace(row[1], look.paint(row[1], _STATES[row[1]]), 1) if row[1] in _STATES and row[1] in line else line
        for line, row in zip(lines, [("", ""), *rows], strict=True)
    ]


def _rooms(now: Said, look: Look) -> list[str]:
    rows = [
        (
            clean(room["room"]),
            f"{room['members']:,}",
            f"{room['aircraft']:,}",
            f"{room['observations_per_s']:,.1f}",
            f"{room['lanes']:,}",
            clean(", ".join(room["feeds"])) or "-",
        )
        for room in now["room_list"]
    ]
    if not rows:
        return ["There is no room yet."]
    lines = table(("Room", "Members", "Aircraft", "Obs/s", "Lanes", "Feeds"), rows, look, right=(1, 2, 3, 4))
    left = now["rooms"] - len(rows)
    return [*lines, look.paint(f"… {left:,} more rooms", "2")] if left > 0 else lines


def _time(seconds: float) -> str:
    if seconds < 0.001:
        return f"{seconds * 1e3:.1f} ms"
    return f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _span(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s"


def _bytes(count: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:,.0f} {unit}" if unit == "B" or count >= 100 else f"{count:,.1f} {unit}"
