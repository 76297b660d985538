"""What was announced against what was changed: no ghosts, no zombies, one order throughout.

A ghost is an event without its state change, a zombie a state change without its event.
"""

from __future__ import annotations

from collections import Counter

from benchmarks.checkers.book import Book, Check, Wrong, verdict
from benchmarks.checkers.records import DECIDED_BY, GIVEN_BACK, REFUSALS, Row, Story


def no_ghosts(book: Book) -> Check:
    """Every event is remembered, at its entry, by the store of its service, and its id is unique."""
    times = Counter(str(event["id"]) for event in book.events)
    wrong = []
    for event in book.events:
        story = book.stories[str(event["subject"])]
        ghostly = _ghostly(event, story, times[str(event["id"])])
        if ghostly:
            wrong.append(Wrong(ghostly, story))
    return verdict("no_ghosts", book, wrong, f"each of {len(book.events):,} events has its state change")


def no_zombies(book: Book) -> Check:
    """Every answer that a store remembers was announced on its stream, at the entry it names, as what it was.

    A yes goes by the event of a yes, a no by that of a no. Undoing has one event for both: it says how much.
    """
    announced = {(str(event["service"]), str(event["type"]), str(event["entry"])) for event in book.events}
    wrong, answers = [], 0
    for story in book.stories.values():
        for operation, answer in story.answers.items():
            if answer.type:
                answers += 1
                if (answer.service, answer.type, answer.entry) not in announced:
                    wrong.append(Wrong(f"{operation} was decided as {answer.type}, and not announced", story))
                elif answer.type not in GIVEN_BACK and answer.accepted == (answer.type in REFUSALS):
                    said = "accepted" if answer.accepted else "refused"
                    wrong.append(
                        Wrong(f"{operation} is remembered as {said}, and was announced as {answer.type}", story)
                    )
    return verdict("no_zombies", book, wrong, f"each of {answers:,} state changes has its event")


def one_order(book: Book) -> Check:
    """All events of an order carry the same order, and their own: no price or line changed on the way."""
    wrong = []
    for story in book.stories.values():
        carried = [(event.get("data") or {}).get("order") for event in story.events]
        if any(order != carried[0] for order in carried[1:]):
            wrong.append(Wrong("its events do not carry the same order", story))
        named = {str((order or {}).get("order_id")) for order in carried} - {story.order_id}
        if named:
            wrong.append(Wrong(f"its events carry an order named {' and '.join(sorted(named))}", story))
    return verdict("one_order", book, wrong, "no order changed on its way")


def _ghostly(event: Row, story: Story, times: int) -> str:
    operation = DECIDED_BY.get(str(event["type"]), ("", ""))[1]
    answer = story.answers.get(operation)
    if event["id"] != f"{event['subject']}/{operation}":
        return f"{event['type']} at {event['entry']} is named {event['id']}"
    if times > 1:
        return f"{event['id']} was announced {times} times"
    announced = (event["service"], event["type"], event["entry"])
    if answer and (answer.service, answer.type, answer.entry) == announced:
        return ""
    return f"{event['type']} at {event['entry']} is unknown to {event['service']}'s store"
