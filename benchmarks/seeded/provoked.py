"""Whether what provokes a bug has happened: who was to die has died, who was to be slow has decided, and so on.

A trial in which nothing was broken proves nothing, with the switch or without.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from benchmarks.rows import Row
from benchmarks.seeded.bugs import Bug, Pause, Trouble

ANSWER_S = 3.0
OPERATIONS, SET_ASIDE = "harmony_operations_total", "harmony_dead_letters_total"
SAMPLE = re.compile(r"^(\w+)\{(.*)\} (\S+)$", re.MULTILINE)
CAME, AGAIN = "orders came", "a customer asked again"

Counts = Mapping[Trouble, float]


def wanted(bug: Bug) -> list[str]:
    """What has to happen in a trial of this bug, in words; that orders come when its switch alone is enough."""
    names = [*map(name_of, bug.troubles), *map(name_of, bug.pauses)] + ([AGAIN] if bug.asks > 1 else [])
    return names or [CAME]


def name_of(what: Trouble | Pause) -> str:
    """`slow charge at payment-1`"""
    return f"pause of {what.process}" if isinstance(what, Pause) else f"{what.fault} {what.operation} at {what.process}"


def counted(bug: Bug, urls: Mapping[str, str]) -> dict[Trouble, float]:
    """What the processes have counted that are slow or fail: decisions on the operation, messages set aside."""
    return {each: _counted(urls[each.process], each) for each in bug.troubles if each.fault != "crash"}


def happened(
    bug: Bug,
    before: Counts,
    after: Counts,
    since_ms: float,
    customers: Sequence[Row],
    history: Sequence[Mapping[str, Any]],
) -> Counter[str]:
    """How often each of `wanted` has happened since then. `customers`: who came since; `history`: the supervisor's.

    Slow is an operation that was decided, of orders of which the first was taken in before the slowness ended; or the
    process died of a crash in that very operation, which comes after the waiting.
    """
    found = Counter[str]()
    events = Counter((entry["process"], entry["event"]) for entry in history if entry["at_ms"] >= since_ms)
    for pause in bug.pauses:
        found[name_of(pause)] += events[pause.process, "paused"]
    for each in bug.troubles:
        found[name_of(each)] += _times(
            bug, each, after.get(each, 0.0) - before.get(each, 0.0), since_ms, customers, events
        )
    found[AGAIN] += sum(len(row["told"]) > 1 for row in customers)
    found[CAME] += sum(row["order_id"] is not None for row in customers)
    return found


def _times(
    bug: Bug, each: Trouble, more: float, since_ms: float, customers: Sequence[Row], events: Counter[tuple[str, str]]
) -> int:
    if each.fault == "crash":
        return events[each.process, "died"]
    if each.fault == "fail":
        return max(0, int(more))
    taken_ms = min((row["taken_ms"] for row in customers if row["taken_ms"]), default=None)
    if taken_ms is None or taken_ms > since_ms + each.for_s * 1000:
        return 0
    there = [
        it for it in bug.troubles if (it.fault, it.process, it.operation) == ("crash", each.process, each.operation)
    ]
    return max(0, int(more)) + sum(events[it.process, "died"] for it in there)


def _counted(url: str, trouble: Trouble) -> float:
    """0 when it does not answer: it is starting."""
    try:
        text = httpx.get(f"{url}/metrics", timeout=ANSWER_S, trust_env=False).text
    except httpx.TransportError:
        return 0.0
    told = f'operation="{trouble.operation}"' if trouble.fault == "slow" else ""
    name = OPERATIONS if trouble.fault == "slow" else SET_ASIDE
    return sum(float(value) for metric, labels, value in SAMPLE.findall(text) if metric == name and told in labels)
