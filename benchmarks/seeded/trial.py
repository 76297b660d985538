"""One trial of a seeded bug: a lab, chunks of orders with what provokes it, an audit at rest after each.

With the switch on it ends when the invariant that must fire has fired. The control does the same without the
switch, over as many chunks, and nothing may fire. Either counts only when what provokes the bug has happened, and when
the audit was at rest.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import checkers, history
from benchmarks.checkers import Check
from benchmarks.rows import Row
from benchmarks.seeded import provoked
from benchmarks.seeded.bugs import Bug, Pause, Trouble
from benchmarks.seeded.customers import inject, served
from benchmarks.seeded.rest import rested
from benchmarks.workload import Scenario, Workload
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab

CHUNKS = (6, 12, 24)  # orders: small, so that "after so many orders" means something
REST_S = 3.0  # beyond the deadline: undoing takes milliseconds, and half a second a step with the slowest of bugs
READY_S, LOOK_S = 10.0, 0.05
MIXED = Scenario(
    "seeded",
    refused={"payment_declined": 0.15, "out_of_stock": 0.1, "undeliverable": 0.08, "malformed": 0.05},
)
"""More refusals than usual: small chunks shall have some."""


@dataclass(slots=True)
class Outcome:
    """What came of a trial: chunks and accepted orders so far, and the checks of the last audit that fired.

    `rested`: that audit was at rest. `happened`: how often what was wanted has, over all chunks.
    """

    chunks: int = 0
    orders: int = 0
    seconds: float = 0.0
    fired: dict[str, str] = field(default_factory=dict)  # invariant -> what it says
    rested: bool = True
    happened: dict[str, int] = field(default_factory=dict)

    @property
    def untried(self) -> str:
        """Why this proves nothing; empty when it does."""
        missed = [name for name, times in self.happened.items() if not times]
        if missed:
            return f"{' and '.join(missed)} never happened"
        return "" if self.rested else "orders were still under way at the audit"

    def as_row(self) -> Row:
        """For the records."""
        told = [{"id": name, "detail": detail} for name, detail in self.fired.items()]
        counts = {"chunks": self.chunks, "orders": self.orders, "seconds": round(self.seconds, 1), "fired": told}
        return counts | {"happened": self.happened, "untried": self.untried}


def tried(bug: Bug, seed: int, logs: Path, control: int | None = None) -> Outcome:
    """Try it until it is caught. `control`: without the switch, over so many chunks. Raises Trouble, Unreadable."""
    began, outcome = time.monotonic(), Outcome()
    settings = Settings(**_settings(bug, seed, control is not None))
    with start_lab([ARMS[bug.arm].with_replicas(bug.replicas)], settings, logs=logs) as lab:
        trial = Trial(bug, seed, lab, settings)
        while outcome.chunks < len(CHUNKS) and not _over(bug, outcome, control):
            checks = trial.chunk(CHUNKS[outcome.chunks])
            outcome.chunks += 1
            outcome.orders = sum(row["order_id"] is not None for row in trial.customers)
            outcome.fired = {check.id: check.detail for check in checks if not check.ok}
            outcome.rested = trial.rested
            outcome.happened = {name: trial.happened[name] for name in provoked.wanted(bug)}
    outcome.seconds = time.monotonic() - began
    return outcome


def _over(bug: Bug, outcome: Outcome, control: int | None) -> bool:
    """A control is over when something fired, or after enough chunks of which one at least was a trial."""
    if control is None:
        return bug.invariant in outcome.fired and not outcome.untried
    return bool(outcome.chunks and outcome.fired) or (outcome.chunks >= control and not outcome.untried)


def _settings(bug: Bug, seed: int, safe: bool) -> dict[str, Any]:
    """Redis writes what it acknowledges, and whoever dies is back soon."""
    quick = {"appendfsync": "always", "restart_delay_s": 0.1}
    return {"seed": seed, "unsafe": "" if safe else bug.switch, **quick, **bug.settings}


class Trial:
    """A bug in a lab."""

    def __init__(self, bug: Bug, seed: int, lab: LabClient, settings: Settings) -> None:
        self.customers: list[Row] = []
        self.happened = Counter[str]()
        self.rested = True
        self._bug, self._seed, self._lab, self._settings = bug, seed, lab, settings
        self._workload = Workload(seed, MIXED, catalogue(settings.seed, settings.skus))
        self._auditor = lab.credentials(bug.arm, "auditor")
        self._faults: list[Row] = []

    def chunk(self, orders: int) -> Sequence[Check]:
        """So many orders under the bug's plan, then rest, then the audit."""
        status = self._lab.status()["arms"][self._bug.arm]
        urls = {process["name"]: process["url"] for process in status["processes"]}
        began_ms, before = _now_ms(), provoked.counted(self._bug, urls)
        broken = [self._inject(trouble, urls) for trouble in self._bug.troubles]
        began = time.monotonic()
        pausing = threading.Thread(target=self._pause, args=(broken, began))
        pausing.start()
        first = len(self.customers)
        wishes = [self._workload.order(first + position) for position in range(orders)]
        self.customers += served(status["door"], wishes, f"seeded-{self._seed}-{self._bug.switch}-{first}", self._bug)
        pausing.join()
        time.sleep(max(0.0, self._bug.settle_s - (time.monotonic() - began)))
        self._until_ready()
        for row in broken:
            row.setdefault("end_ms", _now_ms())
        self._faults += broken
        self.rested = rested(self._auditor, self._settings.deadline_s + REST_S)
        after, history_ = provoked.counted(self._bug, urls), self._lab.history()
        self.happened += provoked.happened(self._bug, before, after, began_ms, self.customers[first:], history_)
        return self._audited()

    def _inject(self, trouble: Trouble, urls: dict[str, str]) -> Row:
        inject(urls[trouble.process], self._lab.token(), trouble)
        row: Row = {"fault": trouble.fault, "target": trouble.process, "onset_ms": _now_ms()}
        return row if trouble.fault == "crash" else row | {"end_ms": row["onset_ms"] + trouble.for_s * 1000}

    def _pause(self, broken: list[Row], began: float) -> None:
        for pause in self._bug.pauses:
            time.sleep(max(0.0, began + pause.at_s - time.monotonic()))
            broken.append(self._paused(pause))

    def _paused(self, pause: Pause) -> Row:
        at_ms = self._lab.signal(self._bug.arm, pause.process, "pause", hold_s=pause.lasts_s)
        return {"fault": "pause", "target": pause.process, "onset_ms": at_ms}

    def _until_ready(self) -> None:
        """Whoever died or was paused is back; if not in time, the audit will say so."""
        give_up = time.monotonic() + READY_S
        while time.monotonic() < give_up:
            processes = self._lab.status()["arms"][self._bug.arm]["processes"]
            if all(process["state"] == "ready" for process in processes):
                return
            time.sleep(LOOK_S)

    def _audited(self) -> Sequence[Check]:
        snapshot = history.collect(self._auditor, self._bug.arm)
        return checkers.check(snapshot.events, snapshot.state, self.customers, faults=self._faults)


def _now_ms() -> float:
    return time.time() * 1000
