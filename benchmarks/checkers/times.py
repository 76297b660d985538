"""Orders against their deadlines: none given up before it, none left open long after it."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.checkers.book import Book, Check, Wrong, verdict
from benchmarks.checkers.records import Story

MARGIN_MS = 5_000.0  # undoing has no deadline, but where nothing is broken it takes milliseconds: DESIGN's time of rest
CLOCKS_MS = 50.0  # the door stamps the deadline by its clock, the server the expiry: more is no rounding


def closed_in_time(book: Book) -> Check:
    """No order is given up before its deadline; each is closed soon after it, or after what was broken meanwhile.

    How late an order may be is known only where it was written down what was broken: in a run, not in a lab that
    people play with.
    """
    timed = [story for story in book.stories.values() if story.deadline_ms is not None]
    wrong = [Wrong(objection, story) for story in timed for objection in _objections(book, story)]
    late = "each closed by then, or soon after" if book.faults is not None else "when they closed was not judged"
    fine = f"none of {len(timed):,} orders was given up before its deadline; {late}"
    return verdict("closed_in_time", book, wrong, fine, len(timed), "order with a deadline")


def _objections(book: Book, story: Story) -> Iterator[str]:
    deadline_ms = story.deadline_ms or 0.0
    for expired in story.of_type("OrderExpired"):
        early_ms = deadline_ms - float(expired["time_ms"])
        asked = (expired.get("data") or {}).get("reason") == "asked"
        if early_ms > CLOCKS_MS and not asked:
            yield f"expired {early_ms:,.0f} ms before its deadline"
    closed_ms = story.first_ms("OrderCompleted", "OrderCancelled")
    if book.faults is not None and closed_ms is not None:
        late_ms = closed_ms - _closed_by(book, story, deadline_ms)
        if late_ms > 0:
            yield f"closed {late_ms + MARGIN_MS:,.0f} ms after its deadline, and nothing was broken by then"


def _closed_by(book: Book, story: Story, deadline_ms: float) -> float:
    """Until when it may be open: the deadline, or the end of what was broken while it was open, and the margin."""
    born_ms, by_ms = float(story.events[0]["time_ms"]), deadline_ms + MARGIN_MS
    for fault in sorted(book.faults or (), key=lambda fault: float(fault["onset_ms"])):
        ends = [fault[name] for name in ("end_ms", "restarted_ms", "ready_ms") if fault.get(name) is not None]
        end_ms = max(map(float, ends), default=float("inf"))
        if float(fault["onset_ms"]) <= by_ms and born_ms <= end_ms + MARGIN_MS:
            by_ms = max(by_ms, end_ms + MARGIN_MS)
    return by_ms
