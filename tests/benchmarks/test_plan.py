"""Blocks take the arms in turn, both sides of a pair are asked the same, and a plan survives its file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.experiments import EXPERIMENTS
from benchmarks.plan import Experiment, LoadPlan, Phase, blocks
from benchmarks.recording import parts

ARMS = ("one", "other")
SEED = 7
TEN_PAIRS = Experiment("ten", "?", (Phase("measure", seconds=1, rate=10, pairs=10),), ARMS)


@pytest.mark.parametrize("seed", range(20))
def test_pairs_mirror_each_other_so_that_drift_falls_on_both_arms_alike(seed: int) -> None:
    row = [block.arm for block in blocks(TEN_PAIRS, ARMS, seed)]
    for at in range(0, len(row), 4):
        first, second, third, fourth = row[at : at + 4]
        assert (first, second) == (fourth, third), f"seed {seed}"
        assert first != second, f"seed {seed}"
    places = {arm: sum(at for at, name in enumerate(row) if name == arm) for arm in ARMS}
    assert places["one"] == places["other"], f"seed {seed}: both arms run as early and as late as the other"


def test_which_arm_begins_is_decided_by_the_seed() -> None:
    begins = Counter(blocks(TEN_PAIRS, ARMS, seed)[0].arm for seed in range(40))
    assert set(begins) == set(ARMS)
    assert blocks(TEN_PAIRS, ARMS, SEED) == blocks(TEN_PAIRS, ARMS, SEED)


def test_both_blocks_of_a_pair_and_no_others_have_the_same_orders() -> None:
    seeds: dict[int, set[int]] = {}
    for block in blocks(TEN_PAIRS, ARMS, SEED):
        seeds.setdefault(block.pair, set()).add(block.seed)
    assert all(len(each) == 1 for each in seeds.values())
    assert len(set.union(*seeds.values())) == 10


@pytest.mark.parametrize("name", ["blast-radius", "demo"])
def test_a_fault_and_its_control_have_the_same_orders(name: str) -> None:
    planned = blocks(EXPERIMENTS[name], EXPERIMENTS[name].arms, SEED)
    asked = {(block.phase, block.arm): block.seed for block in planned if block.phase in ("control", "fault")}
    assert len(asked) == 4
    assert len(set(asked.values())) == 1
    assert [block.faults for block in planned if block.phase == "control"] == [(), ()]


def test_restarts_repeat_the_phases_with_other_orders() -> None:
    planned = blocks(EXPERIMENTS["latency"], ARMS, SEED)
    measured = [block for block in planned if block.phase == "measure"]
    assert {block.restart for block in planned} == {0, 1, 2}
    assert len({(block.arm, block.pair) for block in measured}) == len(measured) == 42
    assert {block.condition for block in measured} == {"60/s"}
    assert len({block.seed for block in measured}) == 21


def test_blocks_are_numbered_and_a_load_generator_never_runs_across_a_restart() -> None:
    planned = blocks(EXPERIMENTS["latency"], ARMS, SEED)
    assert [block.block for block in planned] == list(range(len(planned)))
    assert [len({block.restart for block in part}) for part in parts(planned)] == [1, 1, 1] * 2


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    planned = blocks(EXPERIMENTS["demo"], ARMS, SEED)
    plan = LoadPlan(
        {"one": "http://127.0.0.1:1"}, {"one": ["redis"]}, planned, None, censor_s=15, catalogue_seed=7, skus=10
    )
    plan.write(tmp_path / "plan.json")
    assert LoadPlan.read(tmp_path / "plan.json") == plan
