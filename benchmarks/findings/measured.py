"""Latency and cost, arm against arm: what was seen, how far it may be trusted, and what was not done.

What is the pattern's part and what the wire's is told in `parts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.findings.words import Finding, Summary, count, duration, finding
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


def _closed_in(summary: Summary, row: Mapping[str, Any]) -> str:
    if row["a_value"] is None or row["b_value"] is None:
        arms = [arm for arm, value in ((row["a"], row["a_value"]), (row["b"], row["b_value"])) if value is None]
        return f"Half of the orders of {' and '.join(arms)} were not closed, so there is no median to compare."
    (fast, fast_ms), (slow, slow_ms) = _ascending(row)
    rates = sorted({point["rate"] for point in summary["arms"][fast]["blocks"] if point["phase"] == summary["phase"]})
    at = f" At {' and '.join(f'{rate:g}' for rate in rates)} orders/s:" if rates else ""
    told = f"{fast} closed an order in {duration(fast_ms)} (median), {slow} in {duration(slow_ms)}"
    return f"{at} {told}: {doubted(row, 'longer')}.".strip()


def _slowest(row: Mapping[str, Any]) -> str:
    a, b = (f"{row[arm]} {_or_not_reached(row[value])}" for arm, value in (("a", "a_value"), ("b", "b_value")))
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
        times = f", {dear_ms / cheap_ms:.1f} times as much" if cheap_ms > 0 else ""
        text = (
            f"An order cost {cheap} {duration(cheap_ms)} of processor time, {dear} {duration(dear_ms)}{times}: "
            f"{doubted(row, 'more')}.{_idling(summary, row)}"
        )
        yield finding("cost", text, few(summary))


def _idling(summary: Summary, row: Mapping[str, Any]) -> str:
    """How much of that the arms use without orders, at that rate: the dearer an order looks, the slower they come."""
    idle = {row[side]: summary["arms"][row[side]]["cost"]["idle_cpu_ms_per_order"] for side in ("a", "b")}
    if None in idle.values():
        return ""
    parts = " and ".join(f"{duration(ms)} in {arm}" for arm, ms in idle.items())
    return f" Of that, about {parts} is idling and the lab's own watching, spread over the orders at this rate."


def doubts(summary: Summary) -> Iterator[Finding]:
    """What a verdict would have needed and this run did not do."""
    if summary["refusals"] and len(summary["arms"]) > 1:
        why = "they did not run under equal conditions" if summary["unequal"] else "not all are what they say"
        text = f"The arms are not compared, for {why}: {'; '.join(summary['refusals'])}."
        yield finding("caveat", text, True)
        return
    rows = [row for row in compared(summary, "closed_ms_p50") if row["difference"] is not None]
    if not rows:
        return
    undone = []
    blocks = min(row["blocks"] for row in rows)
    if blocks < BLOCKS_MIN:
        undone.append(f"seen in {count(blocks, 'block')} a side, a verdict needs {BLOCKS_MIN}")
    starts = min(row["starts"] for row in rows)
    if starts < STARTS_MIN:
        often = "once" if starts == 1 else f"{starts} times"
        undone.append(f"seen {often}: {count(starts, 'start')} of the lab, a verdict needs {STARTS_MIN}")
    if any(row["noise_floor"] is None for row in rows):
        undone.append("noise floor: not measured on this machine")
    if undone:
        text = "; ".join(undone)
        yield finding("caveat", f"{text[0].upper()}{text[1:]}.", True)


def confounded(summary: Summary) -> Iterator[Finding]:
    """Two arms that differ in pattern and in wire cannot say which of the two it is."""
    rows = list(compared(summary, "closed_ms_p50"))
    for row in rows:
        a, b = (summary["arms"][row[side]] for side in ("a", "b"))
        differ = [what for what in ("pattern", "transport") if a[what] != b[what]]
        which = "these two arms" if len(rows) == 1 else f"{row['a']} and {row['b']}"
        if len(differ) == 2:
            text = f"Pattern and transport differ between {which}, so this run cannot say which of them it is."
            yield finding("caveat", text, True)
        elif differ and len(rows) == 1:
            yield finding("caveat", f"These two arms differ in their {differ[0]} alone.", True)


def compared(summary: Summary, measure: str) -> Iterator[Mapping[str, Any]]:
    """What may be told of a measure: no pair of arms whose comparison is refused."""
    if summary["refusals"]:
        return iter(())
    return (row for row in summary["comparisons"] if row["measure"] == measure)


def few(summary: Summary) -> bool:
    """Whether every pair of arms has its sentence on the first screen; of more, that has one for all, and the rest
    stands below."""
    return len(summary["arms"]) <= 2


def overview(summary: Summary, measure: str, words: str) -> Iterator[Finding]:
    """All arms in one sentence, least first, where there are too many pairs for a sentence each."""
    if few(summary) or summary["refusals"]:
        return
    seen = {row[side]: row[value] for row in compared(summary, measure) for side, value in SIDES}
    known = sorted(((arm, ms) for arm, ms in seen.items() if ms is not None), key=lambda each: float(each[1]))
    if known:
        told = ", ".join(f"{arm} {duration(ms)}" for arm, ms in known)
        yield finding("latency" if measure.startswith("closed") else "cost", f"{words}: {told}.", True)


def _ascending(row: Mapping[str, Any]) -> list[tuple[str, float]]:
    return sorted([(row["a"], row["a_value"]), (row["b"], row["b_value"])], key=lambda pair: float(pair[1]))


def _each(row: Mapping[str, Any]) -> str:
    first, second = (
        f"{_or_not_reached(row[value])} in {row[arm]}" for arm, value in (("a", "a_value"), ("b", "b_value"))
    )
    return f"{first}, {second}"


def _or_not_reached(ms: float | None) -> str:
    return "not reached" if ms is None else duration(ms)


def doubted(row: Mapping[str, Any], more: str) -> str:
    """The difference with its interval and verdict, as seen from the smaller side."""
    if row["difference"] is None:
        return "no difference can be given"
    size, interval = abs(row["difference"]), row["interval"]
    doubt = "no interval"
    if interval is not None:
        low, high = interval if row["difference"] >= 0 else (-interval[1], -interval[0])
        doubt = f"95 % interval {_bare(low)} to {duration(high)}"
    blocks = f"{count(row['blocks'], 'block')} a side"
    if row["verdict"].startswith("no verdict: ") and row["verdict"].endswith(" are needed"):  # said once: see doubts
        return f"{duration(size)} {more} as seen ({doubt})"
    if row["verdict"] == "no difference shown":
        return f"no difference shown ({doubt}, {blocks})"
    if row["verdict"].startswith("no verdict"):
        seen = f"{duration(size)} {more} as seen, {row['verdict']}"
        return seen if interval is None else f"{seen} ({doubt})"
    return f"{duration(size)} {more} ({doubt}, {blocks})"


def _bare(ms: float) -> str:
    return duration(ms).removesuffix(" ms")
