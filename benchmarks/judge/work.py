"""Coordination overhead: an order's time less the work that was injected on its way.

What it is: everything else than deciding: the wire, queues and batches, commits, journals, waiting for a processor. It
is not the pattern alone, and it is not free of the lab: an event loop's timers go by whole milliseconds and are a
little late, on each operation, in every arm alike; that counts as overhead. The work is waiting, not computing, so it
takes nobody's processor.

The draws are made again from the records: each event says which operation decided it, and on which order. On the way
are the operations that were committed until the moment that is looked at: an order's operations follow one another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.judge.clocks import rounded
from benchmarks.judge.run import Run
from benchmarks.rows import Row
from common.domain.model import Order, OrderLine
from common.work import Work

CLOCKS = ("decided", "closed")
Done = tuple[float, float]
"""When an operation was committed (epoch ms), and the work that it had pretended to do until then (ms)."""


def work_of(run: Run) -> Work | None:
    """What was injected in the blocks of this view; None where nothing was."""
    told = next((block["work"] for block in run.blocks if block.get("work")), None)
    return None if told is None else Work(float(told["median_ms"]), float(told["sigma"]), int(run.manifest["seed"]))


def less_work(run: Run, work: Work) -> Run:
    """The run with the work taken off the clocks of every order, which keeps it as `work_ms` (until it was closed)."""
    done = _done(run, work)
    return replace(run, orders=tuple(_less(row, done.get(str(row.get("order_id")), ())) for row in run.orders))


def work_ms(less: Run, arm: str) -> dict[str, float | None]:
    """The injected work on the way of the arm's closed orders: median and mean."""
    each = [float(row["work_ms"]) for row in less.rows(arm) if row.get("closed_ms") is not None]
    if not each:
        return {"p50": None, "mean": None}
    return {"p50": rounded(float(np.median(each))), "mean": rounded(float(np.mean(each)))}


def _less(row: Row, done: Any) -> Row:
    on_the_way = {clock: _until(done, row.get(f"{clock}_ms")) for clock in CLOCKS}
    clocks = {f"{clock}_ms": float(row[f"{clock}_ms"]) - ms for clock, ms in on_the_way.items() if ms is not None}
    return row | clocks | {"work_ms": on_the_way["closed"]}


def _until(done: Any, end_ms: float | None) -> float | None:
    return None if end_ms is None else sum(ms for at_ms, ms in done if at_ms <= float(end_ms))


def _done(run: Run, work: Work) -> Mapping[str, list[Done]]:
    """Order -> what was done on it."""
    asked = {str(row["order_id"]) for row in run.orders if row.get("order_id")}
    done: dict[str, list[Done]] = {}
    for event in _events(run):
        if event["subject"] in asked:
            operation = str(event["id"]).rpartition("/")[2]
            done.setdefault(event["subject"], []).append(
                (float(event["time_ms"]), work.drawn_ms(operation, _order(event["data"]["order"])))
            )
    return done


def _events(run: Run) -> Iterator[Row]:
    """Each operation once, though an event may be on the stream twice after a crash."""
    seen = set()
    for arm in run.arms:
        for event in run.history[arm].events if arm in run.history else ():
            if event["id"] not in seen:
                seen.add(event["id"])
                yield event


def _order(told: Mapping[str, Any]) -> Order:
    lines = tuple(OrderLine(line["sku"], line["quantity"], line["price_cents"]) for line in told["lines"])
    names = ("order_id", "customer_id", "address", "placed_ms", "deadline_ms")
    return Order(lines=lines, **{name: told[name] for name in names})
