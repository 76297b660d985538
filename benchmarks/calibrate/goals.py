"""G14 of the goals: how wide the intervals of a thing against itself may be, and how often it may seem to differ.

For whoever prints goals beside what was measured: `of(folder)` reads a calibration that has been judged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BLOCKS = 20  # a side: what a half-width is told for
GOALS = {"closed_ms_p50": 0.07, "accepted_ms_p50": 0.07, "closed_ms_p99": 0.09, "cpu_ms_per_order": 0.04}
"""Measure -> the half-width of the 95 % interval that is aimed at, as a share of the value."""

RULED = ("closed_ms_p50", "accepted_ms_p50", "cpu_ms_per_order")
"""What the lab's own rule is tried on: blocks of a second are too small for a p90 or p99 of their own."""


def of(folder: Path) -> dict[str, Any]:
    """`{"half_widths": [...], "false_positives": {...}, "partial": bool}` of a run folder, as `summary.json` has them.

    A half-width: `arm`, `measure`, `goal` and `half_width` (shares of the value), `met`, `how`, `blocks`, `starts`. The
    false positives: `shown` of `comparisons`, `share`, its exact `interval`, `nominal`, `met`. Raises OSError,
    ValueError or KeyError when the folder has no judged calibration.
    """
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return {name: summary["same"][name] for name in ("half_widths", "false_positives")} | {
        "partial": summary["partial"]
    }
