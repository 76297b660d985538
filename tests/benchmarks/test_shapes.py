"""A shape changes when orders are due and nothing else: counts, rates and crowds are those of the data, by the seed."""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import pytest

from benchmarks.arrivals import CROWD, CROWDED, arrivals, arrivals_within
from benchmarks.scenarios import SCENARIOS
from benchmarks.shapes import BURST, RAMP, SALE, STEPS, Leg, Shape
from benchmarks.shares import Share

SEED, RATE, SECONDS = 7, 200.0, 100.0
SHAPES = {"ramp": RAMP, "step": STEPS, "burst": BURST, "flash-sale": SALE}
SIGMAS = 4  # of a Poisson count: one in 16,000 falls outside
GAP_MAX = 1.63  # Kolmogorov's 1 % bound, over the root of how many there are


def within(expected: float) -> float:
    return SIGMAS * math.sqrt(expected)


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_as_many_orders_as_a_steady_load(name: str) -> None:
    due = arrivals_within(SEED, RATE, "poisson", SECONDS, SHAPES[name])
    assert len(due) == pytest.approx(RATE * SECONDS, abs=within(RATE * SECONDS)), f"seed {SEED}"
    assert list(due) == sorted(due)


@pytest.mark.parametrize("name", SHAPES)
def test_each_leg_has_the_orders_that_its_rate_says(name: str) -> None:
    due, began = arrivals_within(SEED, RATE, "poisson", SECONDS, SHAPES[name]), 0.0
    for leg in SHAPES[name].legs:
        ended = began + leg.part * SECONDS
        came, expected = sum(began <= each < ended for each in due), leg.arrivals * RATE * SECONDS
        assert came == pytest.approx(expected, abs=within(expected)), f"seed {SEED}, {leg}"
        began = ended


def test_inside_a_ramp_the_rate_rises_evenly() -> None:
    due = arrivals_within(SEED, RATE, "poisson", SECONDS, RAMP)
    parts = [each / SECONDS for each in due]
    come_by = [0.2 * part + 0.8 * part**2 for part in parts]  # the integral of 0.2 to 1.8, written out
    apart = max(abs(share - (number + 0.5) / len(due)) for number, share in enumerate(come_by))
    assert apart < GAP_MAX / math.sqrt(len(due)), f"seed {SEED}"


@pytest.mark.parametrize("name", SHAPES)
def test_gaps_are_exponential_where_time_is_counted_in_orders_expected(name: str) -> None:
    """What makes it an inhomogeneous Poisson process, and not only one with the right mean."""
    shape = SHAPES[name]
    due = arrivals_within(SEED, RATE, "poisson", SECONDS, shape)
    gaps = [after - before for before, after in pairwise(expected_by(shape, each) for each in due)]
    mean = sum(gaps) / len(gaps)
    spread = math.sqrt(sum((gap - mean) ** 2 for gap in gaps) / len(gaps))
    assert mean == pytest.approx(1, abs=SIGMAS / math.sqrt(len(gaps)))
    assert spread == pytest.approx(1, abs=2 * SIGMAS / math.sqrt(len(gaps)))  # its own error is about twice the mean's


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_seed_has_the_same_schedule_and_another_seed_another(name: str) -> None:
    scenario = SCENARIOS[name]
    one, same, other = (
        arrivals_within(seed, 40, scenario.arrivals, 10, scenario.shape) for seed in (SEED, SEED, SEED + 1)
    )
    assert one == same
    assert (one != other) == (scenario.arrivals != "constant")


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("senders", [2, 3, 5])
def test_the_shares_of_any_number_of_senders_add_up_to_the_schedule(name: str, senders: int) -> None:
    scenario = SCENARIOS[name]
    due = arrivals_within(SEED, 40, scenario.arrivals, 10, scenario.shape)
    shares = [
        [each for index, each in enumerate(due) if Share(number, senders).has(index)] for number in range(senders)
    ]
    assert sorted(each for share in shares for each in share) == list(due)


def test_a_load_without_end_bursts_again_and_stays_at_the_top_of_a_ramp() -> None:
    burst = counted(arrivals_until(BURST, 5.0, 50.0), 5.0)
    assert all(burst[number] == pytest.approx(RATE * 5, abs=within(RATE * 5)) for number in range(10))
    ramp = counted(arrivals_until(RAMP, 5.0, 50.0), 5.0)
    assert all(ramp[number] == pytest.approx(RATE * 9, abs=within(RATE * 9)) for number in range(1, 10))


def test_crowds_come_at_once_and_far_apart() -> None:
    due = arrivals_within(SEED, 50, "crowds", 20)
    assert len(due) == 20 * CROWD
    for number in range(20):
        crowd = due[number * CROWD : (number + 1) * CROWD]
        assert crowd[-1] - crowd[0] <= CROWDED * CROWD / 50
        assert all(number + 0.5 <= each <= number + 0.5 + CROWDED for each in crowd)


def test_a_shape_that_would_bend_the_meaning_of_a_rate_cannot_be_made() -> None:
    for legs in ((Leg(1, 1, 2),), (Leg(0.5, 1, 1),), (Leg(0.5, 0.0, 1), Leg(0.5, 1, 2)), ()):
        with pytest.raises(ValueError, match="shape"):
            Shape(legs)


@pytest.mark.parametrize("rate", [0, -1, math.inf, math.nan])
def test_a_rate_that_cannot_be_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        arrivals(SEED, rate, "poisson")


@pytest.mark.parametrize("seconds", [0, -1, math.inf, math.nan])
def test_a_length_that_cannot_be_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        arrivals_within(SEED, RATE, "poisson", seconds, RAMP)


def expected_by(shape: Shape, due_s: float) -> float:
    """The integral of the rate up to this moment, leg by leg."""
    left, come = due_s / SECONDS, 0.0
    for leg in shape.legs:
        into = min(left, leg.part)
        come += into * leg.start + (leg.end - leg.start) / leg.part * into**2 / 2
        left -= into
    return come * RATE * SECONDS


def arrivals_until(shape: Shape, shape_s: float, seconds: float) -> tuple[float, ...]:
    return arrivals_within(SEED, RATE, "poisson", seconds, shape, shape_s)


def counted(due: tuple[float, ...], length_s: float) -> Counter[int]:
    return Counter(int(each // length_s) for each in due)
