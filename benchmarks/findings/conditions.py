"""The same arms under other conditions: at other rates, beside injected work, and at equal cost.

An experiment with one condition has none of these, and nothing is said then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.findings.couples import couples_on_a_wire
from benchmarks.findings.measured import SIDES, few
from benchmarks.findings.words import (
    Finding,
    Row,
    Summary,
    doubted,
    duration,
    finding,
    listed,
    reached,
    sure,
)

MEDIAN, COORDINATION = "closed_ms_p50", "coordination_closed_ms_p50"
Condition = Mapping[str, Any]


def conditions(summary: Summary) -> Iterator[Finding]:
    """At most a sentence each on rates, work and equal cost; of many arms they stand below the first screen."""
    if summary["refusals"]:
        return
    for text in (rates(summary), work(summary), equal_cost(summary)):
        if text:
            yield finding("conditions", text, few(summary))


def idle(summary: Summary) -> list[Condition]:
    """The conditions without injected work, by rate."""
    known = (condition for condition in summary.get("conditions") or () if condition["work"] is None)
    return sorted(known, key=lambda condition: float(condition["rate"]))


def working(summary: Summary) -> Condition | None:
    """The condition with injected work, if there is one."""
    return next((condition for condition in summary.get("conditions") or () if condition["work"]), None)


def row_of(rows: Sequence[Row], measure: str, a: str, b: str) -> Row | None:
    """What is known of two arms in a measure."""
    return next((row for row in rows if (row["measure"], row["a"], row["b"]) == (measure, a, b)), None)


def rates(summary: Summary) -> str:
    """How the median until closed goes with the rate, and how far apart the arms are at each."""
    known = [condition for condition in idle(summary) if not condition.get("not_carried")]
    if len(known) < 2:
        return ""
    low, high = known[0], known[-1]
    went = [
        f"{reached(_median(low, arm))} to {reached(_median(high, arm))} in {arm}"
        for arm in summary["arms"]
        if few(summary) and arm in low["arms"] and arm in high["arms"]
    ]
    head = f"From {low['rate']:g} to {high['rate']:g} orders/s the median until closed"
    told = [f"{head} goes from {listed(went)}"] if went else []
    for wire, a, b in couples_on_a_wire(summary):
        if apart := _apart(summary, known, a, b):
            told.append(f"{head if not told else 'It'} differs{f' on {wire}' if wire else ''} by {apart}")
    return f"{'. '.join(told)}." if told else ""


def _median(condition: Condition, arm: str) -> float | None:
    value = condition["arms"][arm]["latency_ms"]["closed"]["p50"]
    return None if value is None else float(value)


def _apart(summary: Summary, known: Sequence[Condition], a: str, b: str) -> str:
    """`5.0 ms [4.0, 6.0] at 30/s and ... more in that arm`; the arm once, where it is the same at every rate."""
    rows = [(condition["rate"], row_of(condition["comparisons"], MEDIAN, a, b)) for condition in known]
    told = [(rate, row) for rate, row in rows if row and row["difference"] is not None]
    if len({slower(summary, row) for _, row in told if sure(row) != "none"}) == 1:
        where = next(slower(summary, row) for _, row in told if sure(row) != "none")
        return f"{listed([f'{doubted(row)} at {rate:g}/s' for rate, row in told])}, more {where}"
    return listed([f"{doubted(row, f'more {slower(summary, row)}')} at {rate:g}/s" for rate, row in told])


def slower(summary: Summary, row: Row) -> str:
    """`in choreography-streams` of two arms, `with choreography` where arms share their wire."""
    arm = str(row["a"] if row["difference"] >= 0 else row["b"])
    return f"in {arm}" if few(summary) else f"with {summary['arms'][arm]['pattern']}"


def work(summary: Summary) -> str:
    """How much of an order's time was the injected work, and what coordination adds to it."""
    condition = working(summary)
    if condition is None or condition.get("not_carried"):
        return ""
    each = [told for arm, figures in condition["arms"].items() if (told := _of_work(arm, figures))]
    apart = [
        f"{f'on {wire} ' if wire and not few(summary) else ''}{doubted(row, f'more {slower(summary, row)}')}"
        for wire, a, b in couples_on_a_wire(summary)
        if (row := row_of(condition["comparisons"], COORDINATION, a, b)) and row["difference"] is not None
    ]
    head = "; ".join(each) if few(summary) else "what coordination adds differs"
    told = ": ".join(filter(None, (head, "; ".join(apart))))
    return f"With {injected(condition['work'])}, {told}." if each and (few(summary) or apart) else ""


def injected(work_ms: Mapping[str, Any]) -> str:
    """`5 ms of work in each operation (waiting, log-normal)`."""
    return f"{work_ms['median_ms']:g} ms of work in each operation (waiting, log-normal)"


def _of_work(arm: str, figures: Mapping[str, Any]) -> str:
    if not figures["work_ms"] or not figures["coordination_ms"]:
        return ""
    all_ms, adds = figures["latency_ms"]["closed"]["p50"], figures["coordination_ms"]["closed"]["p50"]
    parts = f"{duration(figures['work_ms']['p50'])} were that work, and coordination added {reached(adds)}"
    return f"of {reached(all_ms)} until closed in {arm}, {parts}"


def equal_cost(summary: Summary) -> str:
    """Latency where both arms use the same processor time a second, for the couples that may be told."""
    rows = [row for row in summary.get("equal_cost") or () if row["measure"] == MEDIAN]
    chosen = [next((row for row in rows if (row["a"], row["b"]) == (a, b)), None)
              for _, a, b in couples_on_a_wire(summary)]  # fmt: skip
    told = [_at_equal_cost(row) for row in chosen if row and row["difference"] is not None]
    return f"At equal cost, {'; '.join(told)}." if told else _out_of_reach(summary)


def _out_of_reach(summary: Summary) -> str:
    """Why nothing is said: what the one used at its busiest is less than the other used at its idlest."""
    told = [
        f"{row['a']} used {_range_ms(row['a_cpu_ms_per_s'])} of processor time a second, {row['b']} "
        f"{_range_ms(row['b_cpu_ms_per_s'])}"
        for row in summary.get("equal_cost_out_of_reach") or ()
    ]
    return f"At equal cost nothing can be said, for no such cost was seen in both: {'; '.join(told)}." if told else ""


def _range_ms(ends: Sequence[float]) -> str:
    return f"{ends[0]:,.0f} to {ends[1]:,.0f} ms"


def _at_equal_cost(row: Row) -> str:
    each = [f"{row[arm]} closes {row[f'{arm}_rate']:.0f} orders/s in {reached(row[value])}" for arm, value in SIDES]
    budget = f"{row['cpu_ms_per_s']:,.0f} ms of processor time a second"
    return f"{budget}, {' and '.join(each)} (median): {doubted(row, f'longer in {row[_longer(row)]}')}"


def _longer(row: Row) -> str:
    return "a" if row["difference"] >= 0 else "b"
