"""How a figure, a difference or a condition is written in a cell of the report. Nothing is computed here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.findings.carrying import below_floor
from benchmarks.findings.words import SECOND_MS, Row, bracket, duration, reached, sure

MARKS = {"shown": "", "none": "none shown", "unsure": "as seen"}


def ms(value: float | None) -> str:
    """A latency, or that so many orders did not finish."""
    return reached(value)


def far(at: Mapping[str, Any], name: str = "p999") -> str:
    """A quantile far in the tail; an en dash where there are too few orders for one."""
    if at.get(name) is None and str(at.get(f"{name}_how", "needs")).startswith("needs"):
        return "\N{EN DASH}"
    return reached(at[name])


def span(interval: Sequence[float] | None) -> str:
    """`20 ms to 22 ms`, or `none`."""
    return "none" if interval is None else f"{duration(interval[0])} to {duration(interval[1])}"


def brackets(interval: Sequence[float] | None) -> str:
    """` [20, 22]` behind its figure; nothing where there is none."""
    return f" {bracket(interval)}" if interval else ""


def figure(value: float | None, digits: int = 1) -> str:
    """A number, or that it is unknown."""
    return "unknown" if value is None else f"{value:,.{digits}f}"


def plain(value: Any) -> str:
    """A condition of the ledger as a person writes it."""
    if value in ("", {}):
        return "none"
    if isinstance(value, list):
        return " and ".join(plain(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {plain(each)}" for name, each in value.items())
    if value is None:
        return "\N{EN DASH}"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def about(row: Row) -> str:
    """A difference with its interval."""
    if row["difference"] is None:
        return "refused" if str(row["verdict"]).startswith("refused") else "unknown"
    if not row["interval"]:
        return signed(row["difference"])
    low, high = (signed(end) for end in row["interval"])
    if low.endswith("ms") and high.endswith("ms"):
        low, high = low.removesuffix(" ms"), high.removesuffix(" ms")
    return f"{signed(row['difference'])} ({low} to {high})"


def signed(ms: float) -> str:
    """`+5.71 ms`, `-1.2 s`."""
    return f"{ms / SECOND_MS:+.3g} s" if abs(ms) >= SECOND_MS else f"{ms:+.3g} ms"


def shows(row: Row) -> str:
    """Whether a difference may be believed, in two words; nothing where it is shown."""
    if row["difference"] is None:
        return ""
    return "below the floor" if below_floor(row) else MARKS[sure(row)]


def held_together(sentence: str) -> str:
    """Figures that do not part from their units at the end of a line."""
    return re.sub(r"(?<=\d) (?=(?:ms|s|MiB|blocks?|starts?)\b|%)", "\N{NO-BREAK SPACE}", sentence)
