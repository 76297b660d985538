"""Arm against arm, pair of blocks by pair of blocks: both of a pair were asked the same at the same moments."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from benchmarks.judge.clocks import CLOCKS, SHARES, block_points, pair_of, rounded, sample
from benchmarks.judge.run import Run
from benchmarks.statistics import BLOCKS_MIN, STARTS_MIN, Difference, compare, quantile

MEASURES = (
    *(f"{clock}_ms_{name}" for clock in reversed(CLOCKS) for name in SHARES),
    "cpu_ms_per_order",
)
"""What is compared, in milliseconds all of it."""

Points = Mapping[int, Mapping[str, Any]]
"""Pair -> the figures of the arm's block of that pair."""


def comparisons(run: Run) -> list[dict[str, Any]]:
    """Every two arms, every measure: a - b, its interval over blocks, and what may be said of it.

    Refused, so without a difference, when the arms ran under conditions that differ and must not.
    """
    points = {arm: _by_pair(run, arm) for arm in run.arms}
    floors = run.manifest.get("noise_floor") or {}
    return [
        _comparison(run, measure, (a, points[a]), (b, points[b]), floors.get(measure))
        for a, b in combinations(run.arms, 2)
        for measure in MEASURES
    ]


def _by_pair(run: Run, arm: str) -> Points:
    return {point["pair"]: point for point in block_points(run, arm) if point["phase"] == run.measured_phase}


def _comparison(
    run: Run, measure: str, left: tuple[str, Points], right: tuple[str, Points], floor: float | None
) -> dict[str, Any]:
    (a, of_a), (b, of_b) = left, right
    shared = [(of_a[pair].get(measure), of_b[pair].get(measure)) for pair in sorted({*of_a} & {*of_b})]
    known = [(x, y) for x, y in shared if x is not None and y is not None]
    whole = len(known) == len(shared)  # a pair left out because one side did not finish would flatter that side
    starts = len({of_a[pair]["restart"] for pair in {*of_a} & {*of_b}})
    seen = compare(known if whole else [], floor, starts=starts)
    values = {name: _mean([pair[side] for pair in known]) for side, name in enumerate(("a_value", "b_value"))}
    if not (known and whole):
        values = {"a_value": _pooled(run, a, measure), "b_value": _pooled(run, b, measure)}
    row = {
        "measure": measure,
        "unit": "ms",
        "a": a,
        "b": b,
        **values,
        "difference": rounded(seen.difference) if known and whole else _difference(values),
        "interval": pair_of(seen.interval),
        "p_value": seen.p_value,
        "blocks": len(shared),
        "starts": starts,
        "noise_floor": floor,
    }
    return row | (_refused(run) or {"verdict": _worded(seen, row, bool(known) and whole)})


def _refused(run: Run) -> dict[str, Any] | None:
    """What is said of arms that must not be compared: their own figures stay, what is between them goes."""
    if not run.unequal:
        return None
    return {"difference": None, "interval": None, "p_value": None, "verdict": f"refused: {'; '.join(run.unequal)}"}


def _worded(seen: Difference, row: Mapping[str, Any], by_blocks: bool) -> str:
    if seen.verdict in ("lower", "higher"):
        return f"{row['a']} {seen.verdict}"
    if seen.verdict == "no difference shown":
        return seen.verdict
    if None in (row["a_value"], row["b_value"]):
        return "unknown: not reached, or not recorded, in every block"
    if row["blocks"] < BLOCKS_MIN:
        return f"no verdict: {row['blocks']} block{'' if row['blocks'] == 1 else 's'} a side, {BLOCKS_MIN} are needed"
    if not by_blocks:
        return "no verdict: blocks too small for it"
    often = "once: 1 start" if row["starts"] == 1 else f"in {row['starts']} starts"
    return f"no verdict: seen {often} of the lab, {STARTS_MIN} are needed"


def _pooled(run: Run, arm: str, measure: str) -> float | None:
    """A latency over all blocks together, for a quantile that single blocks are too small for."""
    clock, _, share = measure.partition("_ms_")
    if share not in SHARES:
        return None
    together = sample(run.rows(arm, run.measured_phase), clock)
    return rounded(quantile(together, SHARES[share])) if together.count else None


def _mean(values: list[float]) -> float | None:
    return rounded(sum(values) / len(values)) if values else None


def _difference(values: Mapping[str, float | None]) -> float | None:
    a, b = values["a_value"], values["b_value"]
    return None if a is None or b is None else rounded(a - b)
