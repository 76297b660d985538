"""The sums: what the counters say against what the orders say. All but the first hold at rest only."""

from __future__ import annotations

from collections import Counter

from benchmarks.checkers.book import Book, Check, Wrong, verdict

COUNTING = ("inventory", "payment", "shipping", "notification")


def never_below_zero(book: Book) -> Check:
    """No counter falls below zero: nothing is sold that is not there, no money given that was not taken."""
    seen = [
        (row["service"], name, int(value)) for row in book.of_kind("counters") for name, value in row["now"].items()
    ]
    wrong = [Wrong(f"{service}: {name} is {value}") for service, name, value in seen if value < 0]
    wrong += [each for service in COUNTING for each in book.counters_missing(service)]
    fine = f"none of {len(seen):,} counters of stock, money, parcels and messages is below zero"
    return verdict("never_below_zero", book, wrong, fine, len(seen), "counters")


def stock(book: Book) -> Check:
    """Stock taken = stock of the completed orders, per SKU."""
    sold: Counter[str] = Counter()
    for story in book.completed():
        for line in story.lines:
            sold[str(line["sku"])] += int(line["quantity"])
    taken = {name.removeprefix("stock:"): -change for name, change in book.change("inventory").items()}
    wrong = book.counters_missing("inventory") + [
        Wrong(f"{sku}: {taken.get(sku, 0)} taken, completed orders hold {sold[sku]}")
        for sku in sorted({*taken, *sold})
        if taken.get(sku, 0) != sold[sku]
    ]
    units, orders = sum(sold.values()), len(book.completed())
    fine = f"{units:,} units taken, SKU by SKU those of {orders:,} completed orders"
    return verdict("stock", book, wrong, fine, book.touched("inventory"), "order that inventory knows")


def money(book: Book) -> Check:
    """Money taken = price of the completed orders = charges - refunds."""
    till = book.change("payment").get("till", 0)
    price = sum(story.amount_cents for story in book.completed())
    charges = sum(story.kinds.count("OrderPayed") * story.amount_cents for story in book.stories.values())
    refunds = sum(story.given_back("PaymentRefunded") for story in book.stories.values())
    wrong = book.counters_missing("payment")
    if till != price:
        wrong.append(Wrong(f"{till / 100:,.2f} taken, completed orders cost {price / 100:,.2f}"))
    if till != charges - refunds:
        net = (charges - refunds) / 100
        wrong.append(Wrong(f"{till / 100:,.2f} taken, charges less refunds are {net:,.2f}"))
    orders = len(book.completed())
    fine = f"{till / 100:,.2f} taken = price of {orders:,} completed orders = charges less refunds"
    return verdict("money", book, wrong, fine, book.touched("payment"), "order that payment knows")


def parcels(book: Book) -> Check:
    """Parcels on their way = shipped - recalled = completed orders."""
    out, completed = book.change("shipping").get("parcels", 0), len(book.completed())
    shipped = sum(story.kinds.count("OrderShipped") for story in book.stories.values())
    recalled = sum(story.given_back("ShipmentRecalled") for story in book.stories.values())
    wrong = book.counters_missing("shipping")
    if out != shipped - recalled:
        wrong.append(Wrong(f"{out} parcels are out, {shipped} shipped less {recalled} recalled"))
    if out != completed:
        wrong.append(Wrong(f"{out} parcels are out, {completed} orders are completed"))
    fine = f"{out:,} parcels out = {shipped:,} shipped - {recalled:,} recalled"
    return verdict("parcels", book, wrong, fine, book.touched("shipping"), "order that shipping knows")


def told_once(book: Book) -> Check:
    """Customers were told exactly as often as the events say."""
    change = book.change("notification")
    kinds = Counter(kind for story in book.stories.values() for kind in story.kinds)
    wrong = book.counters_missing("notification") + [
        Wrong(f"{change.get(counter, 0)} {counter}, {kinds[kind]} {kind} events")
        for counter, kind in (("confirmations", "CustomerNotified"), ("apologies", "CustomerApologised"))
        if change.get(counter, 0) != kinds[kind]
    ]
    confirmed, sorry = kinds["CustomerNotified"], kinds["CustomerApologised"]
    fine = f"{confirmed:,} confirmations and {sorry:,} apologies, none twice"
    return verdict("told_once", book, wrong, fine, book.touched("notification"), "customer that was told")
