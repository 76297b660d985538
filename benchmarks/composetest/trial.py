"""One arm in containers, tried: orders of every kind at its door, a kill while they flow, then the audit at rest."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.composetest.project import Project
from benchmarks.history import Unreadable
from benchmarks.kills import audit
from benchmarks.kills.customers import Customers, now_ms
from benchmarks.rows import Row
from benchmarks.workload import Scenario, Workload
from common.domain.catalogue import Catalogue

MIXED = Scenario(
    "mixed",
    refused={"payment_declined": 0.15, "out_of_stock": 0.15, "undeliverable": 0.15, "malformed": 0.10},
)
RATE = 15.0
KILLED = "payment"
KILL_AT = 1 / 3  # of the time
REST_S, BACK_S = 30.0, 30.0
LOOK_S = 0.5  # each look starts three programs on a machine that is busy with orders


@dataclass(slots=True)
class Tried:
    """What came of it.

    `meanwhile`: orders that came while it was away. `back_s`: from the kill to its health check passing again; `how`:
    who started it.
    """

    arm: str
    outcomes: Counter[str] = field(default_factory=Counter)
    meanwhile: int = 0
    back_s: float | None = None
    how: str = ""
    checks: int = 0
    complaints: list[str] = field(default_factory=list)


async def tried(project: Project, arm: str, stock: Catalogue, seed: int, seconds: float) -> Tried:
    """Try one arm. What is wrong with it is in the complaints."""
    result = Tried(arm)
    workload = Workload(seed, MIXED, stock)
    async with Customers(project.door(arm), workload, f"composetest-{seed}-{arm}", 0) as customers:
        killing = asyncio.create_task(_kill(project, result, seconds * KILL_AT))
        for _ in range(round(seconds * RATE)):
            customers.come(1)
            await asyncio.sleep(1 / RATE)
        fault = await killing
        await customers.all_answered()
        await customers.ask_again(0.0)
        await audit.rest(project.auditor(arm), REST_S)
        try:
            snapshot, still_open = await asyncio.to_thread(audit.settled, project.auditor(arm), arm)
        except Unreadable as error:
            result.complaints.append(str(error))
            return result
        audited = audit.audit(snapshot, still_open, customers.all, [fault], {}, 0.0)
        result.outcomes = audit.outcomes(customers.all, audited.endings, {})
        result.meanwhile = sum(fault["onset_ms"] < each.sent_ms < fault["ready_ms"] for each in customers.all)
    result.checks = len(audited.checks)
    result.complaints += [*audited.complaints(), *_unseen(result)]
    return result


async def _kill(project: Project, result: Tried, after_s: float) -> Row:
    """Kill it, and wait until it is back: another process than before, and healthy."""
    await asyncio.sleep(after_s)
    container = await asyncio.to_thread(project.container, result.arm, KILLED)
    before = await asyncio.to_thread(project.pid, container)
    began_s, onset_ms = time.monotonic(), now_ms()
    result.how = await asyncio.to_thread(project.kill, container)
    while time.monotonic() < began_s + BACK_S:
        if await asyncio.to_thread(_is_back, project, container, before):
            result.back_s = time.monotonic() - began_s
            return {"onset_ms": onset_ms, "ready_ms": now_ms()}
        await asyncio.sleep(LOOK_S)
    result.complaints.append(f"{container} was killed and is not back after {BACK_S:.0f} s")
    return {"onset_ms": onset_ms, "ready_ms": now_ms()}


def _is_back(project: Project, container: str, before: int) -> bool:
    return project.pid(container) not in (0, before) and project.healthy(container)


def _unseen(result: Tried) -> list[str]:
    """A trial that saw no order of some kind proves nothing about it."""
    unseen = [] if result.meanwhile else [f"no order came while {KILLED} was away"]
    kinds = ("completed", *(kind for kind in MIXED.refused if kind != "malformed"), "refused")
    return unseen + [f"no order ended {kind}" for kind in kinds if not result.outcomes[kind]]
