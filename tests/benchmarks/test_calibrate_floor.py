"""The noise floor: what it is made of, and that with it a thing is not called different from itself in later runs."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from scipy import stats

from benchmarks.calibrate.figures import reach_of_mean
from benchmarks.calibrate.floor import noise_floor, relative, starts_reach
from benchmarks.calibrate.records import Records
from benchmarks.calibrate.same import over_all
from benchmarks.statistics import compare, mean_over_blocks
from tests.benchmarks.calibrated import ARMS, Shape, write

P50 = "closed_ms_p50"
LATER = 150  # runs of a latency experiment, 3 starts of 7 blocks


def rows(path: Path, **changes: Any) -> list[dict[str, Any]]:
    return over_all(Records.read(write(path / "run", Shape(**changes))))


def row(**changes: Any) -> dict[str, Any]:
    return {"measure": P50, "value": 10.0, "difference": 0.1, "interval": [-0.2, 0.4], "starts_reach": 0.2} | changes


@pytest.mark.parametrize(
    ("made", "share"),
    [
        (row(), 0.03),
        (row(difference=-0.5), 0.05),
        (row(starts_reach=0.8), 0.08),
        (row(starts_reach=None), 0.03),
    ],
    ids=["half the interval", "what was seen", "the luck of starts", "no second start"],
)
def test_the_floor_is_the_largest_of_what_can_make_a_difference(made: dict[str, Any], share: float) -> None:
    assert relative([made]) == {P50: share}


def test_of_all_arms_the_largest_counts_and_what_was_not_seen_is_left_out() -> None:
    assert relative([row(), row(starts_reach=0.8), row(value=None)]) == {P50: 0.08}
    assert relative([row(interval=None)]) == {}


def test_a_difference_between_twins_is_in_the_floor(tmp_path: Path) -> None:
    assert relative(rows(tmp_path, extra_ms=1.0))[P50] > 0.08  # 1 ms of 9.5


def test_the_luck_of_starts_is_that_of_their_means(tmp_path: Path) -> None:
    records = Records.read(write(tmp_path / "run", Shape(start_spread=0.1)))
    pairs = records.pairs("same", ARMS[0])
    means = [
        fmean((pair.a.own(P50) or 0.0) - (pair.b.own(P50) or 0.0) for pair in pairs if pair.start == start)
        for start in range(4)
    ]
    expected = stats.t.ppf(0.975, 3) * np.std(means, ddof=1) / 3**0.5
    assert starts_reach(pairs, P50) == pytest.approx(expected)
    assert starts_reach([pair for pair in pairs if pair.start == 0], P50) is None


def test_starts_that_differ_raise_the_floor_of_every_measure_of_time(tmp_path: Path) -> None:
    still, shaken = (relative(rows(tmp_path / str(share), start_spread=share)) for share in (0.0, 0.1))
    assert shaken[P50] > still[P50] + 0.05
    assert shaken["closed_ms_p99"] > still["closed_ms_p99"] + 0.05  # pooled: the blocks are too small for it
    assert shaken["cpu_ms_per_order"] == still["cpu_ms_per_order"]


def test_a_floor_says_which_arms_it_comes_from(tmp_path: Path) -> None:
    records = Records.read(write(tmp_path / "run"))
    assert (noise_floor(records, over_all(records)) or {})["arms"] == list(ARMS)


@pytest.mark.parametrize("start_sd", [0.0, 0.05, 0.1])
def test_with_the_floor_a_later_run_seldom_calls_a_thing_different_from_itself(start_sd: float) -> None:
    wrong = 0
    for seed in range(LATER):
        dice = np.random.default_rng(seed)
        before, after = (_differences(dice, start_sd, *size) for size in ((4, 10), (3, 7)))
        seen = mean_over_blocks(before.ravel().tolist())
        reach = reach_of_mean(before.mean(axis=1).tolist(), 3)
        floor = relative([row(value=1.0, difference=seen.value, interval=seen.interval, starts_reach=reach)])[P50]
        wrong += compare([(each, 0.0) for each in after.ravel()], floor).verdict in ("lower", "higher")
    assert wrong / LATER < 0.09, f"start SD {start_sd:.0%}"


def _differences(dice: np.random.Generator, start_sd: float, starts: int, blocks: int) -> np.ndarray:
    """A less A, relative: start by start, block by block, each with a block SD of 10 % a side."""
    luck = dice.normal(0, start_sd * 2**0.5, (starts, 1))
    found: np.ndarray = luck + dice.normal(0, 0.1 * 2**0.5, (starts, blocks))
    return found
