"""What is done when: an experiment's phases, laid out as a row of blocks that takes the arms in turn.

Only data lives here. Who sends the load is `openloop.py`, who injects the faults is `injected.py`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Literal

Kind = Literal["warmup", "measure", "beside", "control", "fault"]
"""`measure` is where an experiment's own figures come from; `beside`: the same question under another condition."""

MEASURED: tuple[Kind, ...] = ("measure", "beside")
BLOCK_S, BLOCK_S_MAX = 1.5, 4.0
ORDERS_MIN = 30  # in a block: of so many, hardly ever fewer than the ten that a median of its own needs
CARRIED_S = 5.0  # a block whose orders take so much longer than its load has a rate that was not carried


@dataclass(frozen=True, slots=True)
class Fault:
    """Something done to a process of the arm under load, so many seconds after its block has begun."""

    what: Literal["kill"] = "kill"
    target: str = "payment-1"
    at_s: float = 3.0
    hold_s: float = 3.0  # how long it stays down before it is started again


@dataclass(frozen=True, slots=True)
class Injected:
    """Work that every operation pretends to do: log-normal, by its median (ms) and the spread of its logarithm.

    Drawn from the run's seed; see `common.work`.
    """

    median_ms: float
    sigma: float


@dataclass(frozen=True, slots=True)
class Phase:
    """`pairs` blocks of so many seconds for each arm, at this rate (orders a second).

    Phases with the same `orders` ask for the same orders at the same moments, pair by pair. `varied`: the phase is one
    of several conditions, told apart by their names; their pairs are mixed with those of the conditions next to them
    that have the same work, so that what drifts falls on all of them alike.
    """

    kind: Kind
    seconds: float
    rate: float
    pairs: int = 1
    scenario: str = "steady"
    faults: tuple[Fault, ...] = ()
    orders: str = "measure"
    traced: bool = False  # every order: to look at, and not to compare what orders cost
    arms: tuple[str, ...] = ()  # only these: others have no such process to do something to; (): all
    work: Injected | None = None
    varied: bool = False

    @property
    def condition(self) -> str:
        """`60/s`, `60/s with work`; "" where nothing is varied."""
        return f"{self.rate:g}/s{' with work' if self.work else ''}" if self.varied else ""

    def at(self, rate: float) -> Phase:
        """The same at another rate, in blocks long enough for it."""
        return replace(self, rate=rate, seconds=block_s(rate))


@dataclass(frozen=True, slots=True)
class Experiment:
    """A question, and what must be done to answer it. Between restarts the arms' processes are started anew."""

    name: str
    question: str
    phases: tuple[Phase, ...]
    arms: tuple[str, ...] = ("orchestration-http", "choreography-streams")
    restarts: int = 1
    as_asked: bool = False  # its rates are somebody's wish, whatever the arms carry with ease


@dataclass(frozen=True, slots=True)
class Block:
    """A load on one arm. Both blocks of a pair have the same seed: the same orders at the same moments."""

    arm: str
    block: int
    pair: int
    phase: Kind
    restart: int
    seed: int
    rate: float
    seconds: float
    scenario: str
    faults: tuple[Fault, ...] = ()
    traced: bool = False
    shape_s: float | None = None  # how long the scenario's shape takes; None: as long as the block
    condition: str = ""
    work: Injected | None = None


def blocks(experiment: Experiment, arms: Sequence[str], seed: int) -> tuple[Block, ...]:
    """All blocks of an experiment in the order in which they run, numbered from 0."""
    laid_out = (
        (restart, phase, pair, arm)
        for restart in range(experiment.restarts)
        for phase, pair, arm in _start(experiment, arms, f"{seed}:{restart}")
        if not phase.arms or arm in phase.arms
    )
    return tuple(
        Block(
            arm=arm,
            block=number,
            pair=restart * phase.pairs + pair,
            phase=phase.kind,
            restart=restart,
            seed=_seed(f"{seed}:{restart}:{phase.orders}:{pair}"),
            rate=phase.rate,
            seconds=phase.seconds,
            scenario=phase.scenario,
            faults=phase.faults,
            traced=phase.traced,
            condition=phase.condition,
            work=phase.work,
        )
        for number, (restart, phase, pair, arm) in enumerate(laid_out)
    )


def _start(experiment: Experiment, arms: Sequence[str], seed: str) -> Iterator[tuple[Phase, int, str]]:
    """What runs between two restarts: phase, pair and arm, in order."""
    for (varied, _), group in groupby(experiment.phases, lambda phase: (phase.varied, phase.work)):
        phases = list(group)
        if varied:
            yield from _mixed(phases, arms, seed)
            continue
        for phase in phases:
            yield from ((phase, pair, arm) for pair, arm in in_turn(arms, phase.pairs, f"{seed}:{phase.kind}"))


def _mixed(phases: Sequence[Phase], arms: Sequence[str], seed: str) -> Iterator[tuple[Phase, int, str]]:
    """The pairs of several phases, each phase's spread over the whole: one pair somewhere in each of its equal parts.

    Both blocks of a pair stay together, and the pairs of a phase in their order.
    """
    placed = []
    for number, phase in enumerate(phases):
        dice = random.Random(f"mixed:{seed}:{phase.condition}")
        turns = in_turn(arms, phase.pairs, f"{seed}:{phase.condition}")
        for pair, turn in groupby(turns, lambda turn: turn[0]):
            placed.append(((pair + dice.random()) / phase.pairs, number, pair, [arm for _, arm in turn]))
    for _, number, pair, its_arms in sorted(placed):
        yield from ((phases[number], pair, arm) for arm in its_arms)


def block_s(rate: float) -> float:
    """How long a block of this rate takes: long enough for a median of its own, as long as that is not too long."""
    return min(BLOCK_S_MAX, max(BLOCK_S, ORDERS_MIN / rate))


def carried(seconds: float, started_ms: float, ended_ms: float) -> bool:
    """Whether a block's orders were closed soon enough after its load to say that its rate was carried."""
    return (ended_ms - started_ms) / 1000 <= seconds + CARRIED_S


def in_turn(arms: Sequence[str], pairs: int, seed: str) -> Iterator[tuple[int, str]]:
    """(pair, arm): every pair has each arm once, and every second pair mirrors the one before it: A B B A.

    Whatever drifts slowly (heat, memory, a neighbour) then falls on all arms alike.
    """
    dice = random.Random(f"turns:{seed}")
    turn = list(arms)
    for pair in range(pairs):
        if pair % 2 == 0:
            dice.shuffle(turn)
        yield from ((pair, arm) for arm in (turn if pair % 2 == 0 else reversed(turn)))


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What the load generator is handed: the blocks, and where to find the doors and the processes."""

    doors: Mapping[str, str]
    processes: Mapping[str, Sequence[str]]  # arm -> names of all whose CPU time an order costs
    blocks: tuple[Block, ...]
    status: str | None  # file that says which processes an arm has now; see costs.py
    censor_s: float  # how long after its last arrival a block may wait for orders to close
    catalogue_seed: int
    skus: int
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)  # arm -> further doors: all are asked in turn

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> LoadPlan:
        """Read what `write` wrote. Raises OSError, ValueError, KeyError or TypeError when it is none."""
        plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**plan | {"blocks": tuple(_block(block) for block in plan["blocks"])})


def _block(row: dict[str, Any]) -> Block:
    work = row.get("work")
    faults = tuple(Fault(**fault) for fault in row["faults"])
    return Block(**row | {"faults": faults, "work": Injected(**work) if work else None})


def _seed(text: str) -> int:
    return random.Random(f"block:{text}").getrandbits(31)
