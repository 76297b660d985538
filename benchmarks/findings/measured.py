"""Latency and cost, arm against arm: what was seen, and what a verdict would have needed.

What is the pattern's part and what the wire's is told in `parts`, other rates and injected work in `conditions`, which
arm to choose in `choosing`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.findings.words import Finding, Row, Summary, count, doubted, duration, finding, reached
from benchmarks.statistics import BLOCKS_MIN, STARTS_MIN

LATE_MS_MAX = 20.0  # 1 order in 100 sent later than this: no longer small beside a median of tens of ms
SIDES = (("a", "a_value"), ("b", "b_value"))


def latency(summary: Summary) -> Iterator[Finding]:
    yield from overview(summary, "closed_ms_p50", "Closed in, half of the orders (median)")
    for row in compared(summary, "closed_ms_p50"):
        yield finding("latency", _closed_in(summary, row), few(summary))
    for row in compared(summary, "closed_ms_p99"):
        yield finding("latency", _slowest(row))
    for row in compared(summary, "accepted_ms_p50"):
        text = f"A customer held an order id after {_each(row)} (median): {doubted(row, 'later')}."
        yield finding("latency", text)
    for arm, figures in summary["arms"].items():
        orders, total = figures["orders"], figures["latency_ms"]["closed"]["count"]
        left = {"refused by failure (no 202)": orders["failed"], "accepted and not closed": orders["open"]}
        parts = [f"{number:,} {words}" for words, number in left.items() if number]
        if parts:
            text = f"{arm}: {' and '.join(parts)}, of {count(total, 'order')}; they count as slower than all others."
            yield finding("latency", text, True)
    late = {arm: figures["lateness_ms"]["p99"] for arm, figures in summary["arms"].items()}
    if any(late_ms is not None and late_ms > LATE_MS_MAX for late_ms in late.values()):
        each = ", ".join(f"{duration(late_ms)} in {arm}" for arm, late_ms in late.items() if late_ms is not None)
        text = f"The load was late itself: 1 order in 100 was sent later than it was due by more than {each}."
        yield finding("caveat", f"{text} That is inside every latency.", True)


def _closed_in(summary: Summary, row: Row) -> str:
    if row["a_value"] is None or row["b_value"] is None:
        arms = [row[arm] for arm, value in SIDES if row[value] is None]
        return f"Half of the orders of {' and '.join(arms)} were not closed, so there is no median to compare."
    (fast, fast_ms), (slow, slow_ms) = _ascending(row)
    rates = [f"{rate:g}" for rate in rates_of(summary)]
    at = f"At {' and '.join(rates)} orders/s " if rates else ""
    told = f"{fast} closed an order in {duration(fast_ms)} (median), {slow} in {duration(slow_ms)}"
    return f"{at}{told}: {doubted(row, 'longer')}."


def rates_of(summary: Summary) -> list[float]:
    """The rates (orders/s) of the figures that stand without a condition beside them."""
    known = [condition["rate"] for condition in summary.get("conditions") or () if condition["reference"]]
    points = (point for arm in summary["arms"].values() for point in arm["blocks"])
    return known or sorted({point["rate"] for point in points if point["phase"] == summary["phase"]})


def _slowest(row: Row) -> str:
    a, b = (f"{row[arm]} {reached(row[value])}" for arm, value in SIDES)
    doubt = doubted(row, "longer") if row["interval"] else "all blocks together, so without an interval"
    return f"The slowest 1 in 100 took longer than this: {a}, {b} ({doubt})."


def cost(summary: Summary) -> Iterator[Finding]:
    yield from overview(summary, "cpu_ms_per_order", "Processor time per order")
    for row in compared(summary, "cpu_ms_per_order"):
        if row["a_value"] is None or row["b_value"] is None:
            arms = " and ".join(row[arm] for arm, value in SIDES if row[value] is None)
            text = f"Processor time per order is unknown in {arms}: not every process was seen in every block."
            yield finding("cost", text, True)
            continue
        (cheap, cheap_ms), (dear, dear_ms) = _ascending(row)
        times = f"{dear_ms / cheap_ms:.1f} times as much, " if cheap_ms > 0 and dear_ms / cheap_ms >= 1.05 else ""
        costs = f"An order cost {cheap} {duration(cheap_ms)} of processor time, {dear} {duration(dear_ms)}"
        yield finding("cost", f"{costs}: {times}{doubted(row, 'more')}.", few(summary))
        if idling := _idling(summary, row):
            yield finding("cost", idling)


def _idling(summary: Summary, row: Row) -> str:
    """How much of that the arms use without orders, at that rate: the dearer an order looks, the slower they come."""
    idle = {row[side]: summary["arms"][row[side]]["cost"]["idle_cpu_ms_per_order"] for side in ("a", "b")}
    if None in idle.values():
        return ""
    parts = " and ".join(f"{duration(ms)} in {arm}" for arm, ms in idle.items())
    return f"Of the processor time, about {parts} is idling and the lab's own watching, spread over the orders here."


def doubts(summary: Summary) -> Iterator[Finding]:
    """How the intervals were made, and what a verdict would have needed and this run did not do."""
    rows = [row for row in compared(summary, "closed_ms_p50") if row["difference"] is not None]
    if not rows:
        return
    blocks, starts = (min(row[what] for row in rows) for what in ("blocks", "starts"))
    intervals = any(row["interval"] for row in rows)
    made = f"In brackets: 95 % intervals over {count(blocks, 'block')} a side" if intervals else ""
    lacking = lacks(blocks, starts)
    if lacking:
        made = f"{made}. {lacking[0].upper()}{lacking[1:]}" if made else f"{lacking[0].upper()}{lacking[1:]}"
    else:
        made = f"{made}, from {count(starts, 'start')} of the lab"
    yield finding("caveat", f"{made}.", True)


def lacks(blocks: int, starts: int) -> str:
    """What a verdict needs and was not done; empty when nothing is missing."""
    undone = []
    if blocks < BLOCKS_MIN:
        undone.append(f"seen in {count(blocks, 'block')} a side, a verdict needs {BLOCKS_MIN}")
    if starts < STARTS_MIN:
        often = "once" if starts == 1 else f"{starts} times"
        undone.append(f"seen {often}: {count(starts, 'start')} of the lab, a verdict needs {STARTS_MIN}")
    return "; ".join(undone)


def compared(summary: Summary, measure: str) -> Iterator[Row]:
    """What may be told of a measure: no pair of arms whose comparison is refused."""
    if summary["refusals"]:
        return iter(())
    return (row for row in summary["comparisons"] if row["measure"] == measure)


def few(summary: Summary) -> bool:
    """Whether every pair of arms has its sentence on the first screen; of more, that has one for all, and the rest
    stands below."""
    return len(summary["arms"]) <= 2


def overview(summary: Summary, measure: str, words: str) -> Iterator[Finding]:
    """All arms in one sentence, least first, where there are too many pairs for a sentence each.

    Where the square of patterns and wires is whole, its effects have their sentence, and this one stands below.
    """
    if few(summary) or summary["refusals"]:
        return
    seen = {row[side]: row[value] for row in compared(summary, measure) for side, value in SIDES}
    known = sorted(((arm, ms) for arm, ms in seen.items() if ms is not None), key=lambda each: float(each[1]))
    if known:
        told = ", ".join(f"{arm} {duration(ms)}" for arm, ms in known)
        kind = "latency" if measure.startswith("closed") else "cost"
        yield finding(kind, f"{words}: {told}.", not any(row["measure"] == measure for row in summary["effects"]))


def _ascending(row: Mapping[str, Any]) -> list[tuple[str, float]]:
    return sorted([(row["a"], row["a_value"]), (row["b"], row["b_value"])], key=lambda pair: float(pair[1]))


def _each(row: Row) -> str:
    return ", ".join(f"{reached(row[value])} in {row[arm]}" for arm, value in SIDES)
