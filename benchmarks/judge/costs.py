"""What an order costs: processor time of every process of the arm and its Redis, memory, messages, bytes.

The load generator is not counted. A block where one process could not be seen has no figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.judge.run import Run
from benchmarks.rows import Row
from benchmarks.statistics import mean_over_blocks

COUNTED = ("messages_per_order", "messages_per_order_by_kind", "bytes_per_order", "journal_writes_per_order")


def block_cost(block: Row, rows: Sequence[Row], processes: Sequence[str]) -> dict[str, Any]:
    """A block's CPU per accepted order over these processes, and its memory."""
    accepted = sum(1 for row in rows if row.get("accepted_ms") is not None)
    used = block.get("cpu_ms") or {}
    return {
        "cpu_ms_per_order": _per_order({name: used.get(name) for name in processes}, accepted),
        "memory_mib": block.get("memory_mib"),
    }


def arm_cost(run: Run, arm: str) -> dict[str, Any]:
    """Means over the measured blocks, the interval of CPU, and how CPU falls to the processes."""
    blocks = run.blocks_of(arm, run.measured_phase)
    rows = [run.by_block.get(int(block["block"]), []) for block in blocks]
    names = run.processes(arm)
    costs = [block_cost(block, part, names) for block, part in zip(blocks, rows, strict=True)]
    cpu = mean_over_blocks(_whole([cost["cpu_ms_per_order"] for cost in costs]))
    counted = {name: run.ledger(arm).get(name) for name in COUNTED}  # once over the quiet blocks, not block by block
    return {
        "cpu_ms_per_order": None if cpu.value is None else round(cpu.value, 4),
        "cpu_ms_per_order_interval": None if cpu.interval is None else [round(end, 4) for end in cpu.interval],
        **counted,
        "memory_mib": _mean(costs, "memory_mib"),
        "idle_cpu_ms_per_s": _idle(run, arm),
        "idle_cpu_ms_per_order": _idle_per_order(_idle(run, arm), blocks, rows),
        "events_per_order": _events_per_order(run, arm),
        "cpu_ms_per_order_by_process": _by_process(blocks, rows),
    }


def _per_order(used: Any, accepted: int) -> float | None:
    """`used` is a figure, or one per process; unknown when any of them is, or when nobody was accepted."""
    parts = list(used.values()) if isinstance(used, Mapping) else [used]
    if not accepted or not parts or any(part is None for part in parts):
        return None
    return float(round(sum(parts) / accepted, 4))


def _whole(figures: Sequence[float | None]) -> list[float]:
    """All of them, or none when one is unknown: blocks left out in silence would be another run."""
    known = [figure for figure in figures if figure is not None]
    return known if len(known) == len(figures) else []


def _idle(run: Run, arm: str) -> float | None:
    """CPU of the arm without any order, ms per second, as measured before the blocks."""
    idle = (run.manifest.get("idle_cpu_ms_per_s") or {}).get(arm)
    return None if idle is None else float(idle)


def _idle_per_order(idle: float | None, blocks: Sequence[Row], rows: Sequence[Sequence[Row]]) -> float | None:
    """How much of an order's CPU would have been used without it, at the rate of the measured blocks."""
    accepted = sum(1 for part in rows for row in part if row.get("accepted_ms") is not None)
    if idle is None or not accepted:
        return None
    seconds = sum(float(block["ended_ms"]) - float(block["started_ms"]) for block in blocks) / 1000
    return round(idle * seconds / accepted, 4)


def _mean(costs: Sequence[Mapping[str, Any]], name: str) -> float | None:
    known = _whole([cost[name] for cost in costs])
    return round(sum(known) / len(known), 3) if known else None


def _by_process(blocks: Sequence[Row], rows: Sequence[Sequence[Row]]) -> dict[str, float | None]:
    """Process name -> CPU ms per order over all measured blocks; null when it was not seen in one of them."""
    accepted = sum(1 for part in rows for row in part if row.get("accepted_ms") is not None)
    names = dict.fromkeys(name for block in blocks for name in block.get("cpu_ms") or {})
    used = {name: [(block.get("cpu_ms") or {}).get(name) for block in blocks] for name in names}
    return {name: _per_order(dict(enumerate(each)), accepted) for name, each in used.items()}


def _events_per_order(run: Run, arm: str) -> float | None:
    """Events that the services logged for an accepted order of the measured blocks."""
    ids = {row["order_id"] for row in run.rows(arm, run.measured_phase) if row.get("order_id")}
    history = run.history.get(arm)
    if history is None or not ids:
        return None
    return round(sum(1 for event in history.events if event["subject"] in ids) / len(ids), 3)
