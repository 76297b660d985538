"""The plan of `latency`: rates mixed, work apart, as many blocks as a verdict needs; and its options."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from benchmarks.cli import app
from benchmarks.commands import latency_options
from benchmarks.experiments import latency
from benchmarks.plan import Block, Experiment, Injected, blocks, carried
from benchmarks.recording import parts
from benchmarks.runner import eased
from benchmarks.statistics import BLOCKS_MIN
from compose.arms import ARMS as ARMS_OF_THE_LAB

ARMS = ("orchestration-http", "choreography-streams")
SEED = 7
WORK = Injected(latency.WORK_MS, latency.SIGMA)
FIVE_MINUTES_S, PER_BLOCK_S, PER_START_S = 300, 0.3, 12


def measured(experiment: Experiment, seed: int = SEED) -> list[Block]:
    return [block for block in blocks(experiment, ARMS, seed) if block.condition]


def test_every_condition_has_the_blocks_that_a_verdict_needs_and_all_fit_into_five_minutes() -> None:
    planned = blocks(latency.EXPERIMENT, ARMS, SEED)
    each = list(dict.fromkeys(phase.condition for phase in latency.EXPERIMENT.phases if phase.varied))
    assert each == ["30/s", "60/s", "120/s", "60/s with work"]
    for name in each:
        of_one = [block for block in planned if (block.condition, block.arm) == (name, ARMS[0])]
        assert len(of_one) >= BLOCKS_MIN, name
        assert {block.restart for block in of_one} == {0, 1, 2}, name
        assert {block.work for block in of_one} == {WORK if name.endswith("work") else None}
    assert sum(block.condition == "60/s" for block in planned) == 2 * 21
    beside_s = PER_BLOCK_S * len(planned) + PER_START_S * latency.STARTS
    assert sum(block.seconds for block in planned) + beside_s < FIVE_MINUTES_S


@pytest.mark.parametrize("seed", range(10))
def test_rates_are_mixed_so_that_drift_falls_on_all_alike_and_pairs_stay_together(seed: int) -> None:
    for start in range(3):
        row = [block for block in measured(latency.EXPERIMENT, seed) if (block.restart, block.work) == (start, None)]
        together = [(first.pair, first.condition) == (second.pair, second.condition) for first, second in pairs_of(row)]
        assert all(together), f"seed {seed}"
        for name in ("30/s", "60/s", "120/s"):
            places = [at for at, block in enumerate(row) if block.condition == name]
            assert sum(places) / len(places) == pytest.approx((len(row) - 1) / 2, rel=0.3), f"{name}, seed {seed}"
        assert len({block.condition for block in row[:12]}) == 3, f"seed {seed}"


def pairs_of(row: list[Block]) -> list[tuple[Block, Block]]:
    return list(zip(row[::2], row[1::2], strict=True))


def test_both_arms_are_asked_the_same_in_each_condition_and_no_two_conditions_are() -> None:
    asked: dict[int, set[tuple[str, str, int]]] = {}
    for block in measured(latency.EXPERIMENT):
        asked.setdefault(block.seed, set()).add((block.arm, block.condition, block.pair))
    assert all(len(each) == 2 and len({which[1:] for which in each}) == 1 for each in asked.values())


def test_work_is_put_on_for_a_load_of_its_own_that_begins_with_a_warmup() -> None:
    loads = list(parts(blocks(latency.EXPERIMENT, ARMS, SEED)))
    assert [{block.work for block in load} for load in loads] == [{None}, {WORK}] * 3
    assert {load[0].phase for load in loads} == {"warmup"}


def test_rates_are_lowered_alike_for_an_arm_that_does_not_carry_them_with_ease() -> None:
    weak = {**ARMS_OF_THE_LAB, ARMS[0]: replace(ARMS_OF_THE_LAB[ARMS[0]], easy_rate=20.0)}
    lowered = eased(latency.EXPERIMENT, ARMS, weak)
    assert [phase.condition for phase in lowered.phases] == ["", "10/s", "20/s", "40/s", "", "20/s with work"]
    assert [phase.rate for phase in lowered.phases if not phase.varied] == [20.0, 20.0]
    least = min(phase.rate * phase.seconds for phase in lowered.phases if phase.varied)
    assert least == pytest.approx(30), "longer blocks, so that each has a median of its own"
    assert eased(latency.EXPERIMENT, ARMS) == latency.EXPERIMENT
    asked = latency.of((30.0, 90.0))
    assert eased(asked, ARMS, weak) == asked, "what somebody asks for is what is done"


def test_the_reference_is_sixty_or_the_middle_of_what_was_asked_for() -> None:
    assert latency.reference_of((120.0, 60.0, 30.0)) == 60.0
    assert latency.reference_of((200.0, 100.0, 50.0)) == 100.0
    assert latency.reference_of((90.0,)) == 90.0
    asked = latency_options.experiment("90,45", 5, 0)
    assert [(phase.condition, phase.kind, phase.pairs) for phase in asked.phases if phase.varied] == [
        ("45/s", "measure", 5),
        ("90/s", "beside", 5),
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--rates thirty", "is no number"),
        ("--rates 0", "above 0"),
        ("--rates -30", "above 0"),
        ("--rates nan", "above 0"),
        ("--rates 5000", "more than the load generator can send"),
        ("--rates inf", "more than the load generator can send"),
        ("--rates 1", "too few orders"),
        ("--rates ,", "takes 1 to 8 rates"),
        ("--blocks 0", "--blocks is 1 to 50"),
        ("--blocks 51", "--blocks is 1 to 50"),
        ("--work -1", "0 to 200 ms"),
        ("--work nan", "0 to 200 ms"),
        ("--work 201", "0 to 200 ms"),
    ],
)
def test_impossible_options_are_usage_errors(options: str, said: str) -> None:
    ended = CliRunner().invoke(app, ["run", "latency", *options.split()], env={"COLUMNS": "200", "TERM": "dumb"})
    assert ended.exit_code == 2
    assert said in " ".join(ended.output.replace("│", " ").split())


def test_options_of_another_experiment_are_usage_errors() -> None:
    ended = CliRunner().invoke(app, ["run", "demo", "--rates", "30"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert ended.exit_code == 2
    assert "--rates, --blocks and --work are for" in " ".join(ended.output.split())


def test_that_there_will_be_no_verdict_is_said_before_the_time_is_spent() -> None:
    few = latency_options.forewarning(latency.of(pairs=3))
    assert few == "No verdict will be given: 9 blocks a side, and it takes 10: --blocks 4 or more."
    assert latency_options.forewarning(latency.of(pairs=4)) is None
    assert latency_options.forewarning(latency.EXPERIMENT) is None


def test_a_rate_is_carried_when_its_orders_close_soon_after_the_load() -> None:
    assert carried(1.5, started_ms=1_000, ended_ms=1_000 + 1_500 + 4_000)
    assert not carried(1.5, started_ms=1_000, ended_ms=1_000 + 1_500 + 6_000)
