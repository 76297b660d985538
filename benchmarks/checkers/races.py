"""Races for the last units of an item: who wins may differ between arms, how many win may not.

An order expected as `first_come` may end completed or out of stock. What is judged is that nobody was turned away while
there was enough, and that as many were served in every arm. That no more were sold than there are is `sums.py`'s.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from benchmarks.checkers.book import Book, Wrong
from benchmarks.checkers.records import Row, Story

FIRST_COME = "first_come"
ENDINGS = ("completed", "out_of_stock")

ByArm = Mapping[str, Row]


def raced(by_arm: ByArm) -> bool:
    """Whether an order, asked of these arms, was one of a race."""
    return any(row.get("expected") == FIRST_COME for row in by_arm.values())


def turned_away(book: Book, losers: Iterable[Story]) -> list[Wrong]:
    """Losers of a race who could have been served: at rest there is as much left as they wanted of everything.

    Units that another order gave back may have come too late for them; then nothing is said.
    """
    if not book.at_rest:
        return []
    left = {name: int(units) for row in book.of_kind("counters") for name, units in row["now"].items()}
    returned = {
        str(line["sku"])
        for story in book.stories.values()
        if story.given_back("InventoryReleased")
        for line in story.lines
    }
    return [
        Wrong("was refused as out of stock, and at rest there is enough of all it wanted", story)
        for story in losers
        if story.lines and all(_enough(line, left, returned) for line in story.lines)
    ]


def uneven(asked: Collection[tuple[Any, ByArm]], arms: int) -> tuple[list[Wrong], str]:
    """(seed, arm -> row) of orders that raced, and how many arms there are: seeds of which an arm served more, and a
    note.

    An order without an answer of the business may have held what another wanted. Then numbers are not compared.
    """
    if not asked:
        return [], ""
    if any(len(by_arm) < arms or any(_ending(row) not in ENDINGS for row in by_arm.values()) for _, by_arm in asked):
        return [], f"; {len(asked):,} raced for last units, not all were answered in every arm, so winners not compared"
    served: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for seed, by_arm in asked:
        for arm, row in by_arm.items():
            served[seed][arm] += row["status"] == "completed"
    wrong = [_served(seed, by_arm) for seed, by_arm in served.items() if len(set(by_arm.values())) > 1]
    winners = sum(max(by_arm.values()) for by_arm in served.values())
    return wrong, f"; {len(asked):,} of them raced for last units, and {winners:,} were served in every arm"


def _enough(line: Row, left: Mapping[str, int], returned: Collection[str]) -> bool:
    sku = str(line["sku"])
    return sku not in returned and left.get(f"stock:{sku}", 0) >= int(line["quantity"])


def _ending(row: Row) -> str:
    return str(row["status"] if row["status"] == "completed" else row.get("reason") or "")


def _served(seed: Any, by_arm: Mapping[str, int]) -> Wrong:
    told = ", ".join(f"{arm} served {number}" for arm, number in sorted(by_arm.items()))
    return Wrong(f"seed {seed}: of those who raced for the last units, {told}")
