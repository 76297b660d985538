"""One kill: SIGKILL by the supervisor, then waiting until the arm has recovered, and how long all that took.

Recovered means: every process is ready, and every order that was in flight at the kill is closed. In flight is what a
customer had sent and what was not closed; held is the part of it that the customer already had a yes for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.kills.customers import Customer, Customers
from benchmarks.kills.feed import Feed
from benchmarks.rows import Row
from compose.local.client import LabClient

LOOK_S = 0.1  # the figures are commit times and the supervisor's: how often we look does not touch them


@dataclass(frozen=True, slots=True)
class Kill:
    """What came of it. Times in epoch ms; None: not within the limit, or no such order.

    `who` are the customers whose orders were in flight, by index. `first_s`, `all_s`: from the process being
    ready again to the first closing of a held order, and to all of them being closed (0 when they were closed before).
    """

    number: int
    process: str
    at_ms: float
    ready_ms: float | None
    recovery_s: float | None
    in_flight: int
    held: int
    first_s: float | None
    all_s: float | None
    who: tuple[int, ...] = ()

    def as_row(self) -> Row:
        """For the records."""
        return asdict(self)

    def as_fault(self, arm: str) -> Row:
        """For the checkers: what was broken, from when until when."""
        times = {"onset_ms": self.at_ms, "end_ms": self.ready_ms, "ready_ms": self.ready_ms}
        return {"arm": arm, "fault": "kill", "target": self.process} | times


@dataclass(frozen=True, slots=True)
class Killer:
    """Kills in one arm."""

    lab: LabClient
    arm: str
    customers: Customers
    feed: Feed
    limit_s: float  # after this a recovery is none

    async def processes(self) -> dict[str, str]:
        """Name -> state."""
        status = await asyncio.to_thread(self.lab.status)
        return {process["name"]: process["state"] for process in status["arms"][self.arm]["processes"]}

    async def all_ready(self) -> bool:
        """Whether all processes were ready within the limit."""
        return await self._until_recovered(())

    async def kill(self, number: int, process: str) -> Kill:
        """Kill it; returns when the arm has recovered, or has not within the limit."""
        at_ms = await asyncio.to_thread(self.lab.kill, self.arm, process)
        sent = [each for each in self.customers.all if each.sent_ms <= at_ms and not self._done(each, at_ms)]
        recovered = await self._until_recovered(sent)
        flying = [
            each for each in sent if each.sound and not self._done(each, at_ms)
        ]  # the feed may have told of some only now
        ready_ms = await self._ready_ms(process, at_ms)
        closed = [self.feed.closed.get(each.order_id or "", at_ms) for each in flying]
        back_ms = max([ready_ms or at_ms, *closed])
        held = [each for each in flying if each.answered_ms is not None and each.answered_ms <= at_ms]
        first_s, all_s = self._moved_on(held, ready_ms) if recovered else (None, None)
        recovery_s = (back_ms - at_ms) / 1000 if recovered else None
        who = tuple(each.wish.index for each in flying)
        return Kill(number, process, at_ms, ready_ms, recovery_s, len(flying), len(held), first_s, all_s, who)

    def _done(self, customer: Customer, at_ms: float) -> bool:
        """Whether there was nothing left to do for this customer at that moment."""
        if customer.order_id is None:
            return customer.answered_ms is not None and customer.answered_ms <= at_ms
        return self.feed.closed.get(customer.order_id, at_ms + 1) <= at_ms

    def _settled(self, customer: Customer) -> bool:
        return customer.answered_ms is not None and (not customer.order_id or customer.order_id in self.feed.closed)

    async def _until_recovered(self, sent: Sequence[Customer]) -> bool:
        give_up = asyncio.get_running_loop().time() + self.limit_s
        while asyncio.get_running_loop().time() < give_up:
            if all(map(self._settled, sent)) and set((await self.processes()).values()) == {"ready"}:
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _ready_ms(self, process: str, at_ms: float) -> float | None:
        def back(entry: dict[str, Any]) -> bool:
            whose = entry["arm"], entry["process"], entry["event"]
            return whose == (self.arm, process, "ready") and entry["at_ms"] > at_ms

        entries = await asyncio.to_thread(self.lab.history)
        return next((float(entry["at_ms"]) for entry in entries if back(entry)), None)

    def _moved_on(self, held: Sequence[Customer], ready_ms: float | None) -> tuple[float | None, float | None]:
        if not held or ready_ms is None:
            return None, None
        closed = [self.feed.closed[each.order_id or ""] for each in held]
        later = [closed_ms for closed_ms in closed if closed_ms > ready_ms]
        return ((min(later) - ready_ms) / 1000 if later else None), max(0.0, max(closed) - ready_ms) / 1000
