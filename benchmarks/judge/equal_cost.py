"""Latency at equal cost: what two arms take where both use the same processor time in a second.

At the same rate the dearer arm is also the busier one. Here each arm's own row of rates is read the other way round:
at which rate does it use this budget, and how long does an order take then? Linear between neighbouring rates, pair of
blocks by pair, and only inside the range of budgets that every pair of both arms has seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from benchmarks.judge.clocks import pair_of, rounded
from benchmarks.judge.comparisons import by_pair, couples, refusals, too_few
from benchmarks.judge.conditions import cpu_ms_per_s, names
from benchmarks.judge.run import Run
from benchmarks.noise import floor_ms
from benchmarks.statistics import compare

MEASURES = ("closed_ms_p50", "accepted_ms_p50")
RATES_MIN = 2


@dataclass(frozen=True, slots=True)
class At:
    """One block: its rate (orders/s), the processor time that it used in a second (ms), and a latency (ms)."""

    rate: float
    cpu_ms_per_s: float
    value_ms: float


Curve = Sequence[At]
"""A block at each rate, lowest rate first."""


def equal_cost(run: Run) -> list[dict[str, Any]]:
    """A row for each couple of arms and measure that can be read off; what was not measured is left out."""
    views = [run.under(name) for name in names(run)]
    plain = [view for view in views if not any(block.get("work") for block in view.blocks) and not refusals(view)]
    if len(plain) < RATES_MIN:
        return []
    rows = [_row(run, plain, a, b, measure) for a, b in couples(run) for measure in MEASURES]
    return [row for row in rows if row]


def out_of_reach(run: Run) -> list[dict[str, Any]]:
    """The couples of which nothing can be said at equal cost, each with the processor time (ms a second) that the one
    and the other used at the lowest and the highest of the rates; none where one rate alone was asked for."""
    views = [run.under(name) for name in names(run)]
    plain = [view for view in views if not any(block.get("work") for block in view.blocks) and not refusals(view)]
    told = []
    for a, b in couples(run) if len(plain) >= RATES_MIN else ():
        left, right = _curves(plain, a, MEASURES[0]), _curves(plain, b, MEASURES[0])
        if left and right and _budget(list(left.values()), list(right.values())) is None:
            told.append({"a": a, "b": b, "a_cpu_ms_per_s": _used(left), "b_cpu_ms_per_s": _used(right)})
    return told


def _used(curves: Mapping[tuple[int, int], Curve]) -> list[float | None]:
    each = list(curves.values())
    return [_mean([curve[0].cpu_ms_per_s for curve in each]), _mean([curve[-1].cpu_ms_per_s for curve in each])]


def _row(run: Run, views: Sequence[Run], a: str, b: str, measure: str) -> dict[str, Any] | None:
    left, right = _curves(views, a, measure), _curves(views, b, measure)
    if left is None or right is None:
        return None
    shared = sorted({*left} & {*right})
    budget = _budget([left[key] for key in shared], [right[key] for key in shared])
    if budget is None:
        return None
    read = [(_read(left[key], budget), _read(right[key], budget)) for key in shared]
    pairs = [(x.value_ms, y.value_ms) for x, y in read]
    values = {"a_value": _mean([x for x, _ in pairs]), "b_value": _mean([y for _, y in pairs])}
    floor, starts = floor_ms(run.manifest, measure, *values.values()), len({start for start, _ in shared})
    seen = compare(pairs, floor, starts=starts)
    return {
        "measure": measure,
        "unit": "ms",
        "cpu_ms_per_s": rounded(budget),
        "a": a,
        "b": b,
        "a_rate": _mean([x.rate for x, _ in read]),
        "b_rate": _mean([y.rate for _, y in read]),
        **values,
        "difference": rounded(seen.difference),
        "interval": pair_of(seen.interval),
        "p_value": seen.p_value,
        "blocks": seen.blocks,
        "starts": starts,
        "noise_floor": floor,
        "verdict": _worded(seen.verdict, a, seen.blocks, starts),
    }


def _worded(verdict: str, a: str, blocks: int, starts: int) -> str:
    if verdict == "no verdict":
        return too_few(blocks, starts)
    return f"{a} {verdict}" if verdict in ("lower", "higher") else verdict


def _curves(views: Sequence[Run], arm: str, measure: str) -> Mapping[tuple[int, int], Curve] | None:
    """(start, how many pairs of that start came before) -> the arm's curve of then.

    None when one of its blocks has no figure: a curve left out in silence would flatter the arm.
    """
    each = [_points(view, arm, measure) for view in views]
    curves = {}
    for key in set.intersection(*(set(points) for points in each)):
        known = [at for points in each if (at := points[key])]
        if len(known) < len(each):
            return None
        curves[key] = sorted(known, key=lambda at: at.rate)
    return curves


def _points(view: Run, arm: str, measure: str) -> Mapping[tuple[int, int], At | None]:
    points: dict[tuple[int, int], At | None] = {}
    had = dict[int, int]()
    blocks = {int(block["pair"]): block for block in view.blocks_of(arm)}
    for pair, point in sorted(by_pair(view, arm).items()):
        start, cpu, value = int(point["restart"]), cpu_ms_per_s(blocks[pair], view.processes(arm)), point.get(measure)
        key = start, had.get(start, 0)
        had[start] = key[1] + 1
        points[key] = None if cpu is None or value is None else At(float(point["rate"]), cpu, float(value))
    return points


def _budget(left: Sequence[Curve], right: Sequence[Curve]) -> float | None:
    """The middle of what lies between the lowest and the highest rate in every curve; None when nothing does."""
    curves = [*left, *right]
    low = max((curve[0].cpu_ms_per_s for curve in curves), default=0.0)
    high = min((curve[-1].cpu_ms_per_s for curve in curves), default=0.0)
    return (low + high) / 2 if low < high else None


def _read(curve: Curve, budget: float) -> At:
    """The first point of the curve at this budget, which lies between its ends."""
    below, above = next((low, high) for low, high in pairwise(curve) if low.cpu_ms_per_s <= budget <= high.cpu_ms_per_s)
    share = (budget - below.cpu_ms_per_s) / (above.cpu_ms_per_s - below.cpu_ms_per_s)
    rate = below.rate + share * (above.rate - below.rate)
    return At(rate, budget, below.value_ms + share * (above.value_ms - below.value_ms))


def _mean(values: Sequence[float]) -> float | None:
    return rounded(sum(values) / len(values)) if values else None
