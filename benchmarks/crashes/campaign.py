"""The crashes of all arms, beside each other: arms share nothing. In each, one crash after the other, with an audit at
rest now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

from benchmarks import checkers, history
from benchmarks.checkers.records import stories
from benchmarks.crashes.asking import Asker
from benchmarks.crashes.cases import Case
from benchmarks.crashes.outcome import ArmOutcome
from benchmarks.crashes.trial import LIMIT_S, Stopped, Trial
from benchmarks.crashes.watching import Watch
from benchmarks.history import Snapshot
from benchmarks.kills.unheld import unheld
from benchmarks.rows import Row
from common.settings import Settings
from common.store.connect import Credentials
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab

AUDIT_EVERY = 10
DEADLINE_S = 20.0  # so long that an order which nobody moves on is seen as open, and not as expired
CLAIM_IDLE_S = 1.5  # more than twice the longest decision, which is a slowed one
LOOK_S = 0.1

Tell = Callable[[ArmOutcome], None]
"""Hears of an arm after each of its crashes."""


def settings(seed: int) -> Settings:
    """What the lab is told: short pauses, and a server that loses nothing of what it has acknowledged."""
    return Settings(
        seed=seed, restart_delay_s=0.1, appendfsync="always", claim_idle_s=CLAIM_IDLE_S, deadline_s=DEADLINE_S
    )


@contextmanager
def crash_lab(arms: Iterable[str], seed: int, logs: Path) -> Iterator[LabClient]:
    """A lab for crashes. Raises Trouble."""
    with start_lab([ARMS[name] for name in arms], settings(seed), logs=logs) as lab:
        yield lab


def crash_all(lab: LabClient, cases: Mapping[str, Sequence[Case]], stop: Event, tell: Tell) -> list[ArmOutcome]:
    """Every case of every arm; when told to stop, those that were done. Raises Trouble."""
    with ThreadPoolExecutor(len(cases)) as threads:
        try:
            runs = [threads.submit(_crash_arm, lab, name, those, stop, tell) for name, those in cases.items()]
            return [run.result() for run in runs]
        finally:
            stop.set()


def _crash_arm(lab: LabClient, name: str, cases: Sequence[Case], stop: Event, tell: Tell) -> ArmOutcome:
    arm = ArmOutcome(name, len(cases))
    with Asker(lab.status()["arms"][name]["door"], lab.token()) as asker, suppress(Stopped):
        trial = Trial(Watch(lab, name), asker, stop)
        for first in range(0, len(cases), AUDIT_EVERY):
            some = cases[first : first + AUDIT_EVERY]
            for case in some:
                arm.outcomes.append(trial.crash(case))
                tell(arm)
            _audit(lab.credentials(name, "auditor"), arm, asker.customers, ", ".join(case.name for case in some))
    return arm


def _audit(auditor: Credentials, arm: ArmOutcome, customers: Sequence[Row], after: str) -> None:
    """All invariants over all that the arm remembers. What was said before is not said again."""
    rests = _rests(auditor)
    snapshot = history.collect(auditor, arm.arm)
    complaints = [] if rests else [("open", f"{history.open_orders(auditor)} orders at rest")]
    checks = checkers.check(snapshot.events, snapshot.state, customers, at_rest=rests)
    arm.looked_at += sum(check.looked_at for check in checks)
    complaints += [(check.id, check.detail) for check in checks if not check.ok]
    complaints += [("extra", sentence) for sentence in too_many(snapshot, customers)]
    for what, detail in complaints:
        if not any(said.startswith(f"{what}: ") for said in arm.violated):
            arm.violated.append(f"{what}: {detail}, after {after}")


def _rests(auditor: Credentials) -> bool:
    give_up = time.monotonic() + DEADLINE_S + LIMIT_S
    while history.open_orders(auditor):
        if time.monotonic() > give_up:
            return False
        time.sleep(LOOK_S)
    return True


def too_many(snapshot: Snapshot, customers: Sequence[Row]) -> list[str]:
    """The objection when the stores hold more orders than customers placed."""
    stored = stories(snapshot.events, snapshot.state)
    unsure = sum(row["order_id"] is None and not row["refused"] for row in customers)
    found = unheld(stored, customers, unsure)
    return [found.sentence] if found.extra else []
