"""A few lines that draw curves as SVG: enough for a page of docs, and nothing to install."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

__all__ = ["Panel", "svg"]

WIDTH, HEIGHT = 380, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 28, 34, 46
_COLOURS = ("#0b62a8", "#c2410c", "#3f7d20", "#6b21a8")
_STYLE = "font-family='system-ui,sans-serif' font-size='12' fill='#1f2937'"


@dataclass(frozen=True)
class Panel:
    """Curves that share their axes, both of which are logarithmic.

    :param curves: name to points, each x and y above 0.
    """

    title: str
    across: str
    curves: Mapping[str, Sequence[tuple[float, float]]]


def svg(panels: Sequence[Panel], up: str) -> str:
    """The panels side by side, with one scale upwards.

    :param up: what that scale is.
    """
    values = [y for panel in panels for points in panel.curves.values() for _, y in points]
    scale = _Scale(min(values), max(values), HEIGHT - _BOTTOM, _TOP)
    drawn = "".join(_panel(panel, scale, up, number * WIDTH) for number, panel in enumerate(panels))
    size = f"width='{WIDTH * len(panels)}' height='{HEIGHT}' viewBox='0 0 {WIDTH * len(panels)} {HEIGHT}'"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' {size}><rect width='100%' height='100%' fill='#fff'/>{drawn}</svg>\n"
    )


class _Scale:
    """Whole powers of ten around what there is, from one pixel to another."""

    def __init__(self, least: float, most: float, start: float, end: float) -> None:
        self.powers = range(floor(log10(least)), max(ceil(log10(most)), floor(log10(least)) + 1) + 1)
        self._start, self._step = start, (end - start) / (len(self.powers) - 1)

    def __call__(self, value: float) -> float:
        return self._start + (log10(value) - self.powers[0]) * self._step


def _panel(panel: Panel, up: _Scale, what: str, x: float) -> str:
    values = [value for points in panel.curves.values() for value, _ in points]
    across = _Scale(min(values), max(values), x + _LEFT, x + WIDTH - _RIGHT)
    low, high = HEIGHT - _BOTTOM, _TOP
    parts = [_text(x + _LEFT, high - 14, panel.title, weight="bold"), _text(x + _LEFT, HEIGHT - 10, panel.across)]
    parts.append(_text(x + 14, low, what, turn=True))
    for power in across.powers:
        parts.append(_line(across(10.0**power), low, across(10.0**power), high))
        parts.append(_text(across(10.0**power), low + 16, f"{10**power:,}", anchor="middle"))
    for power in up.powers:
        parts.append(_line(x + _LEFT, up(10.0**power), x + WIDTH - _RIGHT, up(10.0**power)))
        parts.append(_text(x + _LEFT - 5, up(10.0**power) + 4, f"{10.0**power:g}", anchor="end"))
    for number, (colour, (name, points)) in enumerate(zip(_COLOURS, panel.curves.items(), strict=False), 1):
        path = " ".join(f"{across(value):.1f},{up(y):.1f}" for value, y in points)
        parts.append(f"<polyline points='{path}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts += [f"<circle cx='{across(value):.1f}' cy='{up(y):.1f}' r='3' fill='{colour}'/>" for value, y in points]
        parts.append(_text(x + WIDTH - _RIGHT - 6, high + 15 * number, name, anchor="end", colour=colour))
    return "".join(parts)


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f"<path d='M{x:.1f},{y:.1f}L{to_x:.1f},{to_y:.1f}' stroke='#d1d5db'/>"


def _text(
    x: float, y: float, said: str, anchor: str = "start", weight: str = "normal", colour: str = "", turn: bool = False
) -> str:
    style = _STYLE.replace("#1f2937", colour) if colour else _STYLE
    turned = f" transform='rotate(-90 {x:.1f} {y:.1f})'" if turn else ""
    said = said.replace("&", "&amp;").replace("<", "&lt;")
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-weight='{weight}' {style}{turned}>{said}</text>"
