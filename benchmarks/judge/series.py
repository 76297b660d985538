"""A fault's block second by second and order by order, for pictures. What harm is, is said in `blast`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.rows import Row


def end_of(fault: Row) -> float:
    """When the process was started again; of one that never was, when it should have been."""
    if fault.get("end_ms") is not None:
        return float(fault["end_ms"])
    return float(fault["onset_ms"]) + float(fault.get("hold_s") or 0) * 1000


def series(
    rows: Sequence[Row],
    harm: Mapping[int, str | None],
    exposure: Mapping[int, str | None],
    block: Row,
    fault: Row | None,
) -> dict[str, Any]:
    """Orders for a picture: [due s since the block began, closed ms since due or null, harm, exposure]."""
    start_ms = float(block["started_ms"])
    fault_s = [seconds(start_ms, at_ms) for at_ms in (float(fault["onset_ms"]), end_of(fault))] if fault else None
    return {
        "fault_s": fault_s,
        "orders": [
            [seconds(start_ms, row["due_ms"]), _latency_ms(row), harm[row["index"]], exposure.get(row["index"])]
            for row in rows
        ],
    }


def goodput(rows: Sequence[Row], harm: Mapping[int, str | None], block: Row) -> list[list[int]]:
    """[second, orders closed in it within the SLO] for the block's whole seconds; seconds without any are 0."""
    start_ms = float(block["started_ms"])
    good = Counter(int(second) for second in _closed_at(rows, harm, start_ms) if second >= 0)
    last_due_s = (float(rows[-1]["due_ms"]) - start_ms) / 1000 if rows else 0.0
    return [[second, good[second]] for second in range(int(block.get("seconds") or last_due_s))]


def _closed_at(rows: Sequence[Row], harm: Mapping[int, str | None], start_ms: float) -> Iterator[float]:
    for row in rows:
        if harm[row["index"]] is None:
            yield (float(row["closed_ms"]) - start_ms) / 1000


def _latency_ms(row: Row) -> float | None:
    closed_ms = row.get("closed_ms")
    return None if closed_ms is None else round(float(closed_ms) - float(row["due_ms"]), 2)


def seconds(start_ms: float, end_ms: float) -> float:
    """From the one to the other."""
    return round((float(end_ms) - start_ms) / 1000, 3)
