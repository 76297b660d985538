"""Made-up conditions beside a judged run: other rates, injected work, equal cost, a noise floor. None was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from benchmarks.findings import told

Summary = dict[str, Any]

SLOWER = {30.0: 0.9, 60.0: 1.0, 120.0: 1.4}
"""Rate -> how many times as long everything takes as in the reference."""
WORK_MS = 34.0  # on an order's way until it is closed
FLOOR = {"closed_ms_p50": 0.05, "cpu_ms_per_order": 0.03}


def conditioned(summary: Mapping[str, Any], rates: Sequence[float] = tuple(SLOWER), work: bool = True) -> Summary:
    """The summary with conditions at these rates, and with work at the reference's, told anew."""
    made: Summary = deepcopy(dict(summary))
    for arm in made["arms"].values():
        arm["latency_ms"] = {clock: _tail(each) for clock, each in arm["latency_ms"].items()}
    made["conditions"] = [_condition(made, rate, None) for rate in rates]
    if work:
        made["conditions"].append(_condition(made, 60.0, {"median_ms": 5.0, "sigma": 0.5, "mean_ms": 5.7}))
    made["equal_cost"] = [_equal(row) for row in made["comparisons"] if row["measure"] == "closed_ms_p50"]
    made["noise_floor"] = None
    return again(made)


def floored(summary: Mapping[str, Any], share: Mapping[str, float] | None = None) -> Summary:
    """With a noise floor of these shares, and what lies below it without a difference."""
    made: Summary = deepcopy(dict(summary))
    relative = dict(share or FLOOR)
    made["noise_floor"] = {"run": "20261126T010000Z-calibrate", "machine": "made up", "relative": relative}
    for row in [*made["comparisons"], *(row for each in made["conditions"] for row in each["comparisons"])]:
        if row["measure"] in relative and row["a_value"] is not None:
            row["noise_floor"] = relative[row["measure"]] * max(row["a_value"], row["b_value"])
            if row["difference"] is not None and abs(row["difference"]) <= row["noise_floor"]:
                row["verdict"] = "no difference shown"
    return again(made)


def again(summary: Summary) -> Summary:
    """Told anew, after a change."""
    return summary | told(summary)


def _condition(summary: Summary, rate: float, work: dict[str, float] | None) -> dict[str, Any]:
    times, more = SLOWER.get(rate, 1.0), WORK_MS if work else 0.0
    rows = [_slower(row, times, more) for row in summary["comparisons"]]
    if work:
        rows += [_coordination(row) for row in rows if row["measure"] in ("closed_ms_p50", "decided_ms_p50")]
    return {
        "id": f"{rate:g}/s{' with work' if work else ''}",
        "rate": rate,
        "reference": rate == 60.0 and work is None,
        "work": work,
        "not_carried": [],
        "arms": {name: _arm(arm, rate, times, more) for name, arm in summary["arms"].items()},
        "comparisons": rows,
        "effects": deepcopy(summary["effects"]),
    }


def _arm(arm: Mapping[str, Any], rate: float, times: float, more: float) -> dict[str, Any]:
    latencies = {clock: _late(each, times, more) for clock, each in arm["latency_ms"].items()}
    cost = dict(arm["cost"])
    used = cost["cpu_ms_per_order"]
    return {
        "orders": arm["orders"],
        "latency_ms": latencies,
        "cost": cost,
        "cpu_ms_per_s": None if used is None else used * rate,
        "cpu_ms_per_s_interval": None if used is None else [used * rate * 0.97, used * rate * 1.03],
        "work_ms": {"p50": more, "mean": more * 1.05} if more else None,
        "coordination_ms": (
            {clock: _late(arm["latency_ms"][clock], times * 1.1, 0.0) for clock in ("decided", "closed")}
            if more
            else None
        ),
    }


def _late(at: Mapping[str, Any], times: float, more: float) -> dict[str, Any]:
    late = {name: _shifted(value, times, more) for name, value in at.items() if name not in ("count", "censored")}
    return {"count": at["count"], "censored": at["censored"], **late}


def _shifted(value: Any, times: float, more: float) -> Any:
    if isinstance(value, float | int):
        return round(value * times + more, 3)
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [[share, _shifted(ms, times, more)] for share, ms in value]
    return [_shifted(each, times, more) for each in value] if isinstance(value, list) else value


def _slower(row: Mapping[str, Any], times: float, more: float) -> dict[str, Any]:
    if row["measure"] == "cpu_ms_per_order":
        return dict(row)
    values = {side: _shifted(row[side], times, more) for side in ("a_value", "b_value")}
    return {**row, **values, **{name: _shifted(row[name], times, 0.0) for name in ("difference", "interval")}}


def _coordination(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {side: _shifted(row[side], 1.0, -WORK_MS) for side in ("a_value", "b_value")}
    return {**row, **values, "measure": f"coordination_{row['measure']}"}


def _equal(row: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: row[name] for name in ("measure", "a", "b", "difference", "interval", "blocks", "verdict")}
    values = {"a_value": row["a_value"], "b_value": row["b_value"]}
    return {**made, **values, "cpu_ms_per_s": 400.0, "a_rate": 56.0, "b_rate": 101.0}


def _tail(at: Mapping[str, Any]) -> dict[str, Any]:
    """With a p99.9, where the judge has none yet."""
    bare = {"p999": at["max"], "p999_interval": None, "p999_how": "pooled over 12 blocks"}
    return {**bare, **at}
