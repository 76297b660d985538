"""Of one arm: what it closed a second with one, two and four replicas of its busiest component, and the law in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from benchmarks.capacity.outcome import throughput
from benchmarks.capacity.records import Records
from benchmarks.scaling import Fit, fit

STEPS = 24  # of the curve


def replicas(records: Records, arm: str) -> dict[str, Any] | None:
    """None when no burst was put to it. `lost`: bursts whose orders did not close."""
    puts = records.of(arm, "burst")
    if not puts:
        return None
    measured: defaultdict[int, list[float]] = defaultdict(list)
    lost = 0
    for put in puts:
        _, a_second = throughput(put.orders)
        if a_second is None:
            lost += 1
        else:
            measured[int(put.row["size"])].append(a_second)
    found = fit(measured, seed=int(records.manifest["seed"]))
    return {
        "component": records.manifest["components"].get(arm),
        "orders": round(sum(put.row["due"] for put in puts) / len(puts)),
        "throughputs": {str(size): values for size, values in sorted(measured.items())},
        "lost": lost,
        "law": None if found is None else _law(found, max(measured)),
    }


def _law(found: Fit, largest: int) -> dict[str, Any]:
    sizes = [1 + (largest - 1) * step / STEPS for step in range(STEPS + 1)]
    peak = found.law.peak
    return {
        **asdict(found.law),
        "sigma_interval": found.sigma_interval,
        "kappa_interval": found.kappa_interval,
        "sigma_told": found.sigma_told,
        "kappa_told": found.kappa_told,
        "peak": _finite(peak),
        "peak_interval": None if found.peak_interval is None else [_finite(end) for end in found.peak_interval],
        "speedups": {str(size): {"times": times, "interval": by} for size, (times, by) in found.speedups.items()},
        "points": found.points,
        "curve": [[size, found.law.at(size), *(found.band(size) or (None, None))] for size in sizes],
    }


def _finite(value: float) -> float | None:
    """None: beyond any size."""
    return value if value < 1e6 else None
