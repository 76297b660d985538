"""Judges a run from its folder alone: records in, `summary.json` out. Judging again gives the same summary.

Latencies are in `clocks`, prices in `costs`, arm against arm in `comparisons` and `effects`, the faults in `blast`;
several rates and injected work in `conditions`, `work` and `equal_cost`, what was too much in `carried`; whether an arm
is what its name says in `conformance`. Unknown is null, never 0. The words are in `benchmarks.findings`; how it looks
is the report's.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from benchmarks import findings
from benchmarks.judge.blast import blast_radius
from benchmarks.judge.checks import all_checks
from benchmarks.judge.clocks import arm_latencies, block_points, counts, lateness
from benchmarks.judge.comparisons import comparisons, refusals
from benchmarks.judge.conditions import beyond_easy, conditions, too_few
from benchmarks.judge.costs import arm_cost
from benchmarks.judge.effects import effects
from benchmarks.judge.equal_cost import equal_cost, out_of_reach
from benchmarks.judge.run import Run, RunUnusable
from benchmarks.rows import Row

__all__ = ["SUMMARY_FILE", "RunUnusable", "judge"]

SUMMARY_FILE = "summary.json"


def judge(folder: Path) -> dict[str, Any]:
    """The summary of a run, also written to its folder. Raises RunUnusable when records are missing."""
    run = Run.read(folder)
    checks, broken = all_checks(run)
    summary: dict[str, Any] = {
        "experiment": run.manifest.get("experiment"),
        "question": run.manifest.get("question"),
        "seed": run.manifest.get("seed"),
        "synthetic": bool(run.manifest.get("synthetic")),
        "ok": all(check["ok"] for check in checks),
        "partial": run.partial,
        "slo_s": run.slo_s,
        "phase": run.measured_phase,
        "arms": {arm: _arm(run, arm) for arm in run.arms},
        "comparisons": comparisons(run),
        "effects": effects(run),
        "conditions": conditions(run),
        "equal_cost": equal_cost(run),
        "equal_cost_out_of_reach": out_of_reach(run),
        "load_before": run.manifest.get("load_before"),
        "cores": (run.manifest.get("machine") or {}).get("cores"),
        "noise_floor": _shares(run.manifest.get("noise_floor")),
        "noise_floor_missing": run.manifest.get("noise_floor_missing"),
        "checks": checks,
        "verdicts": run.manifest.get("verdicts") or [],
        "blast_radius": [blast_radius(run, fault, broken.get(fault["arm"], set())) for fault in _in_order(run)],
        "caveats": [
            f"A fault in {fault['arm']} is not told: its block {fault['block']} was not recorded."
            for fault in run.faults
            if not run.recorded(fault)
        ]
        + too_few(run)
        + beyond_easy(run),
        "unequal": run.unequal,
        "allowed": run.allowed,
        "unsafe": run.unsafe,
        "refusals": refusals(run),
        "tried": run.manifest.get("conformance_starts") is not None,
    }
    summary |= findings.told(summary)
    _write(folder / SUMMARY_FILE, summary)
    return summary


def _shares(floor: Any) -> dict[str, Any] | None:
    """The machine's noise floor as it was calibrated; the floors of older runs, in ms, stand in their comparisons."""
    return floor if isinstance(floor, dict) and "relative" in floor else None


def _arm(run: Run, arm: str) -> dict[str, Any]:
    return {
        "pattern": run.pattern(arm),
        "transport": run.transport(arm),
        "orders": counts(run.rows(arm, run.measured_phase)),
        "orders_of_the_run": counts(run.rows(arm)),
        "orders_undisturbed": counts(run.undisturbed(arm)),
        "at_rest": run.at_rest(arm),
        "parked": run.parked(arm),
        "lateness_ms": lateness(run.rows(arm)),
        "latency_ms": arm_latencies(run, arm),
        "cost": arm_cost(run, arm),
        "blocks": block_points(run, arm),
    }


def _in_order(run: Run) -> list[Row]:
    """The faults whose blocks were recorded, arm by arm as the question names them."""
    recorded = (fault for fault in run.faults if run.recorded(fault))
    return sorted(recorded, key=lambda fault: (run.arms.index(fault["arm"]), float(fault["onset_ms"])))


def _write(path: Path, summary: dict[str, Any]) -> None:
    """All of it or nothing: a reader never sees half a summary."""
    half = path.with_suffix(".json.part")
    half.write_text(json.dumps(summary, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    os.replace(half, path)
