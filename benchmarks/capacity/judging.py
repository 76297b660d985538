"""Judges a run from its folder alone: records in, `summary.json` out. Judging again gives the same summary."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from benchmarks.capacity import findings, knees, overloads, scales
from benchmarks.capacity.plan import Stage
from benchmarks.capacity.records import Records, read
from benchmarks.judge import conformance
from benchmarks.judge.run import RunUnusable
from benchmarks.statistics import student_interval

SUMMARY_FILE = "summary.json"
STAGES: tuple[Stage, ...] = ("probe", "burst", "overload")
OTHERS_MAX = 0.4  # cores: a lab at rest beside the one at work, its supervisor and we take some tenths of one
DISTURBED = "no verdict"
STATUSES = ("completed", "cancelled", "failed", "open")

Judged = dict[str, Any]


def judge(folder: Path) -> Judged:
    """The summary, also written to the folder. Raises RunUnusable when there is nothing to judge."""
    records = read(folder)
    manifest = records.manifest
    arms = {arm: _arm(records, arm) for arm in records.arms}
    checks = list(_checks(records))
    withheld = _withheld(manifest, arms)
    summary: Judged = {
        "experiment": manifest["experiment"],
        "question": manifest["question"],
        "seed": manifest["seed"],
        "ok": withheld is None and bool(checks) and all(check["ok"] for check in checks),
        "partial": manifest["partial"],
        "withheld": withheld,
        "slo_s": records.slo_s,
        "cores": records.cores,
        "disturbed": _disturbed(records),
        "arms": arms,
        "probes": [row for arm in records.arms for row in knees.probes(records, arm)],
        "comparisons": [],
        "checks": checks,
        "verdicts": [],
        "blast_radius": [],
    }
    pairs = combinations(records.arms, 2)
    summary["comparisons"] = [row for pair in pairs for row in _comparisons(*pair, arms, summary["disturbed"])]
    summary["verdicts"] = [] if withheld else list(_verdicts(summary, folder))
    summary["findings"] = findings.findings(summary)
    _write(folder / SUMMARY_FILE, summary)
    return summary


def _disturbed(records: Records) -> Judged:
    """Arm -> stage -> cores that others used in it, where they were more than a machine at rest uses."""
    found: Judged = {}
    for arm in records.arms:
        used = {stage: records.others(arm, stage) for stage in STAGES}
        found |= {arm: strangers} if (strangers := {k: v for k, v in used.items() if (v or 0) > OTHERS_MAX}) else {}
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


def _comparisons(a: str, b: str, arms: Mapping[str, Judged], disturbed: Judged) -> Iterator[Judged]:
    carried = _of_capacity(a, b, arms[a]["capacity"], arms[b]["capacity"])
    strangers = any("probe" in disturbed.get(arm, {}) for arm in (a, b))
    yield carried | ({"verdict": DISTURBED} if strangers else {})
    yield _of_cost(a, b, arms[a]["cost"], arms[b]["cost"])


def _of_capacity(a: str, b: str, left: Judged, right: Judged) -> Judged:
    """With the interval that both searches allow."""
    times, by = knees.ratio(left, right)
    return _row("capacity_per_s", "orders/s", a, b, left["rate"], right["rate"]) | {
        "interval": _apart(left["interval"], right["interval"]),
        "ratio_interval": by,
        "verdict": _more(times, by),
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
    pairs = list(zip(left["cpu_ms_per_order_by_probe"], right["cpu_ms_per_order_by_probe"], strict=False))
    interval = student_interval([one - other for one, other in pairs])
    return None if interval is None else list(interval)


def _apart(left: Sequence[float | None], right: Sequence[float | None]) -> list[float] | None:
    if left[0] is None or left[1] is None or right[0] is None or right[1] is None:
        return None
    return [left[0] - right[1], left[1] - right[0]]


def _more(times: float | None, by: Sequence[float | None]) -> str:
    low, high = by
    if times is None:
        return "no verdict"
    if low is not None and low > 1:
        return "higher"
    return "lower" if high is not None and high < 1 else "no difference shown"


def _checks(records: Records) -> Iterator[Judged]:
    for row in records.conformance:
        wrong = list(conformance.objections(row, str(records.manifest["patterns"][row["arm"]])))
        said = "; ".join(wrong) or f"{row['orders']} orders of every outcome, and only the edges that it claims"
        yield _check("conforms", row["arm"], not wrong, int(row["orders"]), said)
    yield from (dict(row) for row in records.checks)
    refused, wrong_answers = overloads.refusals(records)
    if any(put.row["stage"] == "overload" for put in records.loads):
        told = ", ".join(f"{count} times {what}" for what, count in wrong_answers.items())
        said = told or f"{refused:,} refusals, each a 429 or 503 with Retry-After, and nothing else but a 202"
        yield _check("refusals_say_when", None, not wrong_answers, refused + wrong_answers.total(), said)
    if len(records.arms) > 1 and records.manifest["ledger"]:
        differences = records.manifest["ledger_differences"]
        looked_at = len(records.manifest["ledger_compared"])
        said = "; ".join(map(str, differences.values())) or f"{looked_at} conditions must not differ, and none does"
        yield _check("equal_conditions", None, not differences, looked_at, said)


def _check(id_: str, arm: str | None, ok: bool, looked_at: int, detail: str) -> Judged:
    return {"id": id_, "ok": ok, "looked_at": looked_at, "detail": detail, "arm": arm, "lab": None}


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


def _verdicts(summary: Mapping[str, Any], folder: Path) -> Iterator[Judged]:
    """What may be said. Of a stage in which others used the machine, nothing."""
    run, disturbed = folder.resolve().name, summary["disturbed"]
    for row in summary["comparisons"]:
        if row["measure"] == "capacity_per_s":
            claim = f"{row['a']} carries another rate than {row['b']}"
            yield _verdict("capacity", claim, row["verdict"], row["ratio"], row["ratio_interval"], run)
    for arm, each in summary["arms"].items():
        strangers = disturbed.get(arm, {})
        if law := (each["replicas"] or {}).get("law"):
            largest = list(law["speedups"].values())[-1]
            claim = f"replicas of {each['replicas']['component']} raise what {arm} closes a second"
            said = DISTURBED if "burst" in strangers else helped(largest)
            yield _verdict(f"replicas:{arm}", claim, said, largest["times"], largest["interval"], run)
        if over := each["overload"]:
            claim = f"the goodput of {arm} holds at two and three times what it carries"
            said = DISTURBED if "overload" in strangers else over["verdict"]
            yield _verdict(f"overload:{arm}", claim, said, over["least_goodput_share"], None, run)


def helped(speedup: Mapping[str, Any]) -> str:
    """Whether more replicas close more orders a second, beyond doubt."""
    if speedup["interval"] is None:
        return "no verdict"
    low, high = speedup["interval"]
    return "holds" if low > 1 else "not so" if high < 1 else "no difference shown"


def _verdict(id_: str, claim: str, verdict: str, effect: Any, interval: Any, run: str) -> Judged:
    return {"id": id_, "claim": claim, "verdict": verdict, "effect": effect, "interval": interval, "run": run}


def _write(path: Path, summary: Judged) -> None:
    """All of it or nothing: a reader never sees half a summary."""
    half = path.with_suffix(".json.part")
    half.write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(half, path)


__all__ = ["RunUnusable", "helped", "judge"]
