"""A capacity run's folder made up: two arms with known knees, replicas that cost, an overload that holds and one that
does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.capacity import plan
from benchmarks.capacity.search import Try, bracket, next_rate, tallies
from benchmarks.rows import Row, write_rows
from benchmarks.scaling import Law

ARMS = ("choreography-streams", "orchestration-http")
CARRIES = {ARMS[0]: 400.0, ARMS[1]: 200.0}
START_MS = 1e12
LAW, CPU_MS = Law(380, 0.1, 0.5), 2.5
WIGGLE = (0.98, 1.0, 1.02)  # of a start and its repeats

Course = Callable[[float], float]
"""Seconds since the load began -> seconds."""


def orders(rate: float, seconds: float, closed_after: Course, late: Course = lambda _: 0.0) -> list[Row]:
    """Evenly spaced orders, each closed so long after it was due."""
    rows = []
    for index in range(round(rate * seconds)):
        at = index / rate
        due = START_MS + at * 1000
        sent = due + late(at) * 1000
        rows.append(
            {"due_ms": due, "sent_ms": sent, "accepted_ms": sent + 3, "closed_ms": due + closed_after(at) * 1000}
            | {"index": index, "order_id": f"o-{index}", "http_status": 202, "retry_after": None, "error": None}
            | {"expected": "completed", "status": "completed", "reason": None, "amount_cents": 100}
        )
    return rows


def folder(
    path: Path,
    carries: Mapping[str, float] = CARRIES,
    stages: Sequence[str] = ("probe", "burst", "overload"),
    partial: bool = False,
    retry_after: str | None = "1",
    others: float = 0.0,
    cut: Sequence[str] = (),
    starts: int = 3,
    spoiled: Callable[[Row, list[Row]], object] = lambda _, __: None,
) -> Path:
    """All records of such a run. `others`: cores that strangers used all the while; `spoiled`: changes a load."""
    kept: list[tuple[Row, list[Row]]] = []
    for arm, true in carries.items():
        kept += _probes(arm, true, starts)
        if true > 60 and "burst" in stages:
            kept += _bursts(arm)
        if true > 60 and "overload" in stages:
            kept += [_overload(arm, true, retry_after), _surge(arm, true)]
    for row, its in kept:
        spoiled(row, its)
    busy = (row | {"cores_busy": row["cores_busy"] + others} for row, _ in kept)
    write_rows(path / "loads.ndjson", busy)
    write_rows(path / "orders.ndjson", (order for _, rows in kept for order in rows))
    checks = [
        {"id": "stock", "ok": True, "looked_at": 9, "detail": "right", "arm": arm, "lab": "search"} for arm in ARMS
    ]
    write_rows(path / "checks.ndjson", checks)
    (path / "manifest.json").write_text(json.dumps(manifest(partial) | {"search_cut": list(cut)}), encoding="utf-8")
    return path


def manifest(partial: bool) -> dict[str, Any]:
    """What a recording would have written."""
    return {
        "experiment": plan.EXPERIMENT,
        "question": plan.QUESTION,
        "arms": list(ARMS),
        "patterns": {ARMS[0]: "choreography", ARMS[1]: "orchestration"},
        "seed": 7,
        "partial": partial,
        "lost": None,
        "stages": ["search"],
        "search_cut": [],
        "components": {ARMS[0]: "order", ARMS[1]: "orchestrator"},
        "started": "2026-01-01T00:00:00Z",
        "command": "harmony run capacity",
        "machine": {"cores": 2, "memory_mib": 4096, "system": "Linux"},
        "settings": {"slo_s": 1.0},
        "ledger": {},
        "ledger_compared": [],
        "ledger_differences": {},
    }


def _probes(arm: str, true: float, starts: int) -> list[tuple[Row, list[Row]]]:
    """The search, and both ends of its bracket once more in each of the other starts."""
    tries, kept = list[Try](), []

    def put(rate: float, lab: str) -> None:
        over = 0.0 if rate <= true else max(rate / true - 1, 0.1)
        rows = orders(rate, plan.PROBE_S, partial(_taken_s, over))
        kept.append(_load(arm, "probe", lab, len(tries), rate, plan.PROBE_S, rows))
        tries.append(Try(rate, rate <= true))

    while (rate := next_rate(tries, 60.0)) is not None:
        put(rate, "search")
    ends = bracket(tallies(tries))
    for visit in plan.CONFIRMED[: starts - 1]:
        for end in ends:
            if end is not None:
                put(end, f"replicas-{visit}")
    return kept


def _taken_s(over: float, at_s: float) -> float:
    """How long an order takes that is due then, where load comes in that much faster than it is carried."""
    return 0.03 + 3 * over * at_s


def _drained_s(rate: float, at_s: float) -> float:
    """The same in a burst that is drained at this rate."""
    return 400 * at_s / rate - at_s + 0.001


def _bursts(arm: str) -> list[tuple[Row, list[Row]]]:
    kept = []
    for visit, size in enumerate(plan.VISITS):
        count, rate = 200, LAW.at(size) * WIGGLE[plan.VISITS[:visit].count(size)]
        rows = orders(count / plan.BURST_S, plan.BURST_S, partial(_drained_s, rate))
        row, its = _load(arm, "burst", f"replicas-{visit}", 10 * visit, 400, plan.BURST_S, rows)
        kept.append((row | {"size": size}, its))
    return kept


def _overload(arm: str, true: float, retry_after: str | None) -> tuple[Row, list[Row]]:
    """What is too much is refused, evenly; the rest is served as ever."""
    rows, at_s = list[Row](), 0.0
    for seconds, times in plan.OVERLOADED:
        part = orders(true * times, seconds, lambda _: 0.2)
        for index, row in enumerate(part):
            for name in ("due_ms", "sent_ms", "accepted_ms", "closed_ms"):
                row[name] += at_s * 1000
            if times > 1 and index % times >= 1:
                row |= {"http_status": 503, "retry_after": retry_after, "order_id": None, "accepted_ms": None}
                row |= {"closed_ms": None, "status": "failed"}
        rows += part
        at_s += seconds
    return _load(arm, "overload", f"overload-{arm}", 0, true * plan.mean(plan.OVERLOADED), at_s, rows)


def _surge(arm: str, true: float) -> tuple[Row, list[Row]]:
    """Everybody is let in, and late."""
    rows = orders(true * plan.mean(plan.SURGED), plan.length(plan.SURGED), lambda at: 0.03 + 2 * at)
    return _load(arm, "surge", "search", 0, true, plan.length(plan.SURGED), rows)


def _load(
    arm: str, stage: str, lab: str, number: int, rate: float, seconds: float, rows: list[Row]
) -> tuple[Row, list[Row]]:
    of = {"arm": arm, "stage": stage, "lab": lab, "number": number}
    accepted = sum(1 for row in rows if row["order_id"])
    row = of | {"rate": rate, "seconds": seconds, "started_ms": START_MS, "due": len(rows), "size": 1, "open_max": 99}
    cpu = {"redis": accepted * 0.5, "payment-1": accepted * 0.5, "order-1": accepted * (CPU_MS - 1)}
    beside = {"seconds_in_all": accepted * (CPU_MS - 1) / 1000 / 0.95, "cores_busy": 1.9, "cores_generator": 0.3}
    traffic = {"messages": 5.0 * accepted, "bytes": 900.0 * accepted}
    return row | {"cpu_ms": cpu, "memory_mib": 100.0} | beside | traffic, [each | of for each in rows]
