"""Order by order: what was done, what was undone, and whether the two fit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.checkers.book import Book, Check, Wrong, verdict
from benchmarks.checkers.legality import objections
from benchmarks.checkers.records import CLOSED, GIVEN_BACK, Row, Story

DONE = {
    "ShipmentRecalled": "OrderShipped",
    "PaymentRefunded": "OrderPayed",
    "InventoryReleased": "InventoryUpdated",
}
"""Undone event -> the event of what it undoes."""

FORWARD = ("place", "reserve", "charge", "ship", "confirm", "complete")


def single_charge(book: Book) -> Check:
    """At most one effective charge per order, and never more refunds than charges."""
    wrong, charged, looked_at = [], 0, 0
    for story in book.stories.values():
        charges = story.kinds.count("OrderPayed")
        refunds = sum(1 for event in story.events if _gave_money_back(event))
        charged += bool(charges)
        looked_at += bool(charges or "PaymentRefunded" in story.kinds)
        if charges > 1:
            wrong.append(Wrong(f"charged {charges} times", story))
        elif refunds > charges:
            wrong.append(Wrong(f"refunded {refunds} times, charged {charges} times", story))
    fine = f"{charged:,} orders were charged, each of them once"
    return verdict("single_charge", book, wrong, fine, looked_at, "order charged or refunded")


def all_or_nothing(book: Book) -> Check:
    """A completed order was reserved, charged, shipped, notified; a cancelled one has nothing left done."""
    closed = [story for story in book.stories.values() if story.status in CLOSED and _closing_seen(story)]
    wrong = [Wrong(half, story) for story in closed for half in _halves(story)]
    fine = "every completed order has all its parts, every cancelled one has none left"
    return verdict("all_or_nothing", book, wrong, fine, len(closed), "closed order")


def given_back_fits(book: Book) -> Check:
    """An undone event gives back what had been done: all of it, or nothing when nothing had been done."""
    wrong, undone = [], 0
    for story in book.stories.values():
        for kind in set(story.kinds) & set(GIVEN_BACK):
            undone += 1
            gave, owed = story.given_back(kind), _owed(story, kind)
            if gave != owed:
                wrong.append(Wrong(f"{kind} gave back {gave}, owed {owed}", story))
    fine = f"{undone:,} undone events gave back exactly what had been done"
    return verdict("given_back_fits", book, wrong, fine, undone, "undoing")


def legal_history(book: Book) -> Check:
    """Each order's events come in an order that the business allows."""
    wrong = [Wrong(objection, story) for story in book.stories.values() for objection in objections(story)]
    return verdict("legal_history", book, wrong, "every order's events came in a legal order")


def _gave_money_back(event: Row) -> bool:
    return event["type"] == "PaymentRefunded" and bool((event.get("data") or {}).get("amount_cents"))


def _owed(story: Story, kind: str) -> int:
    """What that undone event has to give back: units, cents or parcels."""
    if DONE[kind] not in story.kinds:
        return 0
    whole = {"parcels": 1, "amount_cents": story.amount_cents, "quantity": story.quantity}
    return whole[GIVEN_BACK[kind]]


def _closing_seen(story: Story) -> bool:
    """Is the closing event among the rows? Under load the record may be younger than the events' cut."""
    return bool({"OrderCompleted", "OrderCancelled"} & set(story.kinds))


def _halves(story: Story) -> Iterator[str]:
    kinds = Counter(story.kinds)
    if story.status == "completed":
        missing = [name for name in FORWARD if not (name in story.answers and story.answers[name].accepted)]
        if missing:
            yield f"completed without {', '.join(missing)}"
        yield from (f"completed, yet {kind}" for kind in GIVEN_BACK if story.given_back(kind))
    else:
        for kind, done in DONE.items():
            if kinds[done] and not story.given_back(kind):
                yield f"cancelled, yet {done} was never undone"
