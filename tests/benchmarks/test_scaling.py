"""The universal scalability law is found again where it was put in, and what cannot be told is not told."""

from __future__ import annotations

import math
import random

import pytest

from benchmarks.scaling import Law, fit

SIZES = (1, 2, 4)


def measured(
    law: Law, noise: float, starts: int = 4, seed: int = 7, bursts: int = 1, luck: float = 0.0
) -> dict[int, list[list[float]]]:
    """Size -> start -> its bursts. `luck`: the spread of what all bursts of a start share."""
    dice = random.Random(seed)

    def start(size: int) -> list[float]:
        its = dice.gauss(0, luck) if luck else 0.0
        return [law.at(size) * math.exp(its + dice.gauss(0, noise)) for _ in range(bursts)]

    return {size: [start(size) for _ in range(starts)] for size in SIZES}


@pytest.mark.parametrize("luck", [0.0, 0.08, 0.2])
def test_where_replicas_change_nothing_a_start_that_was_lucky_is_not_taken_for_their_effect(luck: float) -> None:
    false = 0
    for seed in range(200):
        found = fit(measured(Law(100, 1.0, 0.0), 0.08, 3, seed, bursts=4, luck=luck), draws=1)
        assert found
        _, interval = found.speedups[4]
        assert interval
        false += not interval[0] <= 1 <= interval[1]
    assert false <= 20  # 5 % of 200 are 10


@pytest.mark.parametrize("law", [Law(100, 0.2, 0.05), Law(50, 0.0, 0.1), Law(900, 0.9, 0.02), Law(10, 0.0, 0.0)])
def test_a_law_without_noise_is_found_again(law: Law) -> None:
    found = fit(measured(law, 0.0), draws=50)
    assert found
    assert (found.law.one, found.law.sigma, found.law.kappa) == pytest.approx((law.one, law.sigma, law.kappa), abs=1e-6)
    assert found.law.peak == pytest.approx(law.peak, rel=1e-3) or law.kappa == 0


def test_what_was_put_in_lies_in_the_interval_about_as_often_as_it_says() -> None:
    law, held = Law(200, 0.3, 0.08), {"sigma": 0, "kappa": 0, "band": 0}
    for seed in range(100):
        found = fit(measured(law, 0.08, seed=seed), seed=seed, draws=200)
        assert found
        low, high = found.band(4) or (0, 0)
        held["band"] += low <= law.at(4) <= high
        for name in ("sigma", "kappa"):
            low, high = getattr(found, f"{name}_interval")
            held[name] += low <= getattr(law, name) <= high
    assert all(count >= 88 for count in held.values()), held


def test_noise_as_large_as_the_effect_tells_neither_contention_nor_coherency() -> None:
    found = fit(measured(Law(200, 0.05, 0.01), 0.3))
    assert found
    assert not found.sigma_told
    assert not found.kappa_told
    assert found.speedups[4][1] is not None


def test_a_throughput_that_falls_has_coherency_and_a_peak_and_contention_is_never_more_than_all() -> None:
    found = fit({1: [[400], [410], [395], [405]], 2: [[380], [390], [385], [375]], 4: [[250], [260], [255], [245]]})
    assert found
    assert found.kappa_told
    assert found.law.sigma <= 1
    assert found.peak_interval
    assert found.peak_interval[1] < 4
    times, interval = found.speedups[4]
    assert interval
    assert interval[0] < times < interval[1] < 1


def test_with_one_start_of_each_there_is_a_law_and_no_interval_and_with_two_sizes_none() -> None:
    once = fit({1: [[100, 99]], 2: [[150, 151]], 4: [[180]]})
    assert once
    assert (once.sigma_interval, once.kappa_interval, once.band(2)) == (None, None, None)
    assert not once.sigma_told
    assert (once.points, once.starts) == (5, {1: 1, 2: 1, 4: 1})
    assert fit({1: [[100], [101]], 2: [[150], [151]]}) is None
    assert fit({1: [[100]], 2: [[150]], 4: [[0.0]]}) is None
