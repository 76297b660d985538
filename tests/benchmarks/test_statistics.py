"""The statistics are calibrated here: what they call a difference is one, and what they call doubt is enough."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.statistics import (
    Sample,
    compare,
    compare_unpaired,
    curve,
    mean_over_blocks,
    orders_needed,
    over_blocks,
    quantile,
    sign_flip,
    student_interval,
    theil_sen,
    welch,
)

EXPERIMENTS = 400
SEED = 20_261_123


def paired_blocks(dice: np.random.Generator, blocks: int, shift: float = 0.0) -> list[tuple[float, float]]:
    """Pairs as PERFORMANCE 6 saw them: block medians about 8 ms apart by 10 % inside a drift that both share."""
    drift = dice.normal(0, 2, blocks)
    left, right = (8 + drift + dice.normal(0, 0.6, blocks) for _ in range(2))
    return [(float(a) + shift, float(b)) for a, b in zip(left, right, strict=True)]


@pytest.mark.parametrize("blocks", [10, 20])
def test_a_thing_compared_with_itself_differs_in_five_percent_of_experiments(blocks: int) -> None:
    dice = np.random.default_rng(SEED + blocks)
    found = sum(compare(paired_blocks(dice, blocks)).verdict in ("lower", "higher") for _ in range(EXPERIMENTS))
    # 400 trials at 5 %: between 8 and 34 in 99.9 % of all seeds
    assert 8 <= found <= 34, f"{found} of {EXPERIMENTS} with seed {SEED}"


def test_the_sign_flip_agrees_with_the_nominal_rate() -> None:
    dice = np.random.default_rng(SEED)
    p_values = [compare(paired_blocks(dice, 10)).p_value for _ in range(EXPERIMENTS)]
    found = sum(p is not None and p <= 0.05 for p in p_values)
    assert 6 <= found <= 34, f"{found} of {EXPERIMENTS} with seed {SEED}"


def test_a_known_shift_lies_in_the_interval_as_often_as_promised() -> None:
    dice = np.random.default_rng(SEED)
    intervals = [compare(paired_blocks(dice, 12, shift=5.0)).interval for _ in range(EXPERIMENTS)]
    covered = sum(interval is not None and interval[0] <= 5.0 <= interval[1] for interval in intervals)
    assert 0.925 <= covered / EXPERIMENTS <= 0.975, f"{covered} of {EXPERIMENTS} with seed {SEED}"


def test_a_known_shift_is_found_with_its_sign() -> None:
    dice = np.random.default_rng(SEED)
    assert compare(paired_blocks(dice, 20, shift=2.0)).verdict == "higher"
    assert compare(paired_blocks(dice, 20, shift=-2.0)).verdict == "lower"


@given(
    st.lists(st.floats(0, 1e6), max_size=60),
    st.integers(0, 20),
    st.floats(0.01, 0.999),
)
def test_a_quantile_is_a_value_that_so_many_do_not_exceed(values: list[float], censored: int, share: float) -> None:
    sample = Sample(values, censored)
    found = quantile(sample, share) if sample.count else None
    if found is None:
        assert len(values) < share * sample.count + 1
    else:
        assert found in values
        assert sum(value <= found for value in values) >= share * sample.count - 1e-6


def test_a_quantile_among_the_unfinished_is_not_reached() -> None:
    sample = Sample([float(ms) for ms in range(1, 91)], censored=10)
    assert quantile(sample, 0.9) == 90.0
    assert quantile(sample, 0.95) is None
    assert curve(sample, (0.5, 0.9, 0.99)) == [(0.5, 50.0), (0.9, 90.0), (0.99, None)]


def test_the_unfinished_are_never_dropped_from_a_median() -> None:
    survivors, all_of_them = Sample([1.0, 2.0, 3.0]), Sample([1.0, 2.0, 3.0], censored=3)
    assert quantile(survivors, 0.5) == 2.0
    assert quantile(all_of_them, 0.5) == 3.0


def test_a_p99_needs_five_hundred_orders_in_its_block() -> None:
    assert [orders_needed(share) for share in (0.5, 0.9, 0.99)] == [10, 50, 500]
    small, large = Sample([float(n) for n in range(499)]), Sample([float(n) for n in range(500)])
    assert (over_blocks([small] * 3, 0.99).how, over_blocks([small] * 3, 0.99).interval) == ("pooled", None)
    assert over_blocks([large] * 3, 0.99).how == "blocks"


def test_a_block_that_does_not_reach_its_quantile_leaves_the_figure_unknown() -> None:
    fine, broken = Sample([1.0] * 20), Sample([1.0] * 5, censored=15)
    assert over_blocks([fine, broken], 0.5).value is None


def test_no_blocks_and_one_block_have_no_interval() -> None:
    assert (mean_over_blocks([]).value, over_blocks([], 0.5).value) == (None, None)
    assert (mean_over_blocks([3.0]).value, mean_over_blocks([3.0]).interval) == (3.0, None)
    assert (compare([]).verdict, compare([(1.0, 2.0)]).verdict) == ("no verdict", "no verdict")
    assert (compare([]).difference, compare([(1.0, 2.0)]).difference) == (None, -1.0)
    assert sign_flip([]) is None


def test_fewer_than_ten_blocks_print_what_they_see_and_give_no_verdict() -> None:
    seen = compare([(9.0, 1.0), (9.1, 1.0), (9.2, 1.1)] * 3)
    assert (seen.verdict, seen.blocks) == ("no verdict", 9)
    assert seen.interval is not None


def test_blocks_of_fewer_than_three_starts_print_what_they_see_and_give_no_verdict() -> None:
    pairs = [(9.0 + 0.1 * n, 1.0) for n in range(12)]
    assert compare(pairs).verdict == "higher"
    for starts in (1, 2):
        seen = compare(pairs, starts=starts)
        assert (seen.verdict, seen.blocks) == ("no verdict", 12)
        assert seen.interval is not None


def test_a_verdict_needs_the_sign_flip_to_agree_with_the_interval() -> None:
    dice = np.random.default_rng(SEED)
    seen = [compare(paired_blocks(dice, 10, shift=0.6)) for _ in range(EXPERIMENTS)]
    split = [each for each in seen if each.interval and each.interval[0] > 0 and (each.p_value or 0) > 0.05]
    assert split
    assert {each.verdict for each in split} == {"no difference shown"}


def test_equal_blocks_show_no_difference() -> None:
    seen = compare([(4.0, 4.0)] * 12)
    assert (seen.difference, seen.interval, seen.verdict) == (0.0, (0.0, 0.0), "no difference shown")
    assert seen.p_value == 1.0


def test_a_difference_under_the_noise_floor_of_the_machine_is_not_shown() -> None:
    pairs = [(1.0 + 0.01 * n, 0.5) for n in range(12)]
    assert compare(pairs).verdict == "higher"
    assert compare(pairs, floor=1.0).verdict == "no difference shown"


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), max_size=24))
def test_nothing_is_ever_not_a_number(pairs: list[tuple[float, float]]) -> None:
    seen = compare(pairs)
    figures = [seen.difference, seen.p_value, *(seen.interval or ())]
    assert all(figure is None or math.isfinite(figure) for figure in figures)


def test_student_s_interval_is_the_one_of_the_tables() -> None:
    interval = student_interval([1.0, 2.0, 3.0])
    assert interval == pytest.approx((2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)), rel=1e-5)


STARTS = 3
Blocks = list[list[float]]


def run_of(dice: np.random.Generator, centre: float, blocks: int = 7, spread: float = 2, between: float = 0) -> Blocks:
    """Block medians of a run, start by start; starts differ by `between`, blocks of one by `spread`."""
    return [[float(each) for each in dice.normal(dice.normal(centre, between), spread, blocks)] for _ in range(STARTS)]


def over_blocks_only(left: Blocks, right: Blocks) -> bool:
    """Whether Welch alone would call two runs different, with no eye on starts."""
    _, p_value = welch(*([value for start in side for value in start] for side in (left, right)))
    return p_value is not None and p_value < 0.05


@pytest.mark.parametrize(("blocks", "spread"), [(7, 2), (4, 5), (12, 1)])
def test_two_runs_of_a_thing_hardly_ever_differ(blocks: int, spread: float) -> None:
    """Blocks and starts both have to say so, so it is seldom that they do: never more than promised."""
    dice = np.random.default_rng(SEED)
    runs = [(run_of(dice, 8), run_of(dice, 8, blocks, spread)) for _ in range(EXPERIMENTS)]
    fooled = sum(over_blocks_only(a, b) for a, b in runs)
    assert 0.02 <= fooled / EXPERIMENTS <= 0.085, f"seed {SEED}: {fooled} of {EXPERIMENTS}"
    found = sum(compare_unpaired(*each).verdict != "no difference shown" for each in runs)
    assert found / EXPERIMENTS <= 0.05, f"seed {SEED}: {found} of {EXPERIMENTS}"


def test_starts_that_differ_among_themselves_do_not_make_two_runs_differ() -> None:
    dice = np.random.default_rng(SEED)
    runs = [(run_of(dice, 8, between=2), run_of(dice, 8, between=2)) for _ in range(EXPERIMENTS)]
    fooled = sum(over_blocks_only(a, b) for a, b in runs)
    assert fooled / EXPERIMENTS > 0.3, "blocks alone would be fooled, or this shows nothing"
    found = sum(compare_unpaired(*each).verdict != "no difference shown" for each in runs)
    assert found / EXPERIMENTS <= 0.07, f"seed {SEED}: {found} of {EXPERIMENTS}"


def test_a_known_shift_between_two_runs_is_found_with_its_sign_and_lies_in_the_interval() -> None:
    dice = np.random.default_rng(SEED)
    seen = [compare_unpaired(run_of(dice, 5), run_of(dice, 8)) for _ in range(EXPERIMENTS)]
    assert sum(each.verdict == "lower" for each in seen) / EXPERIMENTS > 0.85, f"seed {SEED}"
    inside = sum(each.interval is not None and each.interval[0] <= -3.0 <= each.interval[1] for each in seen)
    assert 0.92 <= inside / EXPERIMENTS <= 0.98, f"seed {SEED}"


def test_welch_s_interval_is_the_one_of_the_tables() -> None:
    """By hand: squared errors 0.1 and 2, so 2.1**2 / (0.01 / 4 + 4 / 4) = 4.40 degrees of freedom, t = 2.68."""
    estimate, p_value = welch([12.0, 13.0, 14.0, 13.0, 13.0], [8.0, 12.0, 10.0, 6.0, 14.0])
    assert estimate.value == pytest.approx(3.0)
    assert estimate.interval == pytest.approx((-0.884, 6.884), abs=0.001)
    assert p_value == pytest.approx(0.1009, abs=0.0005)


def test_two_runs_with_too_few_blocks_or_starts_print_what_they_see_and_give_no_verdict() -> None:
    many, few = [[1.0, 2.0, 3.0, 2.0]] * 3, [[11.0], [12.0], [13.0]]
    assert compare_unpaired(many, few).verdict == "no verdict"
    assert compare_unpaired(few, many).interval is not None
    assert compare_unpaired(many, [start * 6 for start in few[:2]]).verdict == "no verdict"
    assert compare_unpaired(many, [start * 4 for start in few]).verdict == "lower"
    assert compare_unpaired(many, [start * 4 for start in few], floor=10.5).verdict == "no difference shown"


@given(*[st.lists(st.lists(st.floats(-1e6, 1e6), max_size=5), max_size=4)] * 2)
@settings(max_examples=60, deadline=None)
def test_two_runs_never_give_a_figure_that_is_not_a_number(left: Blocks, right: Blocks) -> None:
    seen = compare_unpaired(left, right, blocks_min=1)
    assert (seen.difference is None) == (not any(left) or not any(right))
    figures = [seen.difference, seen.p_value, seen.p_starts, *(seen.interval or ())]
    assert all(math.isfinite(figure) for figure in figures if figure is not None)


def test_a_trend_is_the_one_of_scipy_where_moments_are_independent() -> None:
    from scipy import stats

    times, values = np.arange(60.0), np.random.default_rng(3).normal(size=60) + 0.02 * np.arange(60)
    trend, known = theil_sen(times.tolist(), values.tolist()), stats.theilslopes(values, times, 0.99)
    assert trend is not None
    assert trend.slope == pytest.approx(known.slope)
    assert trend.interval[0] <= known.low_slope < known.high_slope <= trend.interval[1]


def test_a_planted_trend_is_found_and_lies_in_its_interval() -> None:
    dice = np.random.default_rng(5)
    held = found = 0
    for _ in range(200):
        trend = theil_sen(range(60), (0.1 * np.arange(60) + dice.normal(size=60)).tolist(), 0.95)
        assert trend is not None
        held += trend.interval[0] <= 0.1 <= trend.interval[1]
        found += trend.interval[0] > 0
    assert held >= 180
    assert found >= 195


def test_what_stands_still_seems_to_grow_in_one_of_a_hundred_series_at_most_also_when_it_comes_in_waves() -> None:
    """The wave is a window over arrivals, as the length of a stream that is trimmed by age."""
    dice = np.random.default_rng(7)
    grown = 0
    for _ in range(400):
        waves = np.convolve(dice.poisson(1.5, 103), np.ones(8), "valid")
        trend = theil_sen(range(96), waves.tolist())
        grown += trend is not None and trend.interval[0] > 0
    assert grown <= 8


def test_a_trend_is_withheld_for_too_few_moments_and_one_without_change_is_exactly_none() -> None:
    assert theil_sen(range(19), [1.0] * 19) is None
    still = theil_sen(range(20), [4.0] * 20)
    assert still is not None
    assert (still.slope, still.interval, still.middle) == (0.0, (0.0, 0.0), 4.0)
