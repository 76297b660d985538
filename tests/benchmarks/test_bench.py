"""The bench says "about" where it is not sure, asks both sides for the same, and knows what a batch must change."""

from __future__ import annotations

import pytest

from benchmarks.bench.batch import Batch
from benchmarks.bench.books import Sums, expected, worth
from benchmarks.bench.orders import SOUND, Orders
from benchmarks.bench.ratio import Ratio, ratio
from benchmarks.bench.row import Row, Verdict, all_of, at_least, at_most

SEED, SKUS = 7, 100
COUNT = 500
CLEAR, BARE, SHORT, MISSED = Verdict(True), Verdict(True, True), Verdict(False, True), Verdict(False)


def between(low: float, value: float, high: float) -> Ratio:
    return Ratio(value, low, high, 10)


def test_a_goal_inside_the_interval_is_met_about_whichever_side_the_mean_is_on() -> None:
    assert at_least(between(8.3, 8.5, 8.8), 8) == CLEAR
    assert at_least(between(7.9, 8.1, 8.4), 8) == BARE
    assert at_least(between(7.6, 7.9, 8.2), 8) == SHORT
    assert at_least(between(6.7, 6.9, 7.1), 8) == MISSED
    assert at_most(between(2.4, 2.5, 2.6), 3) == CLEAR
    assert at_most(between(2.4, 3.1, 3.6), 3) == SHORT


def test_a_single_pair_has_no_interval_to_be_in_doubt_by() -> None:
    assert at_least(ratio([9.0], [1.0]), 8) == CLEAR


@pytest.mark.parametrize(
    ("verdicts", "together"),
    [
        ((CLEAR, CLEAR), CLEAR),
        ((CLEAR, BARE), BARE),
        ((BARE, SHORT), SHORT),
        ((BARE, MISSED), MISSED),
        ((SHORT, MISSED), MISSED),
    ],
)
def test_of_several_goals_a_clear_miss_decides_and_a_doubt_is_a_doubt_of_all(
    verdicts: tuple[Verdict, ...], together: Verdict
) -> None:
    assert all_of(*verdicts) == together
    assert all_of(*reversed(verdicts)) == together


def test_a_row_keeps_the_doubt_and_what_was_open_with_its_figures() -> None:
    batch = Batch(200, 1.0, {"redis": 10.0, "order-1": 30.0}, True, open=150)
    told = Row("G0", "?", "", "", SHORT, batches={"an arm": [batch]}).as_row()
    assert (told["met"], told["about"]) == (False, True)
    assert told["batches"]["an arm"][0] | {"open": 150, "orders": 200} == told["batches"]["an arm"][0]
    unmeasured = Row("G0", "?", "", "", None).as_row()
    assert (unmeasured["met"], unmeasured["about"]) == (None, False)


def test_refused_orders_are_closed_and_change_nothing_else() -> None:
    orders = Orders(SEED, SKUS, SOUND).orders(COUNT)
    served = [order for order in orders if worth(order).served]
    assert expected([worth(order) for order in orders]) == (COUNT, *expected([worth(order) for order in served])[1:])
    assert 0 < len(served) < COUNT


def test_a_batch_for_a_kill_has_every_kind_of_order_and_one_for_a_comparison_only_the_served() -> None:
    mixed, served = Orders(SEED, SKUS, SOUND), Orders(SEED, SKUS)
    refused = [worth(order).served for order in mixed.orders(COUNT)].count(0)
    assert set(mixed.drawn) == set(SOUND), f"seed {SEED}"
    assert refused == COUNT - mixed.drawn["completed"]
    assert all(each.served for each in served.posted(COUNT)[1])


def test_books_compare_what_was_counted_before_with_what_is_counted_now() -> None:
    orders = Orders(SEED, SKUS, SOUND).orders(COUNT)
    closed, units, cents, served, told = expected([worth(order) for order in orders])
    before = Sums(closed=7, units=10_000, cents=50, parcels=3, confirmations=3)
    after = Sums(7 + closed, 10_000 - units, 50 + cents, 3 + served, 3 + told)
    assert after.since(before) == expected([worth(order) for order in orders])
