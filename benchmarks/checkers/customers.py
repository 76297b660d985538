"""What customers were told and asked for, against how their orders ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from benchmarks.checkers import races
from benchmarks.checkers.book import Book, Check, Wrong, verdict
from benchmarks.checkers.records import BARE_REASONS, CLOSED, Row, Story

SERVICES = ("order", "inventory", "payment", "shipping", "notification")
TOLD_MS = 0.01  # a row's closing time is its event's: only rounding may lie between


def every_order_closed(book: Book) -> Check:
    """Every accepted order is closed: those answered 202, those placed, those in a journal."""
    accepted = {str(row["order_id"]) for row in book.orders or () if row.get("order_id")}
    open_stories = [
        story
        for story in book.stories.values()
        if story.status not in CLOSED and (story.order_id in accepted or story.status or _placed(story))
    ]
    lost = sorted(accepted - set(book.stories))
    wrong = [Wrong("still open", story) for story in open_stories]
    wrong += [Wrong(f"{order_id} was accepted, and no service has heard of it") for order_id in lost]
    wrong += [each for row in book.of_kind("open") for each in _unseen(row, len(open_stories) + len(lost))]
    if not book.of_kind("open"):
        wrong.append(Wrong("nobody read which orders are open: no such row"))
    closed = sum(1 for story in book.stories.values() if story.status in CLOSED)
    fine = f"{closed:,} orders are closed, none is open"
    return verdict("every_order_closed", book, wrong, fine, len(accepted | set(book.stories)))


def dead_letters(book: Book) -> Check:
    """Parked messages are counted; one that belongs to an order which is not closed is a loss.

    In a run, which knows its faults, a message parked though nothing was broken is wrong as well, and so is one of
    an order that nobody knows, unless poison was injected. A lab may hold what people put into it.
    """
    rows = book.of_kind("dead")
    read = {row["service"] for row in rows}
    wrong = [Wrong(f"the dead letters of {service} were not read") for service in SERVICES if service not in read]
    wrong += _unexplained(book, rows)
    for row in rows:
        for entry in row.get("entries") or ():
            story = book.stories.get(str(entry.get("subject") or ""))
            if story and story.status not in CLOSED:
                parked = f"{row['service']} parked {entry.get('entry')} ({entry.get('reason')})"
                wrong.append(Wrong(parked, story))
    count = sum(int(row["count"]) for row in rows)
    fine = f"{count} messages parked in the dead letters of {len(rows)} components"
    return verdict("dead_letters", book, wrong, fine, len(rows), what="dead-letter streams")


def honest_refusals(book: Book) -> Check:
    """Who had to be refused was refused, for the true reason; nobody else was.

    A deadline is no refusal: such orders have no answer of the business. They are counted beside, not looked at. Who
    raced for the last units may have lost, when there were none left.
    """
    wrong, looked_at, given_up, lost = [], 0, 0, []
    for row in book.orders or ():
        story = book.stories.get(str(row.get("order_id")))
        if row["expected"] == "malformed":
            looked_at += 1
            if row.get("order_id"):
                wrong.append(Wrong(f"a malformed request was accepted as {row['order_id']}"))
        elif story and story.status == "cancelled" and story.reason in BARE_REASONS:
            given_up += 1
        elif story and story.status in CLOSED:
            looked_at += 1
            ended = story.status if story.status == "completed" else story.reason
            if row["expected"] == races.FIRST_COME and ended in races.ENDINGS:
                lost += [story] if ended != "completed" else []
            elif ended != row["expected"]:
                wrong.append(Wrong(f"had to end as {row['expected']}, ended as {ended or 'nothing'}", story))
    beside = f"; {given_up:,} more were given up at their deadlines, which is no answer" if given_up else ""
    beside += f"; {len(lost):,} came too late for the last units" if lost else ""
    fine = f"each order ended as its customer, items and address demand{beside}"
    wrong += races.turned_away(book, lost)
    return verdict("honest_refusals", book, wrong, fine, looked_at, "order answered by the business")


def as_asked(book: Book) -> Check:
    """Every customer holds an order of their own, at the price they were told, and their row says how it ended."""
    rows = [row for row in book.orders or () if row.get("order_id")]
    shared = Counter(str(row["order_id"]) for row in rows)
    wrong = [Wrong(f"{times} customers were told {order_id}") for order_id, times in shared.items() if times > 1]
    wrong += [
        Wrong(f"order {row.get('index')} ended {row['status']}, and its customer holds no id")
        for row in book.orders or ()
        if row.get("status") in CLOSED and not row.get("order_id")
    ]
    for row in rows:
        story = book.stories.get(str(row["order_id"]))
        wrong += [Wrong(objection, story) for objection in _otherwise(row, story)] if story else []
    fine = f"{len(rows):,} customers hold an order each, as they asked for it and as it ended"
    return verdict("as_asked", book, wrong, fine, len(rows), "order of a customer")


def asked_again(book: Book) -> Check:
    """Who asks again with the same Idempotency-Key is told the same order: nobody gets two for one.

    `told` are the ids in all answers that a customer got; in a load that asks but once it is missing.
    """
    again = [row for row in book.orders or () if len(row.get("told") or ()) > 1]
    wrong = [
        Wrong(f"order {row.get('index')}: its customer asked {len(row['told'])} times, and was told {len(ids)} orders")
        for row in again
        if len(ids := set(map(str, row["told"]))) > 1
    ]
    fine = f"{len(again):,} customers asked again with the same key, each was told the same order"
    return verdict("asked_again", book, wrong, fine, len(again), "customer who asked again")


def same_answer(rows: Iterable[Row], arms: Iterable[str] = ()) -> Check:
    """Asked the same where nothing was killed, every arm answers the same: status, reason and price.

    Rows of several arms with `arm`, `seed`, `index`, `status`, `reason`, `amount_cents`. `arms` must all be among
    them, besides those that are. Only an order that was asked of every arm is counted as looked at; one that was asked
    of some must agree there, and the detail says who was not asked. An order that met its deadline or failed in any
    arm has no answer of the business to compare; the detail counts it.
    """
    asked: dict[tuple[Any, Any], dict[str, Row]] = {}
    for row in rows:
        asked.setdefault((row["seed"], row["index"]), {})[str(row["arm"])] = row
    every = {*arms, *(arm for by_arm in asked.values() for arm in by_arm)}
    comparable = [by_arm for by_arm in asked.values() if len(by_arm) > 1]
    timely = [by_arm for by_arm in comparable if all(_answered(row) for row in by_arm.values())]
    wrong = [Wrong(_said(by_arm)) for by_arm in timely if len({_compared(row) for row in by_arm.values()}) > 1]
    whole = [by_arm for by_arm in timely if len(by_arm) == len(every)]
    without = sum(1 for by_arm in comparable if len(by_arm) == len(every)) - len(whole)
    note = f"; {without:,} more had no answer of the business in some arm" if without else ""
    raced = [(seed, by_arm) for (seed, _), by_arm in asked.items() if len(by_arm) > 1 and races.raced(by_arm)]
    uneven, winners = races.uneven(raced, len(every))
    wrong += uneven
    note += winners + _not_asked(asked.values(), every)
    fine = f"{len(whole):,} orders asked of every arm ended the same, at the same price{note}"
    return verdict("same_answer", Book({}, (), ()), wrong, fine, len(whole), f"order asked of every arm{note};")


def _not_asked(asked: Collection[Mapping[str, Row]], arms: AbstractSet[str]) -> str:
    """How many orders which arms were not asked; nothing when all were asked all."""
    missing = {arm: sum(arm not in by_arm for by_arm in asked) for arm in sorted(arms)}
    told = [f"{arm} was not asked {number:,} of {len(asked):,}" for arm, number in missing.items() if number]
    return f"; {', '.join(told)}" if told and len(arms) > 1 else ""


def _otherwise(row: Row, story: Story) -> Iterable[str]:
    """In what the customer's row and the order's story differ; what either does not say cannot differ."""
    price = row.get("amount_cents")
    if price is not None and story.lines and row["expected"] != "malformed" and int(price) != story.amount_cents:
        yield f"its customer was told {int(price):,} cents, it was priced {story.amount_cents:,}"
    if "status" not in row or story.status not in CLOSED or not _closing_read(story):
        return
    said, ended = (row["status"], row.get("reason") or ""), (story.status, story.reason)
    if said != ended:
        yield f"its row says {' '.join(said)}, its record {' '.join(ended)}"
    told_ms, closed_ms = row.get("closed_ms"), story.first_ms("OrderCompleted", "OrderCancelled")
    if told_ms is not None and closed_ms is not None and abs(float(told_ms) - closed_ms) > TOLD_MS:
        yield f"its row says closed {float(told_ms) - closed_ms:+,.1f} ms beside its event"


def _closing_read(story: Story) -> bool:
    """Whether the closing event was read: under load the record may be younger than the events' cut."""
    return story.first_ms("OrderCompleted", "OrderCancelled") is not None


