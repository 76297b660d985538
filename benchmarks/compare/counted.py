"""What a run has one figure of: messages, bytes, memory, whom a fault harmed. Set side by side, without an interval.

Memory is one level for each start, however often it is read: its blocks are no repeats, so it has no interval either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.compare.sense import Sense
from benchmarks.compare.side import Side
from benchmarks.judge.blast import blast_radius
from benchmarks.judge.costs import arm_cost
from benchmarks.rows import Row

COUNTED = (
    ("messages_per_order", ""),
    ("bytes_per_order", ""),
    ("journal_writes_per_order", ""),
    ("events_per_order", ""),
    ("memory_mib", "MiB"),
    ("idle_cpu_ms_per_s", "ms"),
)
ONCE = "one figure in each run, so no interval"
DIGITS = 2


def counted(a: Side, b: Side, may: Sense) -> list[dict[str, Any]]:
    """A row for every arm that both have and every figure that either has."""
    rows = [row for arm in may.arms for row in _of_arm(a, b, arm, may)]
    return [row for row in rows if row["a"] is not None or row["b"] is not None]


def _of_arm(a: Side, b: Side, arm: str, may: Sense) -> Iterator[dict[str, Any]]:
    costs = {"a": arm_cost(a.run, arm), "b": arm_cost(b.run, arm)}
    refused = may.refused(arm)
    for name, unit in COUNTED:
        values = {side: _rounded(cost.get(name)) for side, cost in costs.items()}
        apart = None if refused or None in values.values() else _rounded((values["b"] or 0) - (values["a"] or 0))
        yield {"arm": arm, "measure": name, "unit": unit, **values, "difference": apart, "verdict": refused or ONCE}


def faults(a: Side, b: Side, may: Sense) -> list[dict[str, Any]]:
    """A row for every fault that was put on an arm in both runs: once each, so as seen and no more."""
    told = {"a": _blasts(a), "b": _blasts(b)}
    rows = []
    for key in told["a"]:
        arm, fault, target, _ = key
        if key in told["b"] and arm in may.arms:
            row = {"arm": arm, "fault": fault, "target": target, "a": told["a"][key], "b": told["b"][key]}
            rows.append(row | {"verdict": may.refused(arm) or _worded(may)})
    return rows


def _worded(may: Sense) -> str:
    return ONCE if may.same_faults else "refused: the fault was planned otherwise, or harm is counted otherwise"


def _blasts(side: Side) -> dict[tuple[str, str, str, int], dict[str, Any]]:
    """(arm, fault, target, how many of it came before) -> its harm."""
    found: dict[tuple[str, str, str, int], dict[str, Any]] = {}
    for fault in sorted((each for each in side.run.faults if side.run.recorded(each)), key=_onset):
        named = str(fault["arm"]), str(fault["fault"]), str(fault["target"])
        before = sum(1 for key in found if key[:3] == named)
        blast = blast_radius(side.run, fault, side.judged[1].get(named[0], set()))
        found[(*named, before)] = {name: blast[name] for name in ("exposed", "harmed", "recovery_s", "self_healed")}
    return found


def _onset(fault: Row) -> float:
    return float(fault["onset_ms"])


def _rounded(value: object) -> float | None:
    return round(float(value), DIGITS) if isinstance(value, int | float) else None
