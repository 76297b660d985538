"""Judges a soak from its folder alone: records in, `summary.json` out. Judging again gives the same summary."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.judge.run import RunUnusable
from benchmarks.rows import Row, read_rows
from benchmarks.soak import audit
from benchmarks.soak.plan import EXPERIMENT
from benchmarks.soak.sampling import FILE
from benchmarks.soak.series import MEASURES, REMEMBERED, judged, series

SUMMARY_FILE = "summary.json"
DROPPED_SHARE = 0.5  # of all closed orders at least, in a whole run: else retention had hardly any work
CLOCKS = ("accepted", "decided", "closed")

Judged = list[dict[str, Any]]
"""A row for each series."""


def judge(folder: Path) -> dict[str, Any]:
    """The summary, also written to the folder. Raises RunUnusable when there is nothing to judge."""
    manifest, samples = _manifest(folder), _samples(folder)
    rows, snapshots = list(read_rows(folder / "orders.ndjson")), history.read(folder)
    soak, patterns = manifest["soak"], manifest["patterns"]
    trends = [judged(key, points, soak["warm_s"], soak["seconds"]) for key, points in series(samples).items()]
    withheld = _withheld(manifest, trends)
    checks: list[dict[str, Any]] = []
    for arm in manifest["arms"]:
        its = [row for row in rows if row["arm"] == arm]
        trend = [each for each in trends if each["arm"] == arm]
        if arm in snapshots:
            checks += audit.checks_of(arm, snapshots[arm], its, manifest)
            checks += _remembered(arm, its, snapshots[arm], trend, manifest) if withheld is None else []
        checks += _still(arm, trend) if withheld is None else []
    checks += audit.together(rows, manifest) if rows and not manifest["lost"] else []
    summary: dict[str, Any] = {
        "experiment": manifest["experiment"],
        "question": manifest["question"],
        "seed": manifest["seed"],
        "ok": _whole(manifest, withheld) and bool(checks) and all(check["ok"] for check in checks),
        "partial": manifest["partial"],
        "withheld": withheld,
        "soak": soak | {"retention": manifest["retention"], "looked_s": _looked_s(samples)},
        "arms": {arm: _arm(arm, patterns[arm], rows, snapshots, trends) for arm in manifest["arms"]},
        "comparisons": [],
        "checks": checks,
        "verdicts": [] if withheld else [_verdict(arm, trends, folder) for arm in manifest["arms"]],
        "blast_radius": [],
        "series": trends,
    }
    summary["findings"] = findings(summary)
    _write(folder / SUMMARY_FILE, summary)
    return summary


def findings(summary: Mapping[str, Any]) -> list[str]:
    """What was found, in sentences, the weightiest first."""
    if summary["withheld"]:
        told = [f"The verdict is withheld: {summary['withheld']}."]
    else:
        told = [_found(arm, summary) for arm in summary["arms"]]
    broken = [check for check in summary["checks"] if not check["ok"] and check["id"] != "nothing_grows"]
    return told + [f"{check['id']}{_in(check['arm'])} does not hold: {check['detail']}." for check in broken]


def _in(arm: str | None) -> str:
    return f" in {arm}" if arm else ""


def _found(arm: str, summary: Mapping[str, Any]) -> str:
    trends = [each for each in summary["series"] if each["arm"] == arm]
    grown = [each for each in trends if each["verdict"] == "grows"]
    if not grown:
        return f"{arm}: none of {len(trends)} series grows."
    named = "; ".join(told(each) for each in sorted(grown, key=_steepness, reverse=True)[:3])
    more = f"; and {len(grown) - 3} more" if len(grown) > 3 else ""
    return f"{arm}: {len(grown)} of {len(trends)} series grow: {named}{more}."


def told(each: Mapping[str, Any]) -> str:
    """One series that does not stand still, in words."""
    unit = f" {each['unit']}" if each["unit"] else ""
    low, high = each["interval_per_h"]
    how = f"{each['slope_per_h']:+,.1f}{unit} an hour ({low:+,.1f} to {high:+,.1f})"
    return f"{MEASURES[each['measure']].title} of {each['of']} {how}, from {each['first']:,.1f} to {each['last']:,.1f}"


def _steepness(each: Mapping[str, Any]) -> float:
    return float(each["growth"] or 0) / max(float(each["middle"] or 0), 1.0)


def _still(arm: str, trends: Judged) -> Judged:
    told_of = [each for each in trends if each["verdict"] != "too short"]
    grown = [each for each in told_of if each["verdict"] == "grows"]
    detail = "; ".join(map(told, grown)) or f"none of {len(told_of)} series grows"
    return [_check("nothing_grows", arm, bool(told_of) and not grown, len(told_of), detail)]


def _remembered(
    arm: str, rows: Sequence[Row], snapshot: history.Snapshot, trends: Judged, manifest: Mapping[str, Any]
) -> Judged:
    """Whether what is remembered keeps its level while orders come and go. Null for a run cut short before."""
    closed = sum(1 for row in rows if row.get("closed_ms") is not None)
    held = sum(1 for row in snapshot.state if row["kind"] == "order" and row["service"] == "order")
    kept = [each for each in trends if each["measure"] in REMEMBERED]
    grown = [f"{each['of']} grows" for each in kept if each["verdict"] == "grows"]
    dropped = closed - held
    said = f"{dropped:,} of {closed:,} closed orders were dropped, {held:,} are remembered at the end"
    if manifest["partial"] and dropped < DROPPED_SHARE * closed:
        return []
    ok = closed > 0 and dropped >= DROPPED_SHARE * closed and not grown
    level = "; ".join(grown) or f"the {len(kept)} series of streams, records and listings keep their level"
    return [_check("retention_holds", arm, ok, closed, f"{said}; {level}")]


def _arm(
    arm: str, pattern: str, rows: Sequence[Row], snapshots: Mapping[str, history.Snapshot], trends: Judged
) -> dict[str, Any]:
    its = [row for row in rows if row["arm"] == arm]
    ends = Counter(str(row["status"]) for row in its)
    parked = [row["count"] for row in snapshots[arm].state if row["kind"] == "dead"] if arm in snapshots else []
    return {
        "pattern": pattern,
        "orders": {
            "due": len(its),
            "sent": sum(1 for row in its if row.get("sent_ms") is not None),
            "accepted": sum(1 for row in its if row.get("order_id")),
            **{status: ends[status] for status in ("completed", "cancelled", "failed", "open")},
        },
        "latency_ms": dict.fromkeys(CLOCKS),
        "cost": dict.fromkeys(("cpu_ms_per_order", "messages_per_order", "bytes_per_order"))
        | {"memory_mib": _memory(arm, trends)},
        "parked": sum(parked) if parked else None,
        "series": Counter(each["verdict"] for each in trends if each["arm"] == arm),
    }


def _memory(arm: str, trends: Judged) -> float | None:
    """All processes together, by proportional shares, in the middle of the run."""
    shares = [each["middle"] for each in trends if (each["arm"], each["measure"]) == (arm, "pss_mib")]
    return round(sum(shares), 1) if shares and None not in shares else None


def _verdict(arm: str, trends: Judged, folder: Path) -> dict[str, Any]:
    grown = [each for each in trends if each["arm"] == arm and each["verdict"] == "grows"]
    worst = max(grown, key=_steepness, default=None)
    return {
        "id": f"{EXPERIMENT}:{arm}",
        "claim": f"nothing grows in {arm} under a steady load",
        "verdict": "not so" if grown else "holds",
        "effect": worst["slope_per_h"] if worst else None,
        "interval": worst["interval_per_h"] if worst else None,
        "run": folder.resolve().name,
    }


def _withheld(manifest: Mapping[str, Any], trends: Judged) -> str | None:
    if manifest["lost"] or manifest["spoiled"]:
        return str(manifest["lost"] or manifest["spoiled"])
    if not any(each["verdict"] != "too short" for each in trends):
        return "it was too short: too few looks came after the warm-up"
    return None


def _whole(manifest: Mapping[str, Any], withheld: str | None) -> bool:
    """A run that was not cut short owes a verdict."""
    return withheld is None or (bool(manifest["partial"]) and manifest["lost"] is None)


def _looked_s(samples: Sequence[Row]) -> float:
    return max((float(row["at_s"]) for row in samples if row.get("at_s") is not None), default=0.0)


def _check(id_: str, arm: str, ok: bool, looked_at: int, detail: str) -> dict[str, Any]:
    return {"id": id_, "ok": ok, "looked_at": looked_at, "detail": detail, "arm": arm}


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known = manifest["experiment"] == EXPERIMENT and manifest["soak"] and manifest["arms"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunUnusable(f"{folder} is not the folder of a soak: {error}") from error
    if not known:
        raise RunUnusable(f"{folder} is not the folder of a soak")
    return manifest


def _samples(folder: Path) -> list[Row]:
    samples = list(read_rows(folder / FILE))
    if not samples:
        raise RunUnusable(f"{folder} has no samples: nothing was looked at, so there is nothing to judge")
    return samples


def _write(path: Path, summary: dict[str, Any]) -> None:
    """All of it or nothing: a reader never sees half a summary."""
    half = path.with_suffix(".json.part")
    half.write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(half, path)
