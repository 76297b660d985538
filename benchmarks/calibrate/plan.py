"""What a calibration does: starts, pairs of blocks, rates, the delay and the loss that are put in. Data only."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from benchmarks.plan import Block, Experiment, Phase, blocks
from compose.arm import Arm

EXPERIMENT = "calibrate"
QUESTION = "Can this instrument be trusted on this machine?"
STARTS, STARTS_LEAST, STARTS_MAX = 4, 3, 50  # of the lab; fewer than 3 are no verdict anywhere in the lab
SAME, DELAY, LOSS, OVERHEAD = "same", "delay", "loss", "overhead"
"""The parts: each in a lab of its own."""

TWIN = ".b"
NULL, NULL_SEEN = "nothing", "nothing-looked-at"
"""A door that does nothing, under two names: with and without an arm's processes to be looked at."""

LEAVES_S = 8.0  # a lab's start and end, a load's start, the records


@dataclass(frozen=True, slots=True)
class Calibration:
    """All figures of a calibration. Its rate is that of `harmony run latency`, or what an arm carries with ease."""

    starts: int = STARTS
    pairs: int = 10  # in one start, so that the lab's own rule may speak of it
    block_s: float = 1.0
    warmup_s: float = 1.0
    rate: float = 60.0
    delay_ms: float = 5.0  # put into `operation` of the twin
    operation: str = "charge"
    service: str = "payment"
    loss_orders: float = 800.0  # of each arm, on average, so that 700 are accepted: none of so many lost is 1 in 1,100
    loss_rate: float = 90.0  # nothing is timed there
    loss_deadline_s: float = 2.0  # a lost order is waited for until then
    null_pairs: int = 5
    orders_least: float = 30.0  # in a block, on average: an arm with a lower rate has longer blocks

    def rate_of(self, arm: Arm) -> float:
        """Orders a second to it and to its twin."""
        return min(self.rate, arm.easy_rate)

    def block_s_of(self, arm: Arm) -> float:
        """How long its blocks are."""
        return max(self.block_s, self.orders_least / self.rate_of(arm))

    def loss_of(self, arm: Arm) -> tuple[float, float]:
        """Rate and seconds of the planted loss: as many orders of a slow arm as of a quick one."""
        rate = min(self.loss_rate, 1.5 * arm.easy_rate)
        return rate, self.loss_orders / rate

    def seconds(self, arms: Iterable[Arm]) -> float:
        """About how long it takes."""
        some = list(arms)
        pairs_s = sum(2 * (self.warmup_s + self.pairs * self.block_s_of(arm) * 1.12) for arm in some)  # 1.12: gaps
        known = (self.starts + 1) * (pairs_s + LEAVES_S)
        loss = sum(self.loss_of(arm)[1] + self.loss_deadline_s + 2 for arm in some) + LEAVES_S
        return known + loss + 2 * self.null_pairs * self.block_s * 1.1 + LEAVES_S / 2


def twin(arm: Arm) -> Arm:
    """The same arm once more, under a name of its own: it shares nothing with the first but the code."""
    return replace(arm, name=f"{arm.name}{TWIN}")


def arm_of(name: str) -> str:
    """The arm that a twin is, too."""
    return name.removesuffix(TWIN)


def twins(arm: str) -> tuple[str, str]:
    """A and B."""
    return arm, f"{arm}{TWIN}"


def twin_blocks(
    plan: Calibration, arms: Mapping[str, Arm], seed: int, part: str, start: int, first: int
) -> tuple[Block, ...]:
    """One start's blocks: the twins of each arm by turns (A B B A), arm after arm, numbered from `first`."""
    laid_out: list[Block] = []
    for name, arm in arms.items():
        rate = plan.rate_of(arm)
        phases = (
            Phase("warmup", plan.warmup_s, rate, orders="warmup"),
            Phase("measure", plan.block_s_of(arm), rate, plan.pairs),
        )
        laid_out += _in_turn(phases, twins(name), _seed(seed, part, start, name))
    return tuple(_numbered(laid_out, first, start, plan.pairs))


def loss_blocks(plan: Calibration, arms: Mapping[str, Arm], seed: int, first: int) -> tuple[Block, ...]:
    """A block for each arm, with orders of its own."""
    laid_out: list[Block] = []
    for name, arm in arms.items():
        rate, seconds = plan.loss_of(arm)
        laid_out += _in_turn((Phase("measure", seconds, rate),), (name,), _seed(seed, "loss", 0, name))
    return tuple(_numbered(laid_out, first, 0, 1))


def null_blocks(plan: Calibration, seed: int, first: int) -> tuple[Block, ...]:
    """The door that does nothing, with and without processes to be looked at, by turns."""
    phases = (
        Phase("warmup", plan.warmup_s, plan.rate, orders="warmup"),
        Phase("measure", plan.block_s, plan.rate, plan.null_pairs),
    )
    laid_out = _in_turn(phases, (NULL, NULL_SEEN), _seed(seed, "null", 0, ""))
    return tuple(_numbered(laid_out, first, 0, plan.null_pairs))


def _in_turn(phases: tuple[Phase, ...], names: Sequence[str], seed: int) -> tuple[Block, ...]:
    return blocks(Experiment(EXPERIMENT, QUESTION, phases), names, seed)


def _numbered(laid_out: Sequence[Block], first: int, start: int, pairs: int) -> Iterator[Block]:
    for number, block in enumerate(laid_out, first):
        yield replace(block, block=number, restart=start, pair=start * pairs + block.pair)


def _seed(seed: int, part: str, start: int, arm: str) -> int:
    return random.Random(f"calibrate:{seed}:{part}:{start}:{arm}").getrandbits(31)
