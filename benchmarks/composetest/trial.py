"""One arm in containers, tried: orders of every kind at its door, kills while they flow, then the audit at rest."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.composetest.project import Project
from benchmarks.history import Unreadable
from benchmarks.kills import audit
from benchmarks.kills.customers import Customer, Customers, now_ms
from benchmarks.rows import Row
from benchmarks.workload import Scenario, Workload
from common.domain.catalogue import Catalogue
from compose.docker.names import REDIS

MIXED = Scenario(
    "mixed",
    refused={"payment_declined": 0.15, "out_of_stock": 0.15, "undeliverable": 0.15, "malformed": 0.10},
)
RATE = 15.0
KILLED = (("payment", 0.25), (REDIS, 0.6))  # which containers, and at which part of the time
REST_S, BACK_S = 30.0, 30.0
LOOK_S = 0.5  # each look starts three programs on a machine that is busy with orders


@dataclass(slots=True)
class Death:
    """A container killed. `ready_ms`: its health check passes again; None: not within the limit. `how`: who started it
    again. `meanwhile`: orders that came while it was away."""

    service: str
    onset_ms: float
    ready_ms: float | None = None
    how: str = ""
    meanwhile: int = 0

    @property
    def away_s(self) -> float | None:
        return None if self.ready_ms is None else (self.ready_ms - self.onset_ms) / 1000

    def as_fault(self) -> Row:
        """For the checkers."""
        return {"onset_ms": self.onset_ms, "ready_ms": self.ready_ms or now_ms()}


@dataclass(slots=True)
class Tried:
    """What came of it."""

    arm: str
    outcomes: Counter[str] = field(default_factory=Counter)
    deaths: list[Death] = field(default_factory=list)
    checks: int = 0
    complaints: list[str] = field(default_factory=list)


async def tried(project: Project, arm: str, stock: Catalogue, seed: int, seconds: float) -> Tried:
    """Try one arm. What is wrong with it is in the complaints."""
    result = Tried(arm)
    async with Customers(project.door(arm), Workload(seed, MIXED, stock), f"composetest-{seed}-{arm}", 0) as customers:
        killing = [asyncio.create_task(_killed(project, arm, who, part * seconds)) for who, part in KILLED]
        for _ in range(round(seconds * RATE)):
            customers.come(1)
            await asyncio.sleep(1 / RATE)
        result.deaths = await asyncio.gather(*killing)
        await customers.all_answered()
        await customers.ask_again(0.0)
        await audit.rest(project.auditor(arm), REST_S)
        await asyncio.to_thread(_judge, project, customers.all, result)
    return result


def _judge(project: Project, customers: Sequence[Customer], result: Tried) -> None:
    try:
        snapshot, still_open = audit.settled(project.auditor(result.arm), result.arm)
    except Unreadable as error:
        result.complaints.append(str(error))
        return
    faults = [death.as_fault() for death in result.deaths]
    audited = audit.audit(snapshot, still_open, customers, faults, {}, 0.0)
    result.outcomes = audit.outcomes(customers, audited.endings, {})
    for death in result.deaths:
        until_ms = death.ready_ms or now_ms()
        death.meanwhile = sum(death.onset_ms < each.sent_ms < until_ms for each in customers)
    result.checks = len(audited.checks)
    result.complaints += [*audited.complaints(), *_unseen(result)]


async def _killed(project: Project, arm: str, service: str, after_s: float) -> Death:
    """Kill it, and wait until it is back: another process than before, and healthy."""
    await asyncio.sleep(after_s)
    container = await asyncio.to_thread(project.container, arm, service)
    before = await asyncio.to_thread(project.pid, container)
    death = Death(service, now_ms())
    death.how = await asyncio.to_thread(project.kill, container)
    give_up = time.monotonic() + BACK_S
    while death.ready_ms is None and time.monotonic() < give_up:
        await asyncio.sleep(LOOK_S)
        if await asyncio.to_thread(_is_back, project, container, before):
            death.ready_ms = now_ms()
    return death


def _is_back(project: Project, container: str, before: int) -> bool:
    return project.pid(container) not in (0, before) and project.healthy(container)


def _unseen(result: Tried) -> Iterator[str]:
    """A trial that saw no order of some kind proves nothing about it."""
    for death in result.deaths:
        if death.ready_ms is None:
            yield f"{death.service} was killed and is not back after {BACK_S:.0f} s"
        if not death.meanwhile:
            yield f"no order came while {death.service} was away"
    kinds = ("completed", *(kind for kind in MIXED.refused if kind != "malformed"), "refused")
    yield from (f"no order ended {kind}" for kind in kinds if not result.outcomes[kind])
