"""The rows about orchestration-streams against peers that pass tasks on: taskiq (G3), a Celery canvas chain (G4).

The peers commit the same six effects by the same script. What they do not do is to their advantage: no journal of an
order, no compensation, no deadline, no dead letters.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from benchmarks.bench.chained import celery_chain, taskiq
from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import ratio
from benchmarks.bench.row import Row, Say, cost, equal
from benchmarks.bench.started import COMMANDS, lab
from benchmarks.bench.systems import Queued, System
from benchmarks.bench.turns import in_blocks, per_cpu_s

FED = "who opens our journals and who fills the peer's queue are not measured, Redis' share of both is"
UNLIKE = (
    "not fed alike: the peer's publisher sends one message at a time, while its workers run already;"
    " our journals are opened in full batches of 64, while the orchestrator and the services run already"
)


@dataclass(frozen=True, slots=True)
class Against:
    """A peer, how it is started, the goal, and what it does less than the arm."""

    peer: str
    started: Callable[[Orders, int], AbstractContextManager[Queued]]
    goal: float
    count: int  # orders a batch: some seconds of the slower side
    pairs: int
    lacks: str


TASKIQ = Against(
    "taskiq", taskiq, 8, 1_000, 10, "taskiq: acks after the next kick, no journal of an order, and nothing is undone"
)
CELERY = Against(
    "Celery",
    celery_chain,
    20,
    500,
    8,
    "Celery: late acks, no results; the rest of a chain is in its message: no journal, and nothing is undone",
)


async def g3(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against taskiq on its stream broker, each task kicking the next."""
    what = "orchestration-streams against taskiq (stream broker), each task kicks the next: orders per CPU-second"
    return await _row("G3", what, TASKIQ, orders, seed, say)


async def g4(orders: Orders, seed: int, say: Say) -> Row:
    """Orders per CPU-second against a Celery canvas chain, a solo worker for each service."""
    what = "orchestration-streams against a Celery canvas chain, a solo worker a service: orders per CPU-second"
    return await _row("G4", what, CELERY, orders, seed, say)


async def _row(name: str, what: str, against: Against, orders: Orders, seed: int, say: Say) -> Row:
    with lab(orders, seed, COMMANDS) as started, against.started(orders, seed) as peer:
        systems: dict[str, System] = {COMMANDS: started.fed(COMMANDS), against.peer: peer}
        batches = await in_blocks(systems, dict.fromkeys(systems, against.count), against.pairs, seed, say)
    found = ratio(*per_cpu_s(batches, *systems))
    figures = (Figure("orders per CPU-second", found, "≥", against.goal),)
    costs = (cost(system, each) for system, each in batches.items())
    notes = (*costs, equal(against.count, found.pairs), FED, UNLIKE, against.lacks)
    goal = f"≥ {against.goal:.0f}x"
    return Row(name, what, goal, f"{found.told()}x", judged(figures), against.peer, figures, batches, notes)
