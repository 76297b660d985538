"""A difference with its interval around zero, for a cell of the page. What it shows, its text says as well."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.charts.svg import Scale, line, picture, tag
from benchmarks.compare.cells import MEASURES, Row, difference
from benchmarks.compare.measures import HIGHER, LOWER

SIZE = (220, 24)
MIDDLE = 12
MARGIN = 8


def reach(rows: Sequence[Row]) -> float:
    """How far from zero the rows reach, as a share of the larger value: one scale for a whole table."""
    ends = [abs(end) / _base(row) for row in rows if row["difference"] is not None for end in _ends(row)]
    return max([0.05, *ends])


def drawn(row: Row, furthest: float, name: str) -> str:
    """Left of zero: B is lower; right: B is higher. The bar is the interval, the mark the difference."""
    if row["difference"] is None:
        return ""
    x = Scale(-furthest, furthest, MARGIN, SIZE[0] - MARGIN)
    tone = "sure" if row["shows"] in (LOWER, HIGHER) else "unsure"
    parts = [line(x(0), 1, x(0), SIZE[1] - 1, "axis")]
    if row["interval"]:
        low, high = (x(end / _base(row)) for end in row["interval"])
        parts.append(tag("rect", x=low, y=MIDDLE - 4, width=max(high - low, 1.5), height=8, rx=2, class_=f"bar {tone}"))
    parts.append(tag("circle", cx=x(row["difference"] / _base(row)), cy=MIDDLE, r=4.5, class_=f"mark {tone}"))
    told = f"B less A: {difference(row)} {row['unit']}; {row['verdict']}."
    return picture(name, f"{row['arm']}, {MEASURES[row['measure']]}", told, SIZE, *parts)


def _base(row: Row) -> float:
    return max(abs(row["a"] or 0), abs(row["b"] or 0)) or 1.0


def _ends(row: Row) -> list[float]:
    return [row["difference"], *(row["interval"] or ())]
