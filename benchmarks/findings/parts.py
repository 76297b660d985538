"""So much is the pattern, so much is the wire; and what a large difference on one wire is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.findings.measured import compared
from benchmarks.findings.words import Finding, Summary, doubted, finding

LARGE = 2.0  # times: what lies beyond between two arms on one wire is accounted for
WORDS = {
    "closed_ms_p50": ("Until an order is closed (median)", "longer"),
    "accepted_ms_p50": ("Until an order is accepted (median)", "longer"),
    "cpu_ms_per_order": ("In processor time per order", "more"),
}
WIRES = ("http", "streams")  # of the square; all others stand beside it
NAMED_MAX = 3  # processes: those with most of the difference


def effects(summary: Summary) -> Iterator[Finding]:
    """A sentence per measure, where all four corners of patterns and wires were run.

    Where the pattern's part is another on each wire, a mean over the wires is true of neither: both are told then.
    """
    for measure, (words, more) in WORDS.items():
        rows = {row["factor"]: row for row in summary["effects"] if row["measure"] == measure}
        if not rows:
            continue
        asked = measure != "accepted_ms_p50"
        if not _apart(rows["interaction"]):
            text = f"{words}: {_part(rows['pattern'], more)}; {_part(rows['transport'], more)}."
            yield finding("effect", text, asked)
            continue
        size, on_wires = doubted(rows["interaction"], "apart"), _simple(summary, measure, more, "transport")
        depends = "may depend" if rows["interaction"]["verdict"] == "no difference shown" else "depends"
        yield finding("effect", f"{words}, the patterns' difference {depends} on the wire, {size}: {on_wires}.", asked)
        in_patterns = _simple(summary, measure, more, "pattern")
        yield finding("effect", f"{words}, so the wires' difference {depends} on the pattern: {in_patterns}.")


def _apart(row: Mapping[str, Any]) -> bool:
    """Whether the interval of the interaction leaves 0 out."""
    return bool(row["interval"]) and (row["interval"][0] > 0 or row["interval"][1] < 0)


def _simple(summary: Summary, measure: str, more: str, shared: str) -> str:
    """The differences between arms that share their wire (or their pattern), each on its own."""
    other = "pattern" if shared == "transport" else "transport"
    square = [arm for arm, each in summary["arms"].items() if each["transport"] in WIRES]
    told = []
    for row in compared(summary, measure):
        a, b = (summary["arms"][row[side]] for side in ("a", "b"))
        if {row["a"], row["b"]} <= set(square) and a[shared] == b[shared]:
            slower = a if (row["difference"] or 0) >= 0 else b
            preposition = "on" if shared == "transport" else "in"
            told.append(f"{preposition} {a[shared]}, {doubted(row, f'{more} with {slower[other]}')}")
    return "; ".join(told)


def _part(row: Mapping[str, Any], more: str) -> str:
    """`by pattern, so much longer with one of them`: the mean over both levels of the other factor."""
    what = "pattern" if row["factor"] == "pattern" else "wire"
    slower = row["a"] if row["difference"] >= 0 else row["b"]
    return f"by {what}, {doubted(row, f'{more} with {slower}')}"


def accounts(summary: Summary) -> Iterator[Finding]:
    """A factor beyond LARGE between arms on one wire, with its interval and what it is made of."""
    for measure in ("closed_ms_p50", "cpu_ms_per_order"):
        for row in compared(summary, measure):
            a, b = (summary["arms"][row[side]] for side in ("a", "b"))
            if a["transport"] == b["transport"] and row["ratio"] and max(row["ratio"], 1 / row["ratio"]) > LARGE:
                yield finding("account", _accounted(summary, row), True)


def _accounted(summary: Summary, row: Mapping[str, Any]) -> str:
    ratio, interval, (more, less) = row["ratio"], row["ratio_interval"], (row["a"], row["b"])
    if ratio < 1:
        ratio, more, less = 1 / ratio, less, more
        interval = [1 / end for end in reversed(interval)] if interval else None
    doubt = f"[{interval[0]:.1f}, {interval[1]:.1f}]" if interval else "no interval"
    what = "processor time" if row["measure"].startswith("cpu") else "time to close"
    dear, cheap = (summary["arms"][arm]["cost"] for arm in (more, less))
    return (
        f"{more} needs {ratio:.1f} times the {what} of {less} on the same wire {doubt}. An order there is "
        f"{_messages(dear)}, {_writes(dear)}; here {_messages(cheap)}, {_writes(cheap)}.{_processes(dear, cheap)}"
    )


def _messages(cost: Mapping[str, Any]) -> str:
    if cost["messages_per_order"] is None:
        return "an unknown number of messages"
    kinds = cost.get("messages_per_order_by_kind") or {}
    each = ", ".join(f"{number:.1f} {kind}" for kind, number in kinds.items())
    return f"{cost['messages_per_order']:.1f} messages{f' ({each})' if each else ''}"


def _writes(cost: Mapping[str, Any]) -> str:
    writes = cost["journal_writes_per_order"]
    return "unknown journal writes" if writes is None else f"{writes:.1f} journal writes"


def _processes(dear: Mapping[str, Any], cheap: Mapping[str, Any]) -> str:
    """The processes with most of the difference in CPU."""
    used = [cost["cpu_ms_per_order_by_process"] for cost in (dear, cheap)]
    names = dict.fromkeys((*used[0], *used[1]))
    if not names or any(each[name] is None for each in used for name in each):
        return ""
    apart = {name: used[0].get(name, 0.0) - used[1].get(name, 0.0) for name in names}
    largest = sorted(apart, key=lambda name: -abs(apart[name]))[:NAMED_MAX]
    told = ", ".join(f"{name} {apart[name]:+.2f} ms" for name in largest)
    return f" Processor time of an order, there less here: {told}."
