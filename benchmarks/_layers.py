"""In which layer of flighttap a profile's time went: what a built-in function took counts for whoever called it."""

from __future__ import annotations

import pstats
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

__all__ = ["Layers"]

_Function = tuple[str, int, str]
_Name = TypeVar("_Name")

_LAYERS: tuple[tuple[str, str], ...] = (
    ("flighttap/formats/", "decode"),
    ("flighttap/aircraft/", "room and fusion"),
    ("flighttap/rooms/lane", "lane and encoding"),
    ("flighttap/rooms/snapshot", "lane and encoding"),
    ("flighttap/rooms/", "room and fusion"),
    ("flighttap/hub", "hub"),
    ("flighttap/wire/", "lane and encoding"),
    ("flighttap/feeds/", "feed"),
    ("flighttap/ws/", "send"),
    ("flighttap/web/", "web"),
    ("flighttap/", "the rest of flighttap"),
    ("autobahn/", "send"),
    ("twisted/", "reactor"),
)
_WAITING = ("<method 'poll' of 'select.epoll' objects>", "<built-in method select.epoll>")


class Layers:
    """A profile of twistd, read.

    :param path: what ``--profile PATH --savestats`` wrote.
    :ivar seconds: layer to seconds; ``functions``: the same by function, as file:line(name).
    """

    def __init__(self, path: Path) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.functions: defaultdict[tuple[str, str], float] = defaultdict(float)
        stats: dict[_Function, tuple[int, int, float, float, dict[_Function, tuple[int, int, float, float]]]]
        stats = pstats.Stats(str(path)).stats  # type: ignore[attr-defined]
        for function, (_, _, own, _, callers) in stats.items():
            if function[2] in _WAITING:
                continue
            if function[0] == "~" and callers:
                for caller, (_, _, by_caller, _) in callers.items():
                    self._add(caller, by_caller)
            else:
                self._add(function, own)

    def _add(self, function: _Function, seconds: float) -> None:
        file, line, name = function
        layer, short = "Python", Path(file).name
        for part, its in _LAYERS:
            place = file.rfind(part)
            if place >= 0:
                layer, short = its, file[place:]
                break
        self.seconds[layer] += seconds
        self.functions[layer, f"{short}:{line}({name})"] += seconds

    def table(self, spent: float, most: int = 4) -> str:
        """The layers with their costliest functions, as a table in Markdown.

        :param spent: microseconds of CPU that a message takes when nobody looks, to be shared out.
        """
        total = sum(self.seconds.values())
        lines = ["| layer | share | µs a message | of which |", "|---|---:|---:|---|"]
        for layer, seconds in _sorted(self.seconds):
            share = seconds / total
            own = [(name, taken) for (its, name), taken in _sorted(self.functions) if its == layer][:most]
            told = ", ".join(f"`{name}` {100 * taken / total:.1f} %" for name, taken in own)
            lines.append(f"| {layer} | {100 * share:.1f} % | {spent * share:.2f} | {told} |")
        return "\n".join(lines)


def _sorted(counts: Mapping[_Name, float]) -> list[tuple[_Name, float]]:
    return sorted(counts.items(), key=lambda each: -each[1])
