"""Arrivals are drawn in advance: the same for a seed, Poisson unless said otherwise, apart from the orders."""

from __future__ import annotations

from itertools import pairwise

import pytest

from benchmarks.arrivals import arrivals_within

SEED, RATE, SECONDS = 7, 200.0, 100.0


def test_the_same_seed_has_the_same_arrivals() -> None:
    assert arrivals_within(SEED, RATE, "poisson", 5) == arrivals_within(SEED, RATE, "poisson", 5)
    assert arrivals_within(SEED, RATE, "poisson", 5) != arrivals_within(SEED + 1, RATE, "poisson", 5)


def test_a_longer_block_begins_with_the_arrivals_of_a_shorter_one() -> None:
    short, long = (arrivals_within(SEED, RATE, "poisson", seconds) for seconds in (3, 10))
    assert long[: len(short)] == short


def test_poisson_arrivals_come_at_their_rate_with_exponential_gaps() -> None:
    due = arrivals_within(SEED, RATE, "poisson", SECONDS)
    gaps = [after - before for before, after in pairwise(due)]
    mean = sum(gaps) / len(gaps)
    spread = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert len(due) == pytest.approx(RATE * SECONDS, rel=0.05), f"seed {SEED}"
    assert spread / mean == pytest.approx(1.0, abs=0.05), "an exponential gap's deviation equals its mean"


def test_constant_arrivals_are_evenly_spaced() -> None:
    due = arrivals_within(SEED, 10, "constant", 1.05)
    assert due == pytest.approx([0.1 * number for number in range(1, 11)])


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        arrivals_within(SEED, 0, "poisson", 1)
