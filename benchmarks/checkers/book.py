"""What a checker is given (a `Book`) and what it returns (a `Check`). Verdicts are worded here, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.checkers.records import Row, Story

EXAMPLES_MAX = 3  # a reader follows three stories, not three hundred


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: did it hold, over how many orders, what was seen, and which orders break it."""

    id: str
    ok: bool
    looked_at: int
    detail: str
    broken: frozenset[str] = frozenset()

    def as_row(self) -> dict[str, Any]:
        """For JSON: without the ids of the broken orders, which may be all of them."""
        return {"id": self.id, "ok": self.ok, "looked_at": self.looked_at, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Book:
    """Everything known of one arm. `orders` are rows of the customers' side, None when there are none.

    `faults` are what was broken on purpose, None when nobody wrote it down (a lab that people play with).
    """

    stories: Mapping[str, Story]
    events: Sequence[Row]
    state: Sequence[Row]
    orders: Sequence[Row] | None = None
    at_rest: bool = True
    faults: Sequence[Row] | None = None

    def of_kind(self, kind: str) -> list[Row]:
        """The state rows of a kind."""
        return [row for row in self.state if row["kind"] == kind]

    def change(self, service: str) -> dict[str, int]:
        """By how much each of a service's counters has changed since it was provisioned."""
        for row in self.of_kind("counters"):
            if row["service"] == service:
                was, now = row["initial"], row["now"]
                return {name: int(now.get(name, 0)) - int(was.get(name, 0)) for name in {*was, *now}}
        return {}

    def touched(self, service: str) -> int:
        """How many orders that service has announced anything of."""
        return sum(any(event["service"] == service for event in story.events) for story in self.stories.values())

    def counters_missing(self, service: str) -> list[Wrong]:
        """The objection that nobody read this service's counters; empty when they were read."""
        if any(row["service"] == service for row in self.of_kind("counters")):
            return []
        return [Wrong(f"the counters of {service} were not read")]

    def completed(self) -> list[Story]:
        """The stories that ended well."""
        return [story for story in self.stories.values() if story.status == "completed"]


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that breaks an invariant: a sentence, and the order it is about, if it is about one."""

    sentence: str
    story: Story | None = None

    def told(self) -> str:
        """The sentence, with the order's story."""
        return f"{self.sentence}: {self.story.told()}" if self.story else self.sentence


Checker = Callable[[Book], Check]


def verdict(
    name: str,
    book: Book,
    wrong: Sequence[Wrong],
    fine: str,
    looked_at: int | None = None,
    what: str = "orders",
) -> Check:
    """The check: failed with the shortest counter-examples, or passed with `fine`.

    `looked_at` counts what the rule touches. An arm without any order fails every check. A rule that touches nothing
    in an arm that has orders (nothing was undone, so no undoing can be wrong) did not fail: it is ok with zero looked
    at, says so, and must not be counted among the checks that held.
    """
    looked_at = len(book.stories) if looked_at is None else looked_at
    when = "" if book.at_rest else " (under load: only what must hold at any time)"
    if wrong:
        shortest = sorted(wrong, key=lambda each: len(each.story.events) if each.story else 0)
        told = " | ".join(each.told() for each in shortest[:EXAMPLES_MAX])
        broken = frozenset(each.story.order_id for each in wrong if each.story)
        return Check(name, False, looked_at, f"{len(wrong):,} wrong{when}. {told}", broken)
    if not looked_at and book.stories:
        return Check(name, True, 0, f"nothing to look at: no {what} among {len(book.stories):,} orders{when}")
    if not looked_at:
        return Check(name, False, 0, f"no {what} looked at, which is not a pass{when}")
    return Check(name, True, looked_at, fine + when)
