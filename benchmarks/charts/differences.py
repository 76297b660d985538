"""A difference with its interval around zero, small enough for a cell of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.charts.looks import Look
from benchmarks.charts.svg import Scale, line, picture, tag

SIZE = (220, 24)
MIDDLE = 12

Row = Mapping[str, Any]


def reach(rows: Sequence[Row]) -> float:
    """How far from zero the rows reach, relative to the slower or dearer arm: one scale for a whole table."""
    ends = [abs(end) / _base(row) for row in rows if row["difference"] is not None for end in _ends(row)]
    return max([0.05, *ends])


def difference(row: Row, looks: Mapping[str, Look], furthest: float, name: str) -> str:
    """Left of zero: the first arm is lower; right: the second is. The bar is the interval, the mark the difference."""
    if row["difference"] is None:
        return ""
    x = Scale(-furthest, furthest, 8, SIZE[0] - 8)
    base = _base(row)
    lower = looks[row["a"] if row["difference"] < 0 else row["b"]]
    classes = "unsure" if row["verdict"].startswith("no ") else lower.classes
    parts = [_floor(row, base, x), line(x(0), 1, x(0), 23, "axis")]
    if row["interval"]:
        low, high = (x(end / base) for end in row["interval"])
        width = max(high - low, 1.5)
        parts.append(tag("rect", x=low, y=MIDDLE - 4, width=width, height=8, rx=2, class_=f"bar soft {classes}"))
    parts.append(lower.mark(x(row["difference"] / base), MIDDLE, 4.5, "unsure" if classes == "unsure" else ""))
    interval = f", interval {row['interval'][0]:g} to {row['interval'][1]:g}" if row["interval"] else ", no interval"
    told = f"{row['a']} less {row['b']}: {row['difference']:g} {row['unit']}{interval}; {row['verdict']}."
    return picture(name, f"Difference in {row['measure']}", told, SIZE, *parts)


def _floor(row: Row, base: float, x: Scale) -> str:
    """What the machine shows between a thing and itself, shaded on both sides of zero."""
    if row.get("noise_floor") is None:
        return ""
    left, right = x(-row["noise_floor"] / base), x(row["noise_floor"] / base)
    return tag("rect", x=left, y=1, width=right - left, height=22, class_="floor")


def _base(row: Row) -> float:
    return max(abs(row["a_value"] or 0), abs(row["b_value"] or 0)) or 1.0


def _ends(row: Row) -> list[float]:
    return [row["difference"], *(row["interval"] or ())]
