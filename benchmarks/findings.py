"""What a run found, in plain words with its doubt. Sentences are made from the summary by rule, never by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Summary = Mapping[str, Any]
Finding = dict[str, Any]

RULE_OF_THREE = 3  # 0 of n seen: under 3/n with 95 % confidence (Hanley and Lippman-Hand, JAMA 1983)
HARMS = {"late": "late", "refused": "refused by failure", "torn": "torn", "lost_or_open": "lost or still open"}


def told(summary: Summary) -> dict[str, Any]:
    """`headline`: the few sentences of the first screen; `findings`: all of them, each with its kind."""
    measured = [*_latency(summary), *_cost(summary)]
    asked, aside = [*measured, *_confounded(summary), *_blast(summary)], []
    if summary["phase"] != "measure":  # the question is the fault; its control says something of latency, aside
        asked, aside = [*_blast(summary)], [each | {"headline": False} for each in measured]
    findings = [*_warnings(summary), *asked, *_checks(summary), *aside]
    return {"headline": [each["text"] for each in findings if each["headline"]], "findings": findings}


def duration(ms: float) -> str:
    """`0.42 ms`, `8.3 ms`, `21 ms`, `3.2 s`: three figures at most, for nobody knows more."""
    if abs(ms) >= 1000:
        return f"{ms / 1000:.3g} s"
    digits = 2 if abs(ms) < 0.995 else 1 if abs(ms) < 9.95 else 0
    return f"{ms:.{digits}f} ms"


def count(number: int, what: str) -> str:
    """`1 order`, `2,000 orders`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _finding(kind: str, text: str, headline: bool = False) -> Finding:
    return {"kind": kind, "text": text, "headline": headline}


def _warnings(summary: Summary) -> Iterator[Finding]:
    if summary.get("synthetic"):
        yield _finding(
            "warning", "SYNTHETIC: these records were made up to try the report. Nothing was measured.", True
        )
    if summary.get("partial"):
        yield _finding("warning", "This run was interrupted: what follows is what was seen until then.", True)
    for check in summary["checks"]:
        if check["id"] == "load_kept_up" and not check["ok"]:
            yield _finding(
                "warning", f"The load was not what it says: {check['detail']}. Do not use the figures.", True
            )


def _latency(summary: Summary) -> Iterator[Finding]:
    for row in _compared(summary, "closed_ms_p50"):
        yield _finding("latency", _closed_in(summary, row), True)
    for row in _compared(summary, "closed_ms_p99"):
        yield _finding("latency", _slowest(row))
    for row in _compared(summary, "accepted_ms_p50"):
        text = f"A customer held an order id after {_each(row)} (median): {_doubted(row, 'later')}."
        yield _finding("latency", text)
    for arm, figures in summary["arms"].items():
        censored = figures["latency_ms"]["closed"]["censored"]
        if censored:
            left = f"{arm}: {count(censored, 'order')} of {figures['latency_ms']['closed']['count']:,}"
            yield _finding("latency", f"{left} had not closed; they count as slower than all others.", True)


def _closed_in(summary: Summary, row: Mapping[str, Any]) -> str:
    if row["a_value"] is None or row["b_value"] is None:
        arms = [arm for arm, value in ((row["a"], row["a_value"]), (row["b"], row["b_value"])) if value is None]
        return f"Half of the orders of {' and '.join(arms)} never closed, so there is no median to compare."
    (fast, fast_ms), (slow, slow_ms) = _ascending(row)
    rates = sorted({point["rate"] for point in summary["arms"][fast]["blocks"] if point["phase"] == summary["phase"]})
    at = f" At {' and '.join(f'{rate:g}' for rate in rates)} orders/s:" if rates else ""
    told = f"{fast} closed an order in {duration(fast_ms)} (median), {slow} in {duration(slow_ms)}"
    return f"{at} {told}: {_doubted(row, 'longer')}.".strip()


def _slowest(row: Mapping[str, Any]) -> str:
    a, b = (f"{row[arm]} {_or_not_reached(row[value])}" for arm, value in (("a", "a_value"), ("b", "b_value")))
    doubt = _doubted(row, "longer") if row["interval"] else "all blocks together, so without an interval"
    return f"The slowest 1 in 100 took longer than this: {a}, {b} ({doubt})."


def _cost(summary: Summary) -> Iterator[Finding]:
    for row in _compared(summary, "cpu_ms_per_order"):
        if row["a_value"] is None or row["b_value"] is None:
            yield _finding("cost", "Processor time per order is unknown in one arm: a process could not be seen.", True)
            continue
        (cheap, cheap_ms), (dear, dear_ms) = _ascending(row)
        times = f", {dear_ms / cheap_ms:.1f} times as much" if cheap_ms > 0 else ""
        text = (
            f"An order cost {cheap} {duration(cheap_ms)} of processor time, {dear} {duration(dear_ms)}{times}: "
            f"{_doubted(row, 'more')}."
        )
        yield _finding("cost", text, True)


