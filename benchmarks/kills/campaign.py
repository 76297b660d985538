"""One arm's campaign: rounds of kills under a steady stream of orders, each round ended by rest and an audit.

A steady stream of single orders has none in flight most of the time, and a kill drawn blindly would hit an idle arm.
So orders come in small groups, at random moments, and each kill falls a drawn few ms after one. One that finds nobody
in flight all the same does not count: another is drawn.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.history import Unreadable
from benchmarks.kills import audit
from benchmarks.kills.audit import Audited
from benchmarks.kills.customers import Customer, Customers, now_ms
from benchmarks.kills.feed import Feed
from benchmarks.kills.judging import expired, judged
from benchmarks.kills.killing import Kill, Killer
from benchmarks.kills.plan import GROUP, Plan, Share, draw, gaps, round_of
from benchmarks.kills.records import Records, Totals
from benchmarks.rows import Row
from benchmarks.runfolder import now
from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.local.client import LabClient
from compose.local.errors import Trouble

GRACE_S = 20.0  # beyond the deadline: undoing has none of its own, and what was killed must start again


@dataclass(frozen=True, slots=True)
class Ground:
    """What every campaign stands on: the lab, the plan, where records go, when to stop, whom to tell."""

    lab: LabClient
    settings: Settings
    plan: Plan
    records: Records
    stop: asyncio.Event
    tell: Callable[[str], None]  # hears the arm's name after each kill and each audit


class Campaign:
    """One arm from where its records end until its share is done, it is told to stop, or something is violated."""

    def __init__(self, ground: Ground, arm: str) -> None:
        self._ground, self.arm = ground, arm
        self.share: Share = ground.plan.shares()[arm]
        self.totals: Totals = ground.records.totals(arm)
        self._kills: list[Kill] = []  # of this lab: what an earlier one did is in the totals only
        self._under_way = self._idle = self._coming = 0  # kills and orders of the round that is not audited yet
        self._auditor = ground.lab.credentials(arm, "auditor")
        self._limit_s = ground.settings.deadline_s + GRACE_S
        self._sent = asyncio.Event()

    @property
    def killed(self) -> int:
        """Kills so far that hit orders in flight, those not audited yet included."""
        return self.totals.kills.total() + self._under_way

    @property
    def drawn(self) -> int:
        """All kills so far, those of an idle arm included."""
        return self.killed + self.totals.idle.total() + self._idle

    @property
    def left(self) -> Share:
        """What is still to be done, those not audited yet taken for granted."""
        left = self.totals.left(self.share)
        return Share(max(0, left.kills - self._under_way), max(0, left.orders - self._coming))

    async def run(self) -> None:
        """Raises Trouble when the lab cannot be asked any more."""
        seed, settings = self._ground.plan.seed, self._ground.settings
        workload = Workload(seed, SCENARIOS["steady"], catalogue(settings.seed, settings.skus))
        door = (await asyncio.to_thread(self._ground.lab.status))["arms"][self.arm]["door"]
        keys, first = f"kills-{seed}-{self.arm}", self.totals.next_index
        with Feed(self._auditor) as feed:
            async with Customers(door, workload, keys, first) as customers:
                killer = Killer(self._ground.lab, self.arm, customers, feed, self._limit_s)
                while self._goes_on():
                    await self._round(killer)

    def _goes_on(self) -> bool:
        left = self.totals.left(self.share)
        return self.totals.ok and not self._ground.stop.is_set() and (left.kills > 0 or left.orders > 0)

    async def _round(self, killer: Killer) -> None:
        """Orders until there are enough and the kills are over; then nothing more, until all is at rest."""
        share, customers = round_of(self.totals.left(self.share)), killer.customers
        began_ms, before, killed = now_ms(), len(customers.all), len(self._kills)
        over = asyncio.Event()
        stream = asyncio.create_task(self._stream(customers, share.orders, over))
        try:
            await self._strike(killer, share.kills)
        finally:
            over.set()
        await stream
        await customers.all_answered()
        ready = await killer.all_ready()
        await customers.ask_again(began_ms)
        await audit.rest(self._auditor, self._limit_s)
        audited = await asyncio.to_thread(self._audit, killer)
        row = self._row(killer, audited, customers.all[before:], self._kills[killed:])
        deaths = await asyncio.to_thread(self._deaths, began_ms)
        self._keep(killer, audited, judged(row | {"deaths": deaths}, audited, ready))

    async def _stream(self, customers: Customers, orders: int, over: asyncio.Event) -> None:
        """A group at each drawn moment. The round is over when its kills are, and so many sound orders were sent."""
        began = len(customers.all)
        for gap_s in gaps(self._ground.plan, self.arm, customers.next_index):
            sound = sum(customer.sound for customer in customers.all[began:])
            if self._ground.stop.is_set() or (over.is_set() and sound >= orders):
                return
            await self._pause(gap_s)
            customers.come(GROUP)
            self._coming += GROUP
            self._sent.set()  # wakes who waits for it now
            self._sent.clear()

    async def _strike(self, killer: Killer, count: int) -> None:
        """So many kills, spaced by the recovery from each. An arm that does not recover is not killed any further."""
        before = self._under_way
        while self._under_way < before + count:
            if not await killer.all_ready():
                return
            drawn = draw(self._ground.plan.seed, self.arm, self.drawn + 1, list(await killer.processes()))
            if self._ground.stop.is_set():  # nobody comes any more: to be asked just before waiting for them
                return
            await self._sent.wait()
            await asyncio.sleep(drawn.offset_s)
            kill = await self._kill(killer, drawn.process)
            if kill is None:
                return
            self._kills.append(kill)
            self._under_way += 1 if kill.in_flight else 0
            self._idle += 0 if kill.in_flight else 1
            self._ground.tell(self.arm)
            if kill.recovery_s is None:
                return
            await self._pause(drawn.spacing_s(kill.recovery_s) - (now_ms() - kill.at_ms) / 1000)

    async def _kill(self, killer: Killer, process: str) -> Kill | None:
        """None when it had died by itself in between: the round ends, and tells of that. Raises Trouble."""
        try:
            return await killer.kill(self.drawn + 1, process)
        except Trouble:
            if (await killer.processes()).get(process) == "ready":
                raise  # it is there, so that was not why
            return None

    async def _pause(self, seconds: float) -> None:
        """So long, or until told to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._ground.stop.wait()

    def _audit(self, killer: Killer) -> Audited:
        dropped_ms = now_ms() - self._ground.settings.retention_s * 1000
        try:
            snapshot, still_open = audit.settled(self._auditor, self.arm)
        except Unreadable as error:
            return audit.unreadable(str(error))
        faults = [kill.as_fault(self.arm) for kill in self._kills]
        closed = dict(killer.feed.closed)
        return audit.audit(snapshot, still_open, killer.customers.all, faults, closed, dropped_ms)

    def _deaths(self, since_ms: float) -> list[Row]:
        """Processes that left without having been killed by us."""
        entries = [each for each in self._ground.lab.history() if each["arm"] == self.arm and each["at_ms"] >= since_ms]
        killed = {entry["pid"] for entry in entries if entry["event"] == "killed"}
        return [entry for entry in entries if entry["event"] == "died" and entry["pid"] not in killed]

    def _row(self, killer: Killer, audited: Audited, came: Sequence[Customer], kills: Sequence[Kill]) -> Row:
        answers, killer.customers.answers = killer.customers.answers, Counter()
        flying = {index for kill in kills for index in kill.who}
        return {
            "at": now(),
            "arm": self.arm,
            "kills": Counter(kill.process for kill in kills if kill.in_flight),
            "idle": Counter(kill.process for kill in kills if not kill.in_flight),
            "expired": expired((each for each in came if each.wish.index in flying), audited),
            "orders": audit.outcomes(came, audited.endings, killer.feed.closed),
            "next_index": killer.customers.next_index,
            "recoveries": [kill.as_row() for kill in kills],
            "invariants": [check.as_row() for check in audited.checks],
            "lost": len(audited.lost),
            "doubled": len(audited.doubled),
            "extra": audited.unheld.extra,
            "open": audited.open,
            "parked": audited.parked,
            "unsure": len(audited.unsure),
            "answers": answers,
        }

    def _keep(self, killer: Killer, audited: Audited, row: Row) -> None:
        self.totals.add(row)
        so_far = {"kills": self.totals.kills, "orders": self.totals.orders}
        self._under_way = self._idle = self._coming = 0
        records = self._ground.records
        records.keep(self.arm, row | {"so_far": so_far})
        if not row["ok"]:
            records.keep_evidence(
                self.arm,
                audited.snapshot,
                orders=[customer.as_row() for customer in killer.customers.all],
                kills=[kill.as_row() for kill in self._kills],
                processes=[entry for entry in self._ground.lab.history() if entry["arm"] == self.arm],
            )
        self._ground.tell(self.arm)
