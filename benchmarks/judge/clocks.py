"""The three clocks of an order, counted from when it was due: accepted, decided, closed. And how many there were.

Every order that was sent and ought to be accepted is in every figure. One that has not finished counts as longer than
any other, so a percentile that would lie among such orders is null: not reached.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.judge.costs import block_cost
from benchmarks.judge.run import Run, wanted
from benchmarks.rows import Row
from benchmarks.statistics import Estimate, Sample, curve, orders_needed, over_blocks, quantile

CLOCKS = ("accepted", "decided", "closed")
SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
FAR = {"p999": 0.999}
"""Told of all blocks together and compared with nothing: no block of a comparison has the 5,000 orders for its own."""

CURVE = [percent / 100 for percent in range(1, 100)] + [0.995, 0.999]
DIGITS = 3
POINT = ("block", "pair", "phase", "condition", "restart", "rate", "drained")


def sample(rows: Iterable[Row], clock: str) -> Sample:
    """The latencies (ms) of those that finished on that clock, and the number of those that did not."""
    ends = [(row["due_ms"], row.get(f"{clock}_ms")) for row in rows if wanted(row)]
    values = [float(end) - float(due) for due, end in ends if end is not None]
    return Sample(values, len(ends) - len(values))


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """How the arrivals ended. `refused` are malformed requests, rightly refused; `failed` got no 202."""
    status = Counter(str(row["status"]) for row in rows)
    sent = [row for row in rows if row.get("sent_ms") is not None]
    return {
        "due": len(rows),
        "sent": len(sent),
        "accepted": sum(1 for row in sent if row.get("accepted_ms") is not None),
        "completed": status["completed"],
        "cancelled": status["cancelled"],
        "cancelled_by_deadline": sum(1 for row in rows if _by_deadline(row)),
        "refused": status["refused"],
        "failed": status["failed"] - (len(rows) - len(sent)),
        "open": status["open"],
    }


def lateness(rows: Iterable[Row]) -> dict[str, float | None]:
    """By how much (ms) orders were sent later than they were due: the load's own fault, inside every latency."""
    late = Sample([float(row["sent_ms"]) - float(row["due_ms"]) for row in rows if row.get("sent_ms") is not None])
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: rounded(quantile(late, share)) if late.count else None for name, share in shares.items()}


def arm_latencies(run: Run, arm: str) -> dict[str, Any]:
    """Per clock: count, quantiles, their intervals over blocks, and the curve for a picture."""
    blocks = [run.by_block.get(int(block["block"]), []) for block in run.blocks_of(arm, run.measured_phase)]
    return {clock: _latency([sample(rows, clock) for rows in blocks]) for clock in CLOCKS}


def block_points(run: Run, arm: str) -> list[dict[str, Any]]:
    """One row per block with its own figures: what intervals are made of."""
    points = []
    for block in run.blocks_of(arm):
        rows = run.by_block.get(int(block["block"]), [])
        named = {name: block.get(name) for name in POINT}
        points.append({**named, **_point(rows), **block_cost(block, rows, run.processes(arm))})
    return points


def own_quantile(part: Sample, share: float) -> float | None:
    """A block's own quantile, if it has the orders for one."""
    return rounded(quantile(part, share)) if part.count >= orders_needed(share) else None


def rounded(figure: float | None) -> float | None:
    """To the microsecond: more is not known."""
    return None if figure is None else round(figure, DIGITS)


def pair_of(interval: tuple[float, float] | None) -> list[float] | None:
    """An interval for JSON."""
    return None if interval is None else [round(end, DIGITS) for end in interval]


def _latency(blocks: Sequence[Sample]) -> dict[str, Any]:
    pooled = sum(blocks, Sample(()))
    estimates = {name: over_blocks(blocks, share) for name, share in (SHARES | FAR).items()}
    fine_enough = [share for share in CURVE if (1 - share) * pooled.count >= 1 - 1e-9]
    largest = max(pooled.values) if pooled.values and not pooled.censored else None
    return {
        "count": pooled.count,
        "censored": pooled.censored,
        "max": rounded(largest),
        "curve": [[share, rounded(at)] for share, at in curve(pooled, fine_enough)] if pooled.count else [],
        **{name: rounded(estimate.value) for name, estimate in estimates.items()},
        **{f"{name}_interval": pair_of(estimate.interval) for name, estimate in estimates.items()},
        **{f"{name}_how": _how(estimate) for name, estimate in estimates.items()},
        **_told_of_enough(pooled.count),
    }


def _told_of_enough(count: int) -> dict[str, Any]:
    """Of fewer orders than one in a thousand is one, a p99.9 would be another name for the largest."""
    needed = {name: round(1 / (1 - share)) for name, share in FAR.items()}
    few = {name: least for name, least in needed.items() if count < least}
    how = {f"{name}_how": f"needs {least:,} orders, there are {count:,}" for name, least in few.items()}
    return {**dict.fromkeys(few), **{f"{name}_interval": None for name in few}, **how}


def _how(estimate: Estimate) -> str:
    if estimate.value is None:
        return "not reached"
    return f"mean of {estimate.blocks} blocks" if estimate.how == "blocks" else f"pooled over {estimate.blocks} blocks"


def _point(rows: Sequence[Row]) -> dict[str, Any]:
    figures: dict[str, Any] = {"orders": sum(1 for row in rows if wanted(row))}
    for clock in CLOCKS:
        part = sample(rows, clock)
        figures |= {f"{clock}_ms_{name}": own_quantile(part, share) for name, share in SHARES.items()}
    return figures


def _by_deadline(row: Row) -> bool:
    return row["status"] == "cancelled" and row.get("reason") == "deadline"
