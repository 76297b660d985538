"""The samples as series against time, and what each says: still, growing, falling, or too short to tell.

A series grows when the interval of its slope lies above 0, the growth over the time looked at is more than little (a
small share of its middle, a few whole things, what chance arrivals bring), and it goes on: the second half of the time
says the same. A pool that fills until it is as large as its load needs grew, and settled. A slope that cannot be told
from 0, or is that small, is flat.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.rows import Row
from benchmarks.statistics import TREND_CONFIDENCE, Trend, theil_sen

SHARE = 0.05  # of the middle, over the whole time: what noise of the allocator and of the neighbours may look like
CHANCE = 3.0  # standard deviations of what comes and goes with orders
HOUR_S = 3600.0
HALF_MIN = 10  # looks in the second half of a time that has just enough of them

Verdict = Literal["flat", "grows", "settles", "falls", "too short"]
Key = tuple[str, str, str]
"""Arm, measure, of what."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured: its words, its unit, and the growth that is too little to speak of.

    `clump`: how many of these come and go with one order; 0 for what does not.
    """

    title: str
    unit: str
    floor: float
    clump: float = 0.0

    def little(self, middle: float) -> float:
        """The growth over the whole time that is not told from none, at this level.

        Orders come by chance. So do counts of what is remembered of the last ones: two of them lie sqrt(2 n) apart.
        """
        return max(self.floor, SHARE * middle, CHANCE * math.sqrt(2 * self.clump * max(middle, 0.0)))


MEASURES = {
    "rss_mib": Measure("memory (RSS)", "MiB", 1.0),
    "pss_mib": Measure("memory, shared pages shared out (PSS)", "MiB", 1.0),
    "files": Measure("open files", "", 2.0),
    "connections": Measure("connections (sockets)", "", 2.0),
    "threads": Measure("threads", "", 1.0),
    "server_mib": Measure("memory of the store, as it says itself", "MiB", 1.0),
    "server_clients": Measure("clients of the store", "", 2.0),
    "entries": Measure("entries of streams, dead letters too", "", 10.0, 1.0),
    "keys": Measure("keys of orders, journals and jobs", "", 10.0, 1.0),
    "fields": Measure("fields of order records, answers for duplicates among them", "", 50.0, 5.0),
    "size": Measure("lengths of listings and other collections", "", 10.0, 1.0),
}
REMEMBERED = ("entries", "keys", "fields", "size")
"""What retention has to keep flat."""


def series(samples: Iterable[Row]) -> dict[Key, list[tuple[float, float]]]:
    """(seconds since the load began, value) of each. What the store did not have in a look was 0 then; what could not
    be looked at is missing."""
    rows = [row for row in samples if row.get("at_s") is not None]
    names: defaultdict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for row in rows:
        for measure, of in row["values"].items():
            names[row["arm"], measure] |= dict.fromkeys(of)
    found: dict[Key, list[tuple[float, float]]] = {}
    for (arm, measure), each in names.items():
        looks = [row for row in rows if row["arm"] == arm and measure in row["values"]]
        absent = 0.0 if measure in REMEMBERED else None
        for name in each:
            seen = ((float(row["at_s"]), row["values"][measure].get(name, absent)) for row in looks)
            found[arm, measure, name] = [(at_s, float(value)) for at_s, value in seen if value is not None]
    return found


def judged(key: Key, points: Sequence[tuple[float, float]], from_s: float, to_s: float) -> dict[str, Any]:
    """A row for the summary: verdict and its reason, slope and interval an hour, growth over the time looked at."""
    arm, measure, of = key
    looked = [(at_s, value) for at_s, value in points if from_s <= at_s <= to_s]
    trend = theil_sen([at_s for at_s, _ in looked], [value for _, value in looked])
    span_s = looked[-1][0] - looked[0][0] if looked else 0.0
    verdict, why = _verdict(trend, _second_half(looked), span_s, MEASURES[measure])
    values = [value for _, value in looked]
    return {
        "arm": arm,
        "measure": measure,
        "of": of,
        "unit": MEASURES[measure].unit,
        "verdict": verdict,
        "why": why,
        "samples": len(looked),
        "first": values[0] if values else None,
        "last": values[-1] if values else None,
        "lowest": min(values, default=None),
        "highest": max(values, default=None),
        **_figures(trend, span_s),
    }


def _figures(trend: Trend | None, span_s: float) -> Mapping[str, Any]:
    if trend is None:
        return dict.fromkeys(("middle", "slope_per_h", "interval_per_h", "growth", "growth_share", "widened"))
    growth = trend.slope * span_s
    return {
        "middle": trend.middle,
        "slope_per_h": trend.slope * HOUR_S,
        "interval_per_h": [bound * HOUR_S for bound in trend.interval],
        "growth": growth,
        "growth_share": growth / trend.middle if trend.middle else None,
        "widened": trend.widened,
    }


def _second_half(looked: Sequence[tuple[float, float]]) -> Trend | None:
    late = looked[len(looked) // 2 :]
    return theil_sen([at_s for at_s, _ in late], [value for _, value in late], least=HALF_MIN)


def _verdict(trend: Trend | None, late: Trend | None, span_s: float, measure: Measure) -> tuple[Verdict, str]:
    if trend is None or late is None:
        return "too short", "too few looks after the warm-up"
    low, high = trend.interval
    growth = abs(trend.slope * span_s)
    if low <= 0 <= high:
        return "flat", f"its slope cannot be told from 0 with {TREND_CONFIDENCE:.0%} confidence"
    little = measure.little(trend.middle)
    if growth <= little:
        return "flat", f"it changes by no more than {little:,.1f} {measure.unit}".rstrip()
    if low > 0 and (late.interval[0] <= 0 or late.slope * span_s <= little):
        return "settles", "it grew at first, and hardly in the second half"
    return ("grows", "its slope lies above 0, to the end") if low > 0 else ("falls", "its slope lies below 0")
