"""The independent checker: rows of a run in, verdicts on the invariants out. It shares no code with services.

A checker is a small pure function of a `Book`: of each order (`effects`, `legality`), of what was announced
(`announcements`), of the sums (`sums`), of deadlines (`times`), of journals (`journals`), of what customers were told
(`customers`). `records` knows formats.
"""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.checkers.announcements import no_ghosts, no_zombies, one_order
from benchmarks.checkers.book import Book, Check, Checker
from benchmarks.checkers.customers import (
    as_asked,
    asked_again,
    dead_letters,
    every_order_closed,
    honest_refusals,
    same_answer,
)
from benchmarks.checkers.effects import all_or_nothing, given_back_fits, legal_history, single_charge
from benchmarks.checkers.journals import one_history
from benchmarks.checkers.records import Row, stories
from benchmarks.checkers.sums import money, never_below_zero, parcels, stock, told_once
from benchmarks.checkers.times import closed_in_time

__all__ = ["AGAINST_LOAD", "AT_ANY_TIME", "AT_REST", "Check", "check", "same_answer"]

AT_ANY_TIME: tuple[Checker, ...] = (
    never_below_zero,
    single_charge,
    all_or_nothing,
    given_back_fits,
    no_ghosts,
    no_zombies,
    legal_history,
    one_order,
    closed_in_time,
)
AT_REST: tuple[Checker, ...] = (stock, money, parcels, told_once, every_order_closed, one_history, dead_letters)
AGAINST_LOAD: tuple[Checker, ...] = (honest_refusals, as_asked, asked_again)


def check(
    events: Iterable[Row],
    state: Iterable[Row],
    orders: Iterable[Row] | None = None,
    at_rest: bool = True,
    faults: Iterable[Row] | None = None,
) -> list[Check]:
    """Judge the rows of one arm. `orders` are its load rows (what customers were told), when there are any.

    `faults` are the arm's rows of what was broken on purpose; None: nobody knows, so delays are not judged.
    With `at_rest` False only what must hold at any time is judged, and each detail says so.
    """
    events, state = list(events), list(state)
    load = None if orders is None else list(orders)
    broken = None if faults is None else list(faults)
    book = Book(stories(events, state), events, state, load, at_rest, broken)
    checkers = [*AT_ANY_TIME, *(AT_REST if at_rest else ()), *(() if load is None else AGAINST_LOAD)]
    return [checker(book) for checker in checkers]
