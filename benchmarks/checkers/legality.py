"""Which histories of one order are legal: what must come before, what may not come after, what excludes what.

The rules are those of the business, so they hold in every arm: they say nothing of who told whom.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from benchmarks.checkers.records import BARE_REASONS, DECIDED_BY, GIVEN_BACK, REFUSALS, Row, Story

GIVEN_UP = ("OutOfStock", "PaymentDeclined", "ShipmentRejected", "OrderExpired")

AFTER_ONE_OF: Mapping[str, tuple[str, ...]] = {
    "InventoryUpdated": ("OrderPlaced",),
    "OutOfStock": ("OrderPlaced",),
    "OrderPayed": ("InventoryUpdated",),
    "PaymentDeclined": ("InventoryUpdated",),
    "OrderShipped": ("OrderPayed",),
    "ShipmentRejected": ("OrderPayed",),
    "CustomerNotified": ("OrderShipped",),
    "OrderCompleted": ("CustomerNotified",),
    "ShipmentRecalled": ("OrderExpired",),
    "PaymentRefunded": ("ShipmentRejected", "OrderExpired"),
    "InventoryReleased": ("PaymentDeclined", "ShipmentRejected", "OrderExpired"),
    "CustomerApologised": GIVEN_UP,
    "OrderCancelled": ("CustomerApologised",),
}
"""Event -> one of these came before it. OrderExpired may come first: it bars an order never placed."""

NEVER_AFTER: Mapping[str, tuple[str, ...]] = {
    "OrderPlaced": ("OrderExpired", "OrderCancelled"),
    "InventoryUpdated": ("InventoryReleased", "OrderCancelled"),
    "OutOfStock": ("InventoryReleased", "OrderCancelled"),
    "OrderPayed": ("PaymentRefunded", "OrderCancelled"),
    "PaymentDeclined": ("PaymentRefunded", "OrderCancelled"),
    "OrderShipped": ("ShipmentRecalled", "OrderCancelled"),
    "ShipmentRejected": ("ShipmentRecalled", "OrderCancelled"),
    "CustomerNotified": ("CustomerApologised", "OrderCancelled"),
    "OrderCompleted": ("OrderExpired", "OrderCancelled"),
    "OrderExpired": ("OrderCompleted", "OrderCancelled"),
    "OrderCancelled": ("OrderCompleted",),
    "CustomerApologised": ("OrderCompleted",),
}
"""Event -> none of these came before it: nothing goes forward after its undo, and orders close only once."""


def objections(story: Story) -> Iterator[str]:
    """What is illegal in the order of this story's events, a sentence each. Repeats are judged elsewhere."""
    seen: list[str] = []
    for event in story.events:
        kind = str(event["type"])
        if kind not in seen:
            yield from _against(kind, event, seen)
            seen.append(kind)
    yield from _two_answers(seen)
    yield from _undone_out_of_order(story)
    yield from _unexplained(story)


def _against(kind: str, event: Row, seen: Sequence[str]) -> Iterator[str]:
    if kind not in DECIDED_BY:
        yield f"{kind} is no event of this business"
        return
    needed = AFTER_ONE_OF.get(kind, ())
    if needed and not set(needed) & set(seen):
        yield f"{kind} without {' or '.join(needed)} before it"
    for barring in NEVER_AFTER.get(kind, ()):
        if barring in seen:
            yield f"{kind} after {barring}"
    service = DECIDED_BY[kind][0]
    if event["service"] != service or event["source"] != service:
        yield f"{kind} announced by {event['service']} as {event['source']}, not by {service}"


def _two_answers(seen: Sequence[str]) -> Iterator[str]:
    """One operation, two different events: it was decided twice."""
    first: dict[tuple[str, str], str] = {}
    for kind in seen:
        named = DECIDED_BY.get(kind)
        if named and first.setdefault(named, kind) != kind:
            yield f"{named[1]} was answered {first[named]} and also {kind}"


def _undone_out_of_order(story: Story) -> Iterator[str]:
    """Compensations that gave something back do so newest first, and before the customer hears that all is undone.

    Empty ones commute with everything: an expiry may bar what a refusal has long ended (OutOfStock, apology, and
    only then the expiry's recall, refund and release of nothing).
    """
    when = {
        str(event["type"]): float(event["time_ms"])
        for event in story.events
        if event["type"] in GIVEN_BACK and story.given_back(str(event["type"])) > 0
    }
    undone = [kind for kind in GIVEN_BACK if kind in when]
    for newer, older in pairwise(undone):
        if when[newer] > when[older]:
            yield f"{older} before {newer}: undone oldest first"
    for told in ("CustomerApologised", "OrderCancelled"):
        told_ms = story.first_ms(told)
        yield from (f"{kind} after {told}" for kind in undone if told_ms is not None and when[kind] > told_ms)


def _unexplained(story: Story) -> Iterator[str]:
    """A cancelled order's reason is the one of a no that was said, or of its expiry."""
    cancelled = [str((event.get("data") or {}).get("reason") or "") for event in story.of_type("OrderCancelled")]
    if cancelled and story.status == "cancelled":
        cancelled.append(story.reason)
    for reason in dict.fromkeys(cancelled):
        why = [kind for kind, said in REFUSALS.items() if said == reason]
        why += ["OrderExpired"] if reason in BARE_REASONS else []
        if not set(why) & set(story.kinds):
            yield f"cancelled for {reason or 'no reason'} without {' or '.join(why) or 'cause'}"
