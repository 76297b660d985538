"""Panels over time, as SVG: lines, bands, heat. Every series of a panel shares its axes."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from html import escape

from dashboards.preview.asked import Json, Line
from dashboards.preview.faults import Fault
from dashboards.preview.units import written
from dashboards.preview.window import Window

LEFT, BOTTOM, TOP = 62, 20, 8  # pixels around what is drawn
CELL_W, CELL_H = 54, 34  # pixels of a cell of the grid
LOOSE_S = 5.0  # a line is not drawn over a longer gap


class Canvas:
    """A panel's drawing area: where a moment and a value are, in pixels."""

    def __init__(self, panel: Json, window: Window, top: float) -> None:
        place = panel["gridPos"]
        self.width: int = place["w"] * CELL_W - 20
        self.height: int = place["h"] * CELL_H - 84
        self._window, self.top = window, top or 1.0

    def x(self, moment: float) -> float:
        return LEFT + (moment - self._window.start_s) / self._window.length_s * (self.width - LEFT - 6)

    def y(self, value: float) -> float:
        return self.height - BOTTOM - value / self.top * (self.height - BOTTOM - TOP)

    def box(self, begin: float, end: float, low: float, high: float, style: str) -> str:
        """A rectangle between two moments and two heights in pixels."""
        wide = max(self.x(end) - self.x(begin), 1)
        return f'<rect x="{self.x(begin):.1f}" y="{low:.1f}" width="{wide:.1f}" height="{high - low:.1f}" {style}/>'

    def drawn(self, *parts: str) -> str:
        """The finished picture."""
        moments = [self._window.start_s + self._window.length_s * share / 4 for share in range(5)]
        hours = "".join(
            text(self.x(each), self.height - 4, time.strftime("%H:%M:%S", time.localtime(each)), anchor)
            for each, anchor in zip(moments, ("start", *["middle"] * 3, "end"), strict=True)
        )
        return f'<svg viewBox="0 0 {self.width} {self.height}">{"".join(parts)}{hours}</svg>'


def text(x: float, y: float, words: str, anchor: str = "middle", style: str = "") -> str:
    """A line of writing."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {style}>{escape(words)}</text>'


def lines(panel: Json, told: Sequence[Line], window: Window, faults: Sequence[Fault]) -> str:
    """Lines from zero, with their legend."""
    values = [value for line in told for _, value in line.series.points if math.isfinite(value)]
    top = _round_up(max(values, default=0))
    canvas, unit = Canvas(panel, window, top), panel["fieldConfig"]["defaults"]["unit"]
    shown = [line for line in told if not line.hidden]
    grid = "".join(_level(canvas, top * share / 4, unit) for share in range(5))
    shade = "".join(_shade(canvas, fault, _lane(number, faults)) for number, fault in enumerate(faults))
    return canvas.drawn(shade, grid, *(_path(canvas, line) for line in shown)) + _legend(shown, unit)


def _lane(number: int, faults: Sequence[Fault]) -> int:
    """How many of those before it are there at the same time: their numbers stand above its own."""
    mine = faults[number]
    return sum(mine.begin_s <= each.end_s and each.begin_s <= mine.end_s for each in faults[:number])


def _shade(canvas: Canvas, fault: Fault, lane: int) -> str:
    """A band with its number, in the colour of whose it is."""
    begin, end, style = fault.begin_s, fault.end_s, f'fill="{fault.colour}"'
    band = canvas.box(begin, end, TOP, canvas.height - BOTTOM, f'{style} fill-opacity=".12"')
    low = TOP + 15 * lane
    edge = canvas.box(begin, end, low, low + 2, style)
    number = text(canvas.x((begin + end) / 2), low + 13, str(fault.number), style=f'style="fill:{fault.colour}"')
    return f"<g><title>{escape(fault.name)}</title>{band}{edge}{number}</g>"


def _level(canvas: Canvas, value: float, unit: str) -> str:
    y = canvas.y(value)
    line = f'<line x1="{LEFT}" x2="{canvas.width}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>'
    return line + text(LEFT - 6, y + 4, written(value, unit), "end")


def _path(canvas: Canvas, line: Line) -> str:
    told, before = "", float("-inf")
    for moment, value in line.series.points:
        if math.isfinite(value):
            told += f"{'L' if moment - before <= LOOSE_S else 'M'}{canvas.x(moment):.1f},{canvas.y(value):.1f}"
            before = moment
    return (
        f'<path d="{told}" stroke="{line.colour}" stroke-dasharray="{line.dash}" stroke-width="{line.width}"/>'
        if told
        else ""
    )


def _legend(shown: Sequence[Line], unit: str) -> str:
    keys = "".join(
        f'<span><svg class="key" viewBox="0 0 26 8"><path d="M0,4L26,4" stroke="{line.colour}" '
        f'stroke-dasharray="{line.dash}"/></svg>{escape(line.name)}</span>'
        for line in sorted(shown, key=lambda line: line.name)
    )
    return f'<p class="legend">{keys or "none"}</p>'


def _round_up(value: float) -> float:
    """The next 1, 2, 2.5 or 5 with zeros."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if value <= step * power * (1 + 1e-9))


def heat(panel: Json, told: Sequence[Line], window: Window) -> str:
    """Buckets from below, each the darker the more fell into it."""
    buckets = sorted(told, key=lambda line: float(line.series.labels["le"]))
    canvas, below = Canvas(panel, window, max(len(buckets), 1)), dict[float, float]()
    cells: list[tuple[float, int, float]] = []
    for number, line in enumerate(buckets):
        for moment, value in line.series.points:
            cells.append((moment, number, value - below.get(moment, 0)))
            below[moment] = value
    most, step = max((count for _, _, count in cells), default=1) or 1, max(window.length_s / 240, 1)
    parts = [
        canvas.box(
            at,
            at + step,
            canvas.y(number + 1),
            canvas.y(number),
            f'fill="#ff9830" fill-opacity="{math.sqrt(count / most):.2f}"',
        )
        for at, number, count in cells
        if count > 0
    ]
    names = [
        text(LEFT - 6, canvas.y(number + 0.5) + 4, written(float(line.series.labels["le"]), "s"), "end")
        for number, line in enumerate(buckets)
        if number % 2 and line.series.labels["le"] != "+Inf"
    ]
    return canvas.drawn(*parts, *names)
