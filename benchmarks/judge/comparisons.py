"""Arm against arm, pair of blocks by pair of blocks: both of a pair were asked the same at the same moments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from benchmarks.judge.carried import not_carried
from benchmarks.judge.clocks import CLOCKS, SHARES, block_points, pair_of, rounded, sample
from benchmarks.judge.conformance import conforms
from benchmarks.judge.run import Run
from benchmarks.noise import floor_ms
from benchmarks.statistics import BLOCKS_MIN, STARTS_MIN, Difference, compare, mean_over_blocks, quantile

MEASURES = (
    *(f"{clock}_ms_{name}" for clock in reversed(CLOCKS) for name in SHARES),
    "cpu_ms_per_order",
)
"""What is compared, in milliseconds all of it."""

WIRES = ("http", "streams")
"""The transports of the square of patterns and wires. An arm on any other stands beside it."""

Points = Mapping[int, Mapping[str, Any]]
"""Pair -> the figures of the arm's block of that pair."""


def comparisons(run: Run, measures: Sequence[str] = MEASURES, why: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Two arms after two arms, every measure: a - b, its interval over blocks, and what may be said of it.

    Refused, so without a difference, when the arms ran under conditions that differ and must not, or did not keep up.
    `why`: the reasons, where they are known already; None: `refusals`.
    """
    points, refused = {arm: by_pair(run, arm) for arm in run.arms}, _refused(refusals(run) if why is None else why)
    return [
        _comparison(run, measure, (a, points[a]), (b, points[b])) | refused
        for a, b in couples(run)
        for measure in measures
    ]


def couples(run: Run) -> list[tuple[str, str]]:
    """Whom to compare: pattern with pattern on each wire, then wire with wire in each pattern.

    An arm that is left over (on another transport, or one with no neighbour) is compared with the first of its pattern,
    else with the first there is.
    """
    every = list(combinations(run.arms, 2))
    square = [pair for pair in every if {*map(run.transport, pair)} <= {*WIRES} and len(_apart(run, *pair)) == 1]
    chosen = sorted(square, key=lambda pair: _apart(run, *pair) != ["pattern"])
    for arm in run.arms:
        others = sorted((other for other in run.arms if other != arm), key=lambda o: run.pattern(o) != run.pattern(arm))
        if others and not any(arm in pair for pair in chosen):
            chosen.append((others[0], arm) if run.arms.index(others[0]) < run.arms.index(arm) else (arm, others[0]))
    return chosen


def _apart(run: Run, a: str, b: str) -> list[str]:
    """In what two arms differ."""
    sides = {"pattern": run.pattern, "transport": run.transport}
    return [name for name, of in sides.items() if of(a) != of(b)]


def refusals(run: Run) -> list[str]:
    """Why the arms of a run must not be compared: a sentence each, none when they may."""
    tried = {arm: conforms(run, arm) for arm in run.arms}
    strangers = [f"{arm} is not what its name says" for arm, check in tried.items() if check and not check.ok]
    spoiled = [str(run.manifest["spoiled"])] if run.manifest.get("spoiled") else []
    return [*run.unequal, *strangers, *spoiled, *not_carried(run)]


def by_pair(run: Run, arm: str) -> Points:
    """The arm's measured blocks, pair by pair."""
    return {point["pair"]: point for point in block_points(run, arm) if point["phase"] == run.measured_phase}


def _comparison(run: Run, measure: str, left: tuple[str, Points], right: tuple[str, Points]) -> dict[str, Any]:
    (a, of_a), (b, of_b) = left, right
    shared = [(of_a[pair].get(measure), of_b[pair].get(measure)) for pair in sorted({*of_a} & {*of_b})]
    known = [(x, y) for x, y in shared if x is not None and y is not None]
    whole = len(known) == len(shared)  # a pair left out because one side did not finish would flatter that side
    starts = len({of_a[pair]["restart"] for pair in {*of_a} & {*of_b}})
    values = {name: _mean([pair[side] for pair in known]) for side, name in enumerate(("a_value", "b_value"))}
    floor = floor_ms(run.manifest, measure, *values.values())
    seen = compare(known if whole else [], floor, starts=starts)
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
        **_ratio(known if whole else []),
        "blocks": len(shared),
        "starts": starts,
        "noise_floor": floor,
    }
    return row | {"verdict": _worded(seen, row, bool(known) and whole)}


def _refused(why: Sequence[str]) -> dict[str, Any]:
    """What is said of arms that must not be compared: their own figures stay, what is between them goes."""
    if not why:
        return {}
    nothing = dict.fromkeys(("difference", "interval", "p_value", "ratio", "ratio_interval"))
    return nothing | {"verdict": f"refused: {'; '.join(why)}"}


def _ratio(pairs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    """a / b: the geometric mean over pairs of blocks, with Student's interval of its logarithm."""
    if not pairs or any(x <= 0 or y <= 0 for x, y in pairs):
        return {"ratio": None, "ratio_interval": None}
    logs = mean_over_blocks([math.log(x / y) for x, y in pairs])
    interval = [round(math.exp(end), 3) for end in logs.interval] if logs.interval else None
    return {"ratio": None if logs.value is None else round(math.exp(logs.value), 3), "ratio_interval": interval}


def _worded(seen: Difference, row: Mapping[str, Any], by_blocks: bool) -> str:
    if seen.verdict in ("lower", "higher"):
        return f"{row['a']} {seen.verdict}"
    if seen.verdict == "no difference shown":
        return seen.verdict
    if None in (row["a_value"], row["b_value"]):
        return "unknown: not reached, or not recorded, in every block"
    if row["blocks"] >= BLOCKS_MIN and not by_blocks:
        return "no verdict: blocks too small for it"
    return too_few(row["blocks"], row["starts"])


def too_few(blocks: int, starts: int) -> str:
    """What a verdict would have needed."""
    if blocks < BLOCKS_MIN:
        return f"no verdict: {blocks} block{'' if blocks == 1 else 's'} a side, {BLOCKS_MIN} are needed"
    often = "once: 1 start" if starts == 1 else f"in {starts} starts"
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
