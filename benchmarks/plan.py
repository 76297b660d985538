"""What is done when: an experiment's phases, laid out as a row of blocks that takes the arms in turn.

Only data lives here. Who sends the load is `openloop.py`, who injects the faults is `injected.py`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["warmup", "measure", "control", "fault"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something done to a process of the arm under load, so many seconds after its block has begun."""

    what: Literal["kill"] = "kill"
    target: str = "payment-1"
    at_s: float = 3.0
    hold_s: float = 3.0  # how long it stays down before it is started again


@dataclass(frozen=True, slots=True)
class Phase:
    """`pairs` blocks of so many seconds for each arm, at this rate (orders a second).

    Phases with the same `orders` ask for the same orders at the same moments, pair by pair.
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


@dataclass(frozen=True, slots=True)
class Experiment:
    """A question, and what must be done to answer it. Between restarts the arms' processes are started anew."""

    name: str
    question: str
    phases: tuple[Phase, ...]
    arms: tuple[str, ...] = ("orchestration-http", "choreography-streams")
    restarts: int = 1


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


def blocks(experiment: Experiment, arms: Sequence[str], seed: int) -> tuple[Block, ...]:
    """All blocks of an experiment in the order in which they run, numbered from 0."""
    laid_out = (
        (restart, phase, pair, arm)
        for restart in range(experiment.restarts)
        for phase in experiment.phases
        for pair, arm in in_turn(arms, phase.pairs, f"{seed}:{restart}:{phase.kind}")
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
        )
        for number, (restart, phase, pair, arm) in enumerate(laid_out)
    )


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

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> LoadPlan:
        """Read what `write` wrote. Raises OSError, ValueError, KeyError or TypeError when it is none."""
        plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return cls(**plan | {"blocks": tuple(_block(block) for block in plan["blocks"])})


def _block(row: dict[str, Any]) -> Block:
    return Block(**row | {"faults": tuple(Fault(**fault) for fault in row["faults"])})


def _seed(text: str) -> int:
    return random.Random(f"block:{text}").getrandbits(31)
