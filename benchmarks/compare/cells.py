"""How a figure, a difference, a run or a condition is written in a cell, on a terminal as on a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MEASURES = {
    "closed_ms_p50": "closed, median",
    "closed_ms_p90": "closed, 90 of 100",
    "closed_ms_p99": "closed, 99 of 100",
    "decided_ms_p50": "decided, median",
    "decided_ms_p90": "decided, 90 of 100",
    "decided_ms_p99": "decided, 99 of 100",
    "accepted_ms_p50": "accepted, median",
    "accepted_ms_p90": "accepted, 90 of 100",
    "accepted_ms_p99": "accepted, 99 of 100",
    "cpu_ms_per_order": "processor per order",
    "messages_per_order": "messages per order",
    "bytes_per_order": "bytes per order",
    "journal_writes_per_order": "journal writes",
    "events_per_order": "events per order",
    "memory_mib": "memory",
    "idle_cpu_ms_per_s": "processor idle, 1 s",
}
UNKNOWN = "\N{EN DASH}"
COMMIT = 40  # digits of a commit; twelve are enough to name it

Row = Mapping[str, Any]


def figure(value: float | None, unit: str = "") -> str:
    """Three or four digits that count, and the unit."""
    return UNKNOWN if value is None else f"{value:,.{_digits(value)}f} {unit}".strip()


def difference(row: Row) -> str:
    """B less A with its interval, in the row's unit; nothing when it is unknown or refused."""
    if row["difference"] is None:
        return ""
    ends = row.get("interval") or ()
    digits = _digits(row["difference"], *ends)
    told = [f"{round(each, digits) + 0.0:+,.{digits}f}" for each in (row["difference"], *ends)]  # never -0.00
    return f"{told[0]} [{', '.join(told[1:])}]" if ends else told[0]


def times(ratio: float | None) -> str:
    """A ratio."""
    return UNKNOWN if ratio is None else f"\N{MULTIPLICATION SIGN}{ratio:,.2f}"


def change(row: Row) -> str:
    """By what factor a ratio changed, with its interval; nothing when it is refused."""
    if row["change"] is None:
        return ""
    interval = " [{:,.2f}, {:,.2f}]".format(*row["interval"]) if row["interval"] else ""
    return f"{times(row['change'])}{interval}"


def harmed(blast: Row) -> str:
    """Whom a fault harmed, of all whom it could."""
    return f"{blast['harmed']:,} of {blast['exposed']:,}"


def recovery(blast: Row) -> str:
    """How long until all was well again."""
    return "not seen" if blast["recovery_s"] is None else f"{blast['recovery_s']:.1f} s"


def named(run: Row) -> str:
    """A run in a line: folder, time, seed, code."""
    parts = [str(run["run"]), f"{(run['started'] or 'at no known time')[:16].replace('T', ' ')} UTC", code(run)]
    parts += [
        f"seed {run['seed']}",
        *(["partial"] if run["partial"] else []),
        *(["made up"] if run["synthetic"] else []),
    ]
    return ", ".join(parts)


def code(run: Row) -> str:
    """Of which commit its code was."""
    if run["commit"] is None:
        return f"no commit known (version {run['version'] or 'unknown'})"
    return f"commit {run['commit'][:12]}" + (" with changes" if run["dirty"] else "")


def condition(row: Row) -> str:
    """The name of a condition: of what, and which."""
    return f"{row['arm'] or row['kind']}: {row['name']}"


def value(row: Row, side: str) -> str:
    """A condition's value; a commit as short as people write it."""
    return str(row[side])[:12] if row["name"] == "commit" and len(str(row[side])) == COMMIT else str(row[side])


def by_pair(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Rows of two arms under the names of both."""
    pairs: dict[str, list[Row]] = {}
    for row in rows:
        pairs.setdefault(f"{row['left']} as a multiple of {row['right']}", []).append(row)
    return list(pairs.items())


def _digits(*values: float) -> int:
    largest = max(map(abs, values))
    return 0 if largest >= 1000 else 1 if largest >= 100 else 2
