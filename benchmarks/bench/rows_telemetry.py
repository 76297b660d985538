"""The row about what telling costs (G10): metrics and traces at their default, and every order traced, over none."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks.bench.batch import Batch
from benchmarks.bench.figure import Figure, judged
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate, ratio
from benchmarks.bench.row import Row, Say, cost, equal
from benchmarks.bench.started import COMMANDS, EVENTS, HTTP, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks, per_order

OFF, USUAL, ALL = "no telemetry", "metrics, 1 order in 100 traced", "metrics, every order traced"
PAIRS = 10


@dataclass(frozen=True, slots=True)
class _Arm:
    """How it is measured, and what telling may cost it: over none, at the default and with every order traced."""

    name: str
    count: int
    in_flight: int
    usual_max: float
    all_max: float


ARMS = (_Arm(EVENTS, 1_000, 1_000, 1.25, 3.5), _Arm(COMMANDS, 1_000, 1_000, 1.25, 3.5), _Arm(HTTP, 300, 32, 1.15, 2.0))


async def g10(orders: Orders, seed: int, say: Say) -> Row:
    """CPU per order with metrics and traces, over that of the same arm without."""
    batches: dict[str, list[Batch]] = {}
    found: dict[str, tuple[Estimate, Estimate]] = {}
    figures: list[Figure] = []
    for arm in ARMS:
        measured = await _measured(arm, orders, seed, say)
        batches |= {f"{arm.name}, {name}": each for name, each in measured.items()}
        usual, everything = _dearer(measured, USUAL), _dearer(measured, ALL)
        found[arm.name] = usual, everything
        figures.append(Figure(f"{arm.name}, {USUAL}", usual, "≤", arm.usual_max))
        figures.append(Figure(f"{arm.name}, {ALL}", everything, "≤", arm.all_max))
    return Row(
        "G10",
        "metrics and traces over no telemetry at all, the same arm: CPU per order",
        "≤ 1.25x on streams, ≤ 1.15x over HTTP; every order traced ≤ 3.5x, ≤ 2x",
        "; ".join(f"{arm} {usual.told()}x, {everything.told()}x" for arm, (usual, everything) in found.items()),
        judged(figures),
        "itself, no telemetry",
        tuple(figures),
        batches,
        (
            *(cost(name, each) for name, each in batches.items()),
            *(f"{arm.name}: {equal(arm.count, PAIRS)}, {arm.in_flight} in flight, with its door" for arm in ARMS),
        ),
    )


async def _measured(arm: _Arm, orders: Orders, seed: int, say: Say) -> dict[str, list[Batch]]:
    with ExitStack() as stack:
        systems: dict[str, System] = {}
        for name, knobs in ((OFF, {"telemetry": "off"}), (USUAL, {}), (ALL, {"trace_share": 1.0})):
            started = stack.enter_context(lab(orders, seed, arm.name, **knobs))
            systems[name] = started.doored(arm.in_flight, arm.name)
        return await in_blocks(systems, dict.fromkeys(systems, arm.count), PAIRS, seed, say)


def _dearer(batches: dict[str, list[Batch]], name: str) -> Estimate:
    return ratio(*per_order(batches, name, OFF))
