"""What was so, and when: a row for each series, coloured by what its value means."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape

from dashboards.preview.asked import Json, Line
from dashboards.preview.charts import BOTTOM, CELL_W, text
from dashboards.preview.colours import painted
from dashboards.preview.window import Window

ROW_H, NAMES_W = 22, 310  # pixels of a row, and of its name


def bands(panel: Json, told: Sequence[Line], window: Window) -> str:
    """As many rows as there is something to tell of. What was never so has none."""
    meanings = panel["fieldConfig"]["defaults"]["mappings"][0]["options"]
    rows = sorted((line for line in told if any(value for _, value in line.series.points)), key=lambda line: line.name)
    wide = panel["gridPos"]["w"] * CELL_W - 20
    high = len(rows) * ROW_H + BOTTOM
    inner = "".join(_row(number, line, meanings, window, wide) for number, line in enumerate(rows))
    return f'<svg viewBox="0 0 {wide} {high}">{inner}{_hours(window, wide, high)}</svg>'


def _row(number: int, line: Line, meanings: Json, window: Window, wide: float) -> str:
    low, step_s = number * ROW_H, max(window.length_s / 240, 1)
    parts = [text(4, low + ROW_H / 2 + 4, line.name, "start")]
    for moment, value in line.series.points:
        meaning = meanings.get(f"{value:.0f}", {})
        begin, end = (_x(each, window, wide) for each in (moment, min(moment + step_s, window.end_s)))
        parts.append(
            f'<rect x="{begin:.1f}" y="{low + 2}" width="{max(end - begin + 0.5, 0):.1f}" height="{ROW_H - 4}" '
            f'fill="{painted(meaning.get("color", "none"))}"><title>{escape(meaning.get("text", ""))}</title></rect>'
        )
    return "".join(parts)


def _hours(window: Window, wide: float, high: float) -> str:
    return "".join(
        text(_x(moment, window, wide), high - 4, time.strftime("%H:%M:%S", time.localtime(moment)), anchor)
        for share, anchor in ((0, "start"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1, "end"))
        for moment in [window.start_s + window.length_s * share]
    )


def _x(moment: float, window: Window, wide: float) -> float:
    return NAMES_W + (moment - window.start_s) / window.length_s * (wide - NAMES_W - 6)
