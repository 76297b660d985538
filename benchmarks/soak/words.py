"""Several series of one measure in one cell: how many, the worst verdict, the largest change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

WORST = ("grows", "settles", "falls", "flat", "too short")


def cell(series: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The worst verdict, and the words."""
    if not series:
        return "", "nobody could look"
    counts = Counter(each["verdict"] for each in series)
    worst = next(verdict for verdict in WORST if counts[verdict])
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in WORST if counts[verdict])
    moved = max(series, key=lambda each: abs(each["growth"] or 0))
    if not moved["growth"]:
        return worst, told
    unit = f" {moved['unit']}" if moved["unit"] else ""
    return worst, f"{told}; most {moved['growth']:+,.1f}{unit} ({moved['of']})"
