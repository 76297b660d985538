"""Numbers as people read them, the shape of a finding, and how sure a row is. Nothing is found here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Summary = Mapping[str, Any]
Finding = dict[str, Any]
Row = Mapping[str, Any]

SECOND_MS = 1000


def finding(kind: str, text: str, headline: bool = False) -> Finding:
    """One sentence or two; `headline`: it belongs to the first screen."""
    return {"kind": kind, "text": text, "headline": headline}


def duration(ms: float) -> str:
    """`0.42 ms`, `8.3 ms`, `21 ms`, `3.2 s`: three figures at most, for nobody knows more."""
    if abs(ms) >= SECOND_MS:
        return f"{ms / SECOND_MS:.3g} s"
    digits = 2 if abs(ms) < 0.995 else 1 if abs(ms) < 9.95 else 0
    return f"{ms:.{digits}f} ms"


def reached(ms: float | None) -> str:
    """A duration, or that so many orders did not get so far."""
    return "not reached" if ms is None else duration(ms)


def bracket(interval: Sequence[float]) -> str:
    """`[0.6, 2.0]` in milliseconds; with units where one end needs another."""
    low, high = interval
    ends = [duration(end) for end in (low, high)]
    if max(abs(low), abs(high)) < SECOND_MS:
        ends = [end.removesuffix(" ms") for end in ends]
    return f"[{', '.join(ends)}]"


def count(number: int, what: str) -> str:
    """`1 order`, `2,000 orders`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def sure(row: Row) -> Literal["shown", "none", "unsure"]:
    """What a row's verdict lets say: a difference is shown, none is shown, or nothing is to be said of it."""
    verdict = str(row["verdict"])
    if row["difference"] is None or verdict.startswith(("no verdict", "unknown", "refused")):
        return "unsure"
    return "none" if verdict.startswith("no difference shown") else "shown"


def doubted(row: Row, more: str = "") -> str:
    """The difference with its interval and verdict, as seen from the smaller side: `5.3 ms longer [3.9, 6.7]`.

    Why there is no verdict is said once for all rows, unless it is this row's own reason.
    """
    if row["difference"] is None:
        return "no difference can be given"
    seen, interval = f"{duration(abs(row['difference']))} {more}".strip(), facing(row)
    doubt = f" {bracket(interval)}" if interval else ""
    verdict = str(row["verdict"])
    if sure(row) == "shown":
        return f"{seen}{doubt}"
    if sure(row) == "none":
        return f"no difference shown{doubt}"
    own = "" if verdict.endswith(" are needed") else f", {verdict}"
    if interval and interval[0] <= 0 <= interval[1]:
        return f"no difference seen{doubt}{own}"
    return f"{seen} as seen{doubt or ', no interval'}{own}"


def facing(row: Row) -> tuple[float, float] | None:
    """The interval of a difference as seen from the smaller side, so that the difference is not negative."""
    if row["interval"] is None or row["difference"] is None:
        return None
    low, high = row["interval"]
    return (low, high) if row["difference"] >= 0 else (-high, -low)
