"""Judges a run from its folder alone: records in, `summary.json` out. Judging again gives the same summary."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.capacity import checks, findings, knees, overloads, scales
from benchmarks.capacity.plan import Stage
from benchmarks.capacity.records import Records, read
from benchmarks.judge.run import RunUnusable
from benchmarks.statistics import welch

SUMMARY_FILE = "summary.json"
STAGES: tuple[Stage, ...] = ("probe", "burst", "overload", "surge")
OTHERS_MAX = 0.4  # cores: a lab at rest beside the one at work, its supervisor and we take some tenths of one
STATUSES = ("completed", "cancelled", "failed", "open")

Judged = dict[str, Any]


def judge(folder: Path) -> Judged:
    """The summary, also written to the folder. Raises RunUnusable when there is nothing to judge."""
    records = read(folder)
    manifest = records.manifest
    arms = {arm: _arm(records, arm) for arm in records.arms}
    disturbed = _disturbed(records)
    held = list(checks.checks(records, arms, disturbed))
    withheld = _withheld(manifest, arms)
    summary: Judged = {
        "experiment": manifest["experiment"],
        "question": manifest["question"],
        "seed": manifest["seed"],
        "ok": withheld is None and bool(held) and all(check["ok"] for check in held),
        "partial": manifest["partial"],
        "withheld": withheld,
        "slo_s": records.slo_s,
        "cores": records.cores,
        "disturbed": disturbed,
        "arms": arms,
        "probes": [row for arm in records.arms for row in knees.probes(records, arm)],
        "comparisons": [],
        "checks": held,
        "verdicts": [],
        "blast_radius": [],
    }
    pairs = combinations(records.arms, 2)
    summary["comparisons"] = [row for pair in pairs for row in _comparisons(*pair, summary)]
    summary["verdicts"] = [] if withheld else list(checks.verdicts(summary, folder.resolve().name))
    summary["findings"] = findings.findings(summary)
    _write(folder / SUMMARY_FILE, summary)
    return summary


def _disturbed(records: Records) -> Judged:
    """Arm -> stage -> cores that others used in it, where they were more than a machine at rest uses.

    None where that could not be seen.
    """
    found: Judged = {}
    for arm in records.arms:
        used = {stage: records.others(arm, stage) for stage in STAGES if records.of(arm, stage)}
        found |= {arm: its} if (its := {k: v for k, v in used.items() if v is None or v > OTHERS_MAX}) else {}
    return found


def _arm(records: Records, arm: str) -> Judged:
    carried = knees.capacity(records, arm)
    at_knee = knees.at_the_knee(records, arm, carried)
    return {
        "pattern": records.manifest["patterns"][arm],
        "orders": _orders(records, arm),
        "latency_ms": knees.latencies(at_knee) if at_knee else dict.fromkeys(("accepted", "decided", "closed")),
        "cost": knees.cost(at_knee),
        "capacity": carried,
        "saturation": knees.saturation(records, arm, carried),
        "replicas": scales.replicas(records, arm),
        "overload": overloads.course(records, arm, "overload", carried["rate"]),
        "surge": overloads.course(records, arm, "surge", carried["rate"]),
    }


def _orders(records: Records, arm: str) -> Judged:
    rows = [row for put in records.loads if put.row["arm"] == arm for row in put.orders]
    ends = Counter(str(row["status"]) for row in rows)
    return {
        "due": len(rows),
        "sent": sum(1 for row in rows if row["sent_ms"] is not None),
        "accepted": sum(1 for row in rows if row.get("order_id")),
        **{status: ends[status] for status in STATUSES},
    }


def _comparisons(a: str, b: str, summary: Judged) -> Iterator[Judged]:
    arms, disturbed = summary["arms"], summary["disturbed"]
    left, right = arms[a]["capacity"], arms[b]["capacity"]
    strangers = any("probe" in disturbed.get(arm, {}) for arm in (a, b))
    unfit = strangers or summary["partial"] or left["cut"] or right["cut"]
    yield _of_capacity(a, b, left, right, unfit)
    yield _of_cost(a, b, arms[a]["cost"], arms[b]["cost"])


def _of_capacity(a: str, b: str, left: Judged, right: Judged, unfit: bool) -> Judged:
    """With the interval that both searches allow; `starts` that both arms were probed in."""
    times, by = knees.ratio(left, right)
    starts = min(left["starts"], right["starts"])
    return _row("capacity_per_s", "orders/s", a, b, left["rate"], right["rate"]) | {
        "interval": _apart(left["interval"], right["interval"]),
        "ratio_interval": by,
        "starts": starts,
        "verdict": checks.more(times, by, unfit, starts),
    }


def _of_cost(a: str, b: str, left: Judged, right: Judged) -> Judged:
    """Over the probes at each arm's own knee: so few that what is seen is printed, and decides nothing."""
    name = "cpu_ms_per_order"
    return _row(f"{name}_at_knee", "ms", a, b, left[name], right[name]) | {"interval": _cost_interval(left, right)}


def _row(measure: str, unit: str, a: str, b: str, left: float | None, right: float | None) -> Judged:
    known = None if left is None or right is None else (left - right, left / right)
    return {
        "measure": measure,
        "unit": unit,
        "a": a,
        "b": b,
        "a_value": left,
        "b_value": right,
        "difference": known[0] if known else None,
        "interval": None,
        "ratio": known[1] if known else None,
        "ratio_interval": [None, None],
        "verdict": "no verdict",
    }


def _cost_interval(left: Judged, right: Judged) -> list[float] | None:
    found, _ = welch(left["cpu_ms_per_order_by_probe"], right["cpu_ms_per_order_by_probe"])
    return None if found.interval is None else list(found.interval)


def _apart(left: Sequence[float | None], right: Sequence[float | None]) -> list[float] | None:
    if left[0] is None or left[1] is None or right[0] is None or right[1] is None:
        return None
    return [left[0] - right[1], left[1] - right[0]]


def _withheld(manifest: Mapping[str, Any], arms: Mapping[str, Judged]) -> str | None:
    if manifest["lost"]:
        return str(manifest["lost"])
    nothing = [arm for arm, each in arms.items() if each["capacity"]["rate"] is None]
    if nothing and not manifest["partial"]:
        lowest = min(arms[arm]["capacity"]["above"] for arm in nothing)
        return f"{' and '.join(nothing)} could not carry even the lowest rate tried, {lowest:g} orders a second"
    if nothing:
        return f"the run ended before it was known what {' and '.join(nothing)} carries"
    return None


def _write(path: Path, summary: Judged) -> None:
    """All of it or nothing: a reader never sees half a summary."""
    half = path.with_suffix(".json.part")
    half.write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(half, path)


__all__ = ["RunUnusable", "judge"]
