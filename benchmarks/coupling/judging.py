"""Judges a coupling run from its folder alone: records in, `summary.json` out. Judging again gives the same summary.

Invariants, conformance, orders and costs are judged as in every run; the three views and their checks are added here.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks import judge as judging
from benchmarks.coupling import checks, counting, findings
from benchmarks.coupling.away import kept_up, outage, peace
from benchmarks.coupling.needs import expected
from benchmarks.coupling.plan import REDIS, component_of
from benchmarks.coupling.records import FILE
from benchmarks.coupling.runtime import runtime
from benchmarks.gathering import TRACES
from benchmarks.judge.run import Run, RunUnusable
from benchmarks.rows import Row, read_rows
from benchmarks.traces.journey import Journey
from benchmarks.traces.reading import Damaged, NoTraces, Traces

COMPARED = ("messages_per_order", "bytes_per_order", "blocking_share_p50", "centre_share", "components_named")


def judge(folder: Path) -> dict[str, Any]:
    """The summary, also written to the folder. Raises RunUnusable when there is nothing to judge."""
    summary = judging.judge(folder)
    run, recorded = Run.read(folder), _recorded(folder)
    counted = list(read_rows(folder / counting.FILE))
    journeys = _journeys(folder, run)
    views = {arm: _views(arm, run, recorded, counted, journeys.get(arm, [])) for arm in run.arms}
    added = [each for arm in run.arms for each in checks.of(arm, views[arm], run)]
    every = [*summary["checks"], *added]
    broken = [each for each in added if not each["ok"]]
    summary |= {
        "checks": every,
        "ok": bool(every) and all(each["ok"] for each in every),
        "withheld": _withheld(run, broken),
        "comparisons": _comparisons(views),
        "effects": [],
        "coupling": {"size": recorded["size"], "arms": views},
    }
    for name in ("headline", "findings", "choosing"):  # of latency and cost: not asked here
        summary.pop(name, None)
    summary["findings"] = findings.told(summary)
    _write(folder / judging.SUMMARY_FILE, summary)
    return summary


def _views(
    arm: str, run: Run, recorded: Mapping[str, Any], counted: Sequence[Row], journeys: Sequence[Journey]
) -> dict[str, Any]:
    static, needed = recorded["static"][arm], recorded["needs"][arm]
    its = [row for row in counted if row["arm"] == arm]
    nobody, away = _in_peace(arm, run, recorded["size"]), _outages(arm, run, needed, static["components"])
    return {
        "static": static,
        "runtime": runtime(static["components"], its, journeys),
        "temporal": {"needs": needed, "nobody": nobody, "away": away if kept_up(nobody) else _unknown(away)},
    }


def _unknown(away: Mapping[str, Any]) -> dict[str, Any]:
    """The same outages with their counts, and without a verdict on any."""
    nothing = {"verdict": None, "as_expected": None}
    return {
        component: seen | {"served": {clock: cell | nothing for clock, cell in seen["served"].items()}}
        for component, seen in away.items()
    }


def _outages(
    arm: str, run: Run, needed: Mapping[str, list[str]], components: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Component -> its outage, for each that was recorded, in the order of showing them."""
    by_block: defaultdict[int, list[Row]] = defaultdict(list)
    for fault in run.faults_of(arm):
        if run.recorded(fault):
            by_block[int(fault["block"])].append(fault)
    found = {}
    for block, faults in by_block.items():
        away = component_of(str(faults[0]["target"]))
        found[away] = outage(faults, run.by_block.get(block, []), expected(needed, away, REDIS))
    return {each: found[each] for each in (*components, REDIS) if each in found}


def _in_peace(arm: str, run: Run, size: Mapping[str, float]) -> dict[str, Any] | None:
    """The traced block asked as if somebody had been away in it; None when it was not recorded."""
    blocks = run.blocks_of(arm, counting.PHASE)
    if not blocks:
        return None
    from_ms = float(blocks[0]["started_ms"]) + size["before_s"] * 1000
    seconds = float(blocks[0]["seconds"]) - size["before_s"]
    return peace(run.by_block.get(int(blocks[0]["block"]), []), from_ms, seconds)


def _journeys(folder: Path, run: Run) -> dict[str, list[Journey]]:
    """Arm -> the traced orders of its traced block."""
    rows = [row for arm in run.arms for row in run.rows(arm, counting.PHASE) if row.get("order_id")]
    found: defaultdict[str, list[Journey]] = defaultdict(list)
    try:
        for each in Traces(folder / TRACES).journeys([(row["arm"], row["order_id"]) for row in rows]):
            found[each.arm].append(each)
    except (NoTraces, Damaged):
        return {}
    return found


def _recorded(folder: Path) -> dict[str, Any]:
    try:
        recorded: dict[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunUnusable(f"{folder / FILE} cannot be read: {error}") from error
    return recorded


def _withheld(run: Run, broken: Sequence[Mapping[str, Any]]) -> str | None:
    """Why nothing is said in the end; None when something can be."""
    if run.manifest.get("spoiled"):
        return str(run.manifest["spoiled"])
    missing = [each for each in broken if each["id"] not in (checks.CLOSED, checks.PEACE)]
    return "; ".join(f"{each['arm']}: {each['detail']}" for each in missing) or None


def _comparisons(views: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Arm against arm. Counted once in one run: no interval, and no verdict but that it was counted."""
    values = {arm: _compared(view) for arm, view in views.items()}
    return [
        {"measure": measure, "a": a, "b": b, "a_value": values[a][measure], "b_value": values[b][measure]}
        | {"difference": less(values[a][measure], values[b][measure]), "interval": None, "verdict": "counted"}
        for a, b in combinations(values, 2)
        for measure in COMPARED
    ]


def _compared(view: Mapping[str, Any]) -> dict[str, float | None]:
    at_work, measures = view["runtime"], view["static"].get("measures")
    named = sum(each["contracts"]["ce"] for each in measures.values()) if measures else None
    figures = (
        at_work["messages_per_order"],
        at_work["bytes_per_order"],
        at_work["blocking_share"]["p50"],
        at_work["centre"]["share"],
        named,
    )
    return dict(zip(COMPARED, figures, strict=True))


def less(one: float | None, other: float | None) -> float | None:
    """The first less the second; unknown when one of them is."""
    return None if one is None or other is None else one - other


def _write(path: Path, summary: Mapping[str, Any]) -> None:
    """All of it or nothing: a reader never sees half a summary."""
    half = path.with_suffix(".json.part")
    half.write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(half, path)