def _unexplained(book: Book, rows: Iterable[Row]) -> list[Wrong]:
    """Messages parked in a run that nothing broken in it explains."""
    if book.faults is None or any(fault.get("fault") == "poison" for fault in book.faults):
        return []
    wrong = []
    for row in rows:
        entries = list(row.get("entries") or ())
        strange = sum(1 for entry in entries if str(entry.get("subject") or "") not in book.stories)
        if not book.faults and int(row["count"]):
            wrong.append(Wrong(f"{row['service']} parked {int(row['count']):,} messages though nothing was broken"))
        elif strange:
            wrong.append(Wrong(f"{row['service']} parked {strange:,} messages of orders that nobody knows"))
    return wrong


def _placed(story: Story) -> bool:
    return "OrderPlaced" in story.kinds


def _unseen(row: Row, seen: int) -> Iterable[Wrong]:
    """Open orders that only the order service's deadlines or a journal know of."""
    deadlines, journal = int(row.get("deadlines") or 0), int(row.get("journal") or 0)
    if max(deadlines, journal) > seen:
        yield Wrong(f"open: {deadlines} by their deadlines, {journal} in the journal, {seen} by the records")


def _answered(row: Row) -> bool:
    by_business = row["status"] == "cancelled" and row.get("reason") not in BARE_REASONS
    return row["status"] in ("completed", "refused") or by_business


def _ending(row: Row) -> tuple[str, str, int]:
    return str(row["status"]), str(row.get("reason") or ""), int(row.get("amount_cents") or 0)


def _compared(row: Row) -> tuple[str, str, int]:
    """Its ending; for a race without who won it."""
    status, reason, price = _ending(row)
    lost_or_won = row.get("expected") == races.FIRST_COME and (reason or status) in races.ENDINGS
    return (races.FIRST_COME, "", price) if lost_or_won else (status, reason, price)


def _said(by_arm: Mapping[str, Row]) -> str:
    row = next(iter(by_arm.values()))
    said = "; ".join(f"{arm} said {' '.join(map(str, _ending(each)))}" for arm, each in by_arm.items())
    return f"order {row['index']} of seed {row['seed']}: {said}"
