"""The noise floor, from what a thing showed against itself: what a later difference must exceed to be one.

Three things can make one of two things that are the same seem lower: what was seen between them, what block by block
could have been there unseen, and the luck of a start, which all of its blocks share (memory layout, placement). A later
run has STARTS_MIN starts, and blocks of one start do not tell its luck: only start means do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from benchmarks import noise
from benchmarks.calibrate.figures import pooled, reach_of_mean
from benchmarks.calibrate.records import Pair, Records, owned, split
from benchmarks.statistics import STARTS_MIN

STARTS_LEAST = 2  # of which a floor can be told, in a run that was cut short


def noise_floor(records: Records, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """What is kept for later verdicts, from comparisons over all starts; None when too little was seen for it."""
    starts = max((row["starts"] for row in rows), default=0)
    shares = relative(rows) if starts >= STARTS_LEAST else {}
    if not shares or records.manifest["lost"] or records.manifest["spoiled"]:
        return None
    return {
        "run": records.folder.resolve().name,
        "machine": noise.here(records.manifest["machine"]),
        "measured": records.manifest["started"],
        "arms": records.arms,
        "relative": shares,
        "blocks": min(row["blocks"] for row in rows),
        "starts": starts,
    }


def relative(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Measure -> the noise floor as a share of the value.

    Of each arm the largest of the mean difference, half its interval, and `starts_reach`; of all arms the largest: a
    later run may have others.
    """
    shares: dict[str, float] = {}
    for row in rows:
        if row["difference"] is not None and row["interval"] is not None and row["value"]:
            low, high = row["interval"]
            seen = max(abs(row["difference"]), (high - low) / 2, row["starts_reach"] or 0.0) / row["value"]
            shares[row["measure"]] = max(round(seen, 5), shares.get(row["measure"], 0.0))
    return shares


def starts_reach(pairs: Sequence[Pair], measure: str) -> float | None:
    """How far from none the mean of STARTS_MIN starts may lie when starts vary as these do; None under two starts.

    Student's t over the starts' own differences, in the unit of the measure.
    """
    found = list(_differences(pairs, measure))
    known = [each for each in found if each is not None]
    return reach_of_mean(known, STARTS_MIN) if len(known) == len(found) else None


def _differences(pairs: Sequence[Pair], measure: str) -> Iterator[float | None]:
    for start in sorted({pair.start for pair in pairs}):
        yield _difference([pair for pair in pairs if pair.start == start], measure)


def _difference(pairs: Sequence[Pair], measure: str) -> float | None:
    own = owned(pairs, measure)
    if own is not None:
        return fmean(a - b for a, b in own)
    found = split(measure)
    if found is None:
        return None
    clock, share = found
    sides = [pair.a.sample(clock) for pair in pairs], [pair.b.sample(clock) for pair in pairs]
    a, b = (pooled(side, share) for side in sides)
    return None if a is None or b is None else a - b
