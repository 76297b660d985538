"""What a conductor's journal says of an order against what the stores say: one history, whoever wrote it down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from benchmarks.checkers.book import Book, Check, Wrong, verdict
from benchmarks.checkers.records import DECIDED_BY, GIVEN_BACK, Row, Story

UNDOING = frozenset(DECIDED_BY[kind][1] for kind in GIVEN_BACK)
"""Operations whose yes and no are one event: it says how much was given back."""


def one_history(book: Book) -> Check:
    """An operation stands at most once in an order's journal, and with the answer that its store gave.

    A no may be unknown to the store: what is barred or too late is refused without a mark. Journals of orders that
    are dropped by now are not looked at: they stay a moment longer than the order.
    """
    wrong, looked_at = [], 0
    for row in book.of_kind("journal"):
        story = book.stories.get(str(row["order_id"]))
        if story and story.answers:
            looked_at += 1
            wrong += [Wrong(objection, story) for objection in _objections(row, story)]
    fine = f"{looked_at:,} journals tell each operation once, as the stores do"
    return verdict("one_history", book, wrong, fine, looked_at, "journal")


def _objections(row: Row, story: Story) -> Iterator[str]:
    times = Counter(str(operation) for operation, _, _ in row["answers"])
    for operation, count in times.items():
        if count > 1:
            by = " and ".join(dict.fromkeys(str(by) for name, _, by in row["answers"] if name == operation))
            yield f"{operation} stands {count} times in its journal, written by {by}"
    for operation, accepted, by in row["answers"]:
        answer = story.answers.get(str(operation))
        if operation not in UNDOING and accepted != bool(answer and answer.accepted):
            said = "accepted" if accepted else "refused"
            yield f"{operation} was {said} says the journal, written by {by}, and the store says otherwise"
