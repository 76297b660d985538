"""An arm at rest, audited: the invariants over all that its stores remember, and every customer's order accounted for.

Closed orders are dropped after the retention time. So an accepted order is accounted for when it is there and closed,
or when it was seen closed for at least that long; otherwise it is open, or lost.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from benchmarks import checkers, history
from benchmarks.checkers import Check
from benchmarks.checkers.records import CLOSED, Story, stories
from benchmarks.history import Snapshot
from benchmarks.kills.customers import Customer
from benchmarks.kills.unheld import Unheld, unheld
from benchmarks.rows import Row
from common.store import keys
from common.store.connect import Credentials

LOOK_S = 0.2
READS_MAX = 5  # orders are dropped every 30 s, in less than one


@dataclass(frozen=True, slots=True)
class Audited:
    """What an audit found. `open` counts what stores, records or a journal call open; ids are of accepted orders.

    `endings`: order id -> how it ended: completed, or why it was cancelled. `turned_away` are customers with a sound
    order who were told no; `unsure` are those who never got an answer; `unheld` orders that nobody was told of.
    """

    checks: Sequence[Check]
    endings: Mapping[str, str]
    lost: Sequence[str]
    doubled: Sequence[str]
    open: int
    parked: int
    turned_away: Sequence[int]
    unsure: Sequence[int]
    unheld: Unheld
    snapshot: Snapshot = field(repr=False)
    trouble: str = ""

    @property
    def ok(self) -> bool:
        """Whether all is as it must be."""
        harmed = self.lost or self.doubled or self.open or self.turned_away or self.unheld.extra
        return not self.trouble and not harmed and all(check.ok for check in self.checks)

    def complaints(self) -> list[str]:
        """What is not, a sentence each."""
        told = [self.trouble] if self.trouble else []
        told += [f"{check.id}: {check.detail}" for check in self.checks if not check.ok]
        told += [
            f"lost: {order_id} was accepted, and is neither there nor was ever seen closed" for order_id in self.lost
        ]
        told += [self.unheld.sentence] if self.unheld.extra else []
        told += [f"order {index} was turned away, though nothing is wrong with it" for index in self.turned_away]
        return told + ([f"{self.open} orders are open at rest"] if self.open else [])


async def rest(credentials: Credentials, limit_s: float) -> bool:
    """Wait until no order is open, and say whether that came true within the limit."""
    give_up = time.monotonic() + limit_s
    while time.monotonic() < give_up:
        with suppress(history.Unreadable):  # the server is not back yet
            if not await asyncio.to_thread(history.open_orders, credentials):
                return True
        await asyncio.sleep(LOOK_S)
    return False


def unreadable(why: str) -> Audited:
    """The audit of an arm that could not be audited, which is a finding: its server did not come back."""
    return Audited((), {}, (), (), 0, 0, (), (), Unheld((), 0), Snapshot([], []), why)


def audit(
    snapshot: Snapshot,
    still_open: int,
    customers: Sequence[Customer],
    faults: Iterable[Row],
    seen_closed: Mapping[str, float],
    dropped_ms: float,
) -> Audited:
    """Judge an arm by what it holds at rest and by what its customers were told.

    `still_open`: orders that stores and journals call open. `seen_closed`: order id -> when it was closed (epoch ms);
    who was closed before `dropped_ms` may be gone by now.
    """
    told = stories(snapshot.events, snapshot.state)
    there = [each for each in customers if not _dropped(each, told, seen_closed, dropped_ms)]
    rows = [each.as_row() for each in there]
    checks = checkers.check(snapshot.events, snapshot.state, rows, at_rest=True, faults=faults)
    accepted = {each.order_id for each in there if each.order_id}
    unsure = [each.wish.index for each in customers if each.answered_ms is None]
    unclosed = sum(story.status not in CLOSED for story in told.values())
    return Audited(
        checks=checks,
        endings={order_id: _ending(story) for order_id, story in told.items()},
        lost=sorted(accepted - set(told)),
        doubled=sorted(order_id for check in checks if check.id == "single_charge" for order_id in check.broken),
        open=max(still_open, unclosed),
        parked=sum(int(row["count"]) for row in snapshot.state if row["kind"] == "dead"),
        turned_away=[each.wish.index for each in customers if each.sound and each.answered_ms and not each.order_id],
        unsure=unsure,
        unheld=unheld(told, (each.as_row() for each in customers), len(unsure)),
        snapshot=snapshot,
    )


def settled(credentials: Credentials, arm: str) -> tuple[Snapshot, int]:
    """The arm's rows, read while nothing was dropped, and how many orders are open. Raises Unreadable.

    An order that is dropped between the reading of its events and of its records would look like a ghost.
    """
    for _ in range(READS_MAX):
        before = _watermark(credentials)
        snapshot, still_open = history.collect(credentials, arm), history.open_orders(credentials)
        if _watermark(credentials) == before:
            return snapshot, still_open
    raise history.Unreadable(f"orders of {arm} were dropped during each of {READS_MAX} audits: audit it again")


def outcomes(
    customers: Iterable[Customer], endings: Mapping[str, str], seen_closed: Mapping[str, float]
) -> Counter[str]:
    """How many orders ended how: completed, the reason of a cancellation, refused (malformed), unsure, lost.

    One that was dropped in the middle of a long round counts as dropped.
    """
    return Counter(_outcome(customer, endings, seen_closed) for customer in customers)


def _outcome(customer: Customer, endings: Mapping[str, str], seen_closed: Mapping[str, float]) -> str:
    if customer.order_id:
        gone = "dropped" if customer.order_id in seen_closed else "lost"
        return endings.get(customer.order_id, gone)
    if customer.answered_ms is None:
        return "unsure"
    return "turned away" if customer.sound else "refused"


def _dropped(customer: Customer, told: Mapping[str, Story], seen_closed: Mapping[str, float], by_ms: float) -> bool:
    """Whether it is rightly not there any more."""
    order_id = customer.order_id
    return bool(order_id) and order_id not in told and seen_closed.get(order_id or "", by_ms + 1) <= by_ms


def _ending(story: Story) -> str:
    if story.status == "completed":
        return story.status
    return (story.reason or "cancelled") if story.status in CLOSED else "open"


def _watermark(credentials: Credentials) -> str | None:
    with history.reading(credentials) as redis:
        mark: str | None = redis.get(keys.watermark("order"))
        return mark
