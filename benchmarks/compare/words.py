"""What a comparison says in sentences: what was found, and how far that carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from benchmarks.compare.cells import MEASURES, difference, figure
from benchmarks.compare.measures import AS_SEEN, HIGHER, LOWER, NONE, REFUSED, UNKNOWN
from benchmarks.statistics import CONFIDENCE

METHOD = (
    "Blocks of two runs are no pairs, so the interval is Welch's (Biometrika 1947): the difference of the two means "
    "over blocks, 95 %, with Satterthwaite's degrees of freedom. Lower or higher is said only when the means of "
    "starts say so too."
)
DRIFT = "What the machine did meanwhile (heat, neighbours, caches) is in every difference, and no interval knows of it."
HONEST = (
    "The honest way is to interleave both in one run, block by block. Where that cannot be had, record A twice: what "
    "these two differ by is drift."
)
GAPS = (
    "In each run the arms took turns, so a machine that slowed both by one factor is not in these ratios; they carry "
    "further than the differences above."
)
SHOWN_MAX = 6


def told(comparison: Mapping[str, Any]) -> dict[str, Any]:
    """The sentences: `headline` for the first screen, `drift` and `method` for how far it carries."""
    return {
        "headline": list(_headline(comparison)),
        "drift": f"{_apart(comparison['a'], comparison['b'])} {DRIFT} {HONEST}",
        "method": METHOD,
    }


def conditions_differ(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many, and that any of them may be the reason."""
    one = len(rows) == 1
    what = "1 condition differs" if one else f"{len(rows)} conditions differ"
    return f"{what} between A and B; {'it' if one else 'any of them'} may be why the figures differ."


def left_out(comparison: Mapping[str, Any]) -> list[str]:
    """Arms that only one of the two has."""
    only = comparison["only_in"]
    return [f"Only in {side.upper()}, so not compared: {', '.join(only[side])}." for side in ("a", "b") if only[side]]


def agreed(comparison: Mapping[str, Any]) -> list[str]:
    """Why some figures have no verdict, each reason once; what is said of the whole comparison is not said again."""
    said = {"refused", f"no verdict, as seen: {'; '.join(comparison['withheld'])}"}
    unsure = [row for row in comparison["measures"] if row["shows"] in (AS_SEEN, REFUSED, UNKNOWN)]
    counts = Counter((row["shows"], row["verdict"].partition(": ")[2]) for row in unsure if row["verdict"] not in said)
    total = len(comparison["measures"])
    return [
        f"{shows}: {why} ({'all' if count == total else f'{count} of'} {total} figures)"
        for (shows, why), count in counts.items()
    ]


def _headline(of: Mapping[str, Any]) -> Iterator[str]:
    if of["refusals"]:
        yield f"Not compared: {'; '.join(of['refusals'])}."
        return
    rows = of["measures"]
    yield _counted(rows)
    if of["withheld"]:
        yield f"No verdict is given: {'; '.join(of['withheld'])}."
    shown = [row for row in rows if row["shows"] in (LOWER, HIGHER)]
    yield from (_shown(row) for row in shown[:SHOWN_MAX])
    if len(shown) > SHOWN_MAX:
        yield f"{len(shown) - SHOWN_MAX} more are in the table."
    decided = sum(row["shows"] in (LOWER, HIGHER, NONE) for row in rows)
    if decided:
        yield f"Of {decided} intervals at 95 %, expect about {_by_chance(decided)} to miss by luck alone."
    worse = [check for check in of["checks"] if check["b"] == "failed" and check["a"] != "failed"]
    if worse:
        yield f"Checks that fail in B and not in A: {', '.join(dict.fromkeys(check['id'] for check in worse))}."


def _counted(rows: Sequence[Mapping[str, Any]]) -> str:
    shows = Counter(row["shows"] for row in rows)
    said = {LOWER: "lower in B", HIGHER: "higher in B", NONE: "without a difference shown", AS_SEEN: "as seen only"}
    parts = [f"{shows[name]} {words}" for name, words in said.items() if shows[name]]
    other = len(rows) - sum(shows[name] for name in said)
    parts += [f"{other} refused or unknown"] if other else []
    return f"Of {len(rows)} figures: {', '.join(parts) or 'none'}."


def _shown(row: Mapping[str, Any]) -> str:
    values = " and ".join(f"{figure(row[side], row['unit'])} in {side.upper()}" for side in ("a", "b"))
    return f"{row['arm']}, {MEASURES[row['measure']]}: {values}, so {difference(row)} {row['unit']}."


def _by_chance(decided: int) -> str:
    return f"{max(1.0, decided * (1 - CONFIDENCE)):.0f}"


def _apart(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """How long the one began after the other."""
    try:
        times = [datetime.fromisoformat(str(side["started"])) for side in (a, b)]
    except ValueError:
        return "The two ran at different times."
    seconds = (times[1] - times[0]).total_seconds()
    later, earlier = ("B", "A") if seconds >= 0 else ("A", "B")
    return f"{later} began {_long(abs(seconds))} after {earlier}."


def _long(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"