def _confounded(summary: Summary) -> Iterator[Finding]:
    """Two arms that differ in pattern and in wire cannot say which of the two it is."""
    for row in _compared(summary, "closed_ms_p50"):
        a, b = (summary["arms"][row[side]] for side in ("a", "b"))
        differ = [what for what in ("pattern", "transport") if a[what] != b[what]]
        if len(differ) == 2:
            text = "Pattern and transport differ between these two arms, so this run cannot say which of them it is."
            yield _finding("caveat", text, True)
        elif differ:
            yield _finding("caveat", f"These two arms differ in their {differ[0]} alone.", True)


def _blast(summary: Summary) -> Iterator[Finding]:
    for blast in summary["blast_radius"]:
        kinds = ", ".join(f"{number:,} {HARMS[kind]}" for kind, number in blast["by_kind"].items() if number)
        text = (
            f"{blast['arm']}, {blast['target']} {_done(blast['fault'])} for {blast['fault_s']:.1f} s: "
            f"{blast['harmed']:,} of {count(blast['exposed'], 'exposed order')} harmed"
            f"{f' ({kinds})' if kinds else ''}; {_beside(blast)}. {_recovery(blast)}"
        )
        yield _finding("blast", text, True)
    if summary["blast_radius"]:
        faults = max(sum(b["arm"] == arm for b in summary["blast_radius"]) for arm in summary["arms"])
        often = "once" if faults == 1 else f"{faults} times"
        text = f"The fault was tried {often} in each arm: this says what happened, not what usually happens."
        yield _finding("caveat", text, True)


def _done(fault: str) -> str:
    return {"kill": "killed", "pause": "paused", "stop": "stopped"}.get(fault, fault)


def _beside(blast: Mapping[str, Any]) -> str:
    control = blast["control"]
    if control is None:
        return "there is no fault-free control beside it"
    if control["exposed"] < blast["exposed"]:
        return f"without the fault {control['harmed']:,} of the {control['exposed']:,} of them that were asked"
    return f"of the same orders without the fault, {control['harmed']:,}"


def _recovery(blast: Mapping[str, Any]) -> str:
    if blast["recovery_s"] is None:
        return "Not all of them were closed when the run ended: it did not heal by itself."
    if not blast["self_healed"]:
        return "It did not heal by itself."
    return f"The backlog was gone {blast['recovery_s']:.1f} s after the fault ended; nobody had to help."


def _checks(summary: Summary) -> Iterator[Finding]:
    failed = [check for check in summary["checks"] if not check["ok"]]
    for check in failed:
        where = f" in {check['arm']}" if check.get("arm") else ""
        yield _finding("checks", f"VIOLATED{where}: {check['id']}. {check['detail']}", True)
    if not failed:
        orders = sum(figures["orders_of_the_run"]["accepted"] for figures in summary["arms"].values())
        share = f"{100 * RULE_OF_THREE / orders:.2g} %" if orders else ""
        bound = f", which bounds violations below {share} of orders (95 % confidence)" if orders else ""
        number = len(summary["checks"])
        text = f"All {number} checks held over {count(orders, 'accepted order')}: none violated{bound}."
        yield _finding("checks", text, True)


def _compared(summary: Summary, measure: str) -> Iterator[Mapping[str, Any]]:
    return (row for row in summary["comparisons"] if row["measure"] == measure)


def _ascending(row: Mapping[str, Any]) -> list[tuple[str, float]]:
    return sorted([(row["a"], row["a_value"]), (row["b"], row["b_value"])], key=lambda pair: float(pair[1]))


def _each(row: Mapping[str, Any]) -> str:
    first, second = (
        f"{_or_not_reached(row[value])} in {row[arm]}" for arm, value in (("a", "a_value"), ("b", "b_value"))
    )
    return f"{first}, {second}"


def _or_not_reached(ms: float | None) -> str:
    return "not reached" if ms is None else duration(ms)


def _doubted(row: Mapping[str, Any], more: str) -> str:
    """The difference with its interval and verdict, as seen from the smaller side."""
    if row["difference"] is None:
        return "no difference can be given"
    size, interval = abs(row["difference"]), row["interval"]
    doubt = "no interval"
    if interval is not None:
        low, high = interval if row["difference"] >= 0 else (-interval[1], -interval[0])
        doubt = f"95 % interval {_bare(low)} to {duration(high)}"
    blocks = f"{count(row['blocks'], 'block')} a side"
    if row["verdict"] == "no difference shown":
        return f"no difference shown ({doubt}, {blocks})"
    if row["verdict"].startswith("no verdict"):
        seen = f"{duration(size)} {more} as seen, {row['verdict']}"
        return seen if interval is None else f"{seen} ({doubt})"
    return f"{duration(size)} {more} ({doubt}, {blocks})"


def _bare(ms: float) -> str:
    return duration(ms).removesuffix(" ms")
