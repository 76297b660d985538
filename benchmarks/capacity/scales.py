"""Of one arm: what it closed a second with one, two and four replicas of its busiest component, and the law in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from benchmarks.capacity.outcome import throughput, unsent
from benchmarks.capacity.records import Records
from benchmarks.scaling import Fit, fit
from benchmarks.statistics import STARTS_MIN

STEPS = 24  # of the curve


def replicas(records: Records, arm: str) -> dict[str, Any] | None:
    """None when no burst was put to it.

    `lost`: bursts without a figure, because orders did not close, or (`unsent`, in orders) could not be sent. Where one
    was lost the others are survivors, and nothing is concluded from them.
    """
    puts = records.of(arm, "burst")
    if not puts:
        return None
    labs: defaultdict[int, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    lost = 0
    for put in puts:
        _, a_second = throughput(put.orders)
        if a_second is None:
            lost += 1
        else:
            labs[int(put.row["size"])][str(put.row["lab"])].append(a_second)
    measured = {size: list(each.values()) for size, each in sorted(labs.items())}
    found = fit(measured, seed=int(records.manifest["seed"]))
    return {
        "component": records.manifest["components"].get(arm),
        "orders": round(sum(put.row["due"] for put in puts) / len(puts)),
        "throughputs": {str(size): [value for its in each for value in its] for size, each in measured.items()},
        "bursts": len(puts),
        "lost": lost,
        "unsent": sum(unsent(put.orders) for put in puts),
        "starts": min((len(each) for each in measured.values()), default=0),
        "law": None if found is None else _law(found, max(measured)),
        "verdict": "no verdict" if found is None or lost else helped(found),
    }


def helped(found: Fit) -> str:
    """Whether the largest size closes more orders a second than one replica, beyond the doubt of enough starts."""
    _, interval = found.speedups[max(found.speedups)]
    if interval is None or min(found.starts.values()) < STARTS_MIN:
        return "no verdict"
    return "holds" if interval[0] > 1 else "not so" if interval[1] < 1 else "no difference shown"


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
