"""Which pictures a report has: each is drawn by a room next door, named here, and left out when it has no records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.charts import blast, cost, differences, journey, latency, rates
from benchmarks.charts.looks import Look

POINTS = {
    "closed_ms_p50": "Closed, median of each block, ms",
    "cpu_ms_per_order": "Processor time per order, by block, ms",
}


def drawn(summary: Mapping[str, Any], looks: Mapping[str, Look], order: Mapping[str, Any] | None) -> dict[str, str]:
    """Name -> SVG. `order` has the shape of `harmony order --json`."""
    arms = summary["arms"]
    pictures: dict[str, str] = {}
    latencies = {
        arm: figures["latency_ms"] for arm, figures in arms.items() if figures["latency_ms"]["closed"]["count"]
    }
    if latencies:
        pictures |= {f"curve-{clock}": latency.curves(latencies, looks, clock) for clock in latency.NAMES}
    pictures |= rates.drawn(summary.get("conditions") or (), looks)
    blocks = {arm: [p for p in figures["blocks"] if p["phase"] == summary["phase"]] for arm, figures in arms.items()}
    for measure, title in POINTS.items():
        means = {arm: _mean(figures, measure) for arm, figures in arms.items()}
        pictures[f"points-{measure}"] = latency.block_points(blocks, looks, measure, title, means)
    costs = {arm: figures["cost"] for arm, figures in arms.items() if figures["cost"]["cpu_ms_per_order"] is not None}
    if costs:
        pictures["cost"] = cost.bars(costs, looks)
    reach = blast.extent(summary["blast_radius"], summary["slo_s"])
    for number, each in enumerate(summary["blast_radius"]):
        name = f"blast-{number}"
        pictures[name] = blast.orders(each, looks[each["arm"]], summary["slo_s"], reach, name)
    return {name: svg for name, svg in (pictures | _compared(summary, looks) | _journeys(order, looks)).items() if svg}


def _mean(figures: Mapping[str, Any], measure: str) -> tuple[Any, Any]:
    """The mean over an arm's blocks and its interval, as judged; a median of all blocks together is no mean of them."""
    if measure == "closed_ms_p50":
        closed = figures["latency_ms"]["closed"]
        return (closed["p50"], closed["p50_interval"]) if closed["p50_interval"] else (None, None)
    return figures["cost"][measure], figures["cost"][f"{measure}_interval"]


def _compared(summary: Mapping[str, Any], looks: Mapping[str, Look]) -> dict[str, str]:
    rows = summary["comparisons"]
    furthest = differences.reach(rows)
    names = [f"difference-{number}" for number in range(len(rows))]
    return {name: differences.difference(row, looks, furthest, name) for name, row in zip(names, rows, strict=True)}


def _journeys(order: Mapping[str, Any] | None, looks: Mapping[str, Look]) -> dict[str, str]:
    told = {arm: each for arm, each in (order or {}).items() if arm in looks and each.get("events")}
    if not told:
        return {}
    longest_ms = max(ms for each in told.values() for *_, ms in journey.since_sent(each))
    return {
        f"journey-{arm}": journey.journey(each, looks[arm], longest_ms, f"journey-{arm}") for arm, each in told.items()
    }
