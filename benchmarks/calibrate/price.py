"""What measuring itself costs, from the records: lateness, a door that does nothing, the load's own work, clocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.calibrate.plan import NULL, NULL_SEEN, OVERHEAD, SAME
from benchmarks.calibrate.records import Records, Seen
from benchmarks.judge.clocks import lateness, rounded
from benchmarks.statistics import Sample, mean_over_blocks, quantile

LOAD = "load"
OFFSET_MS_MAX = 1.0  # a tenth of what the quickest arm takes for an order


def price(records: Records) -> dict[str, Any]:
    """Plain figures, each null when it was not measured.

    `late_ms`: sent less due, against arms. `nothing_ms`: accepted less due at the door that does nothing. `load_*`: the
    load generator's own processor time against that door. `looking_*`: what looking at an arm's processes adds.
    """
    plain, looking = records.seen(OVERHEAD, NULL), records.seen(OVERHEAD, NULL_SEEN)
    told = next(iter(records.told(OVERHEAD)), {})
    cores = records.manifest["machine"]["cores"] or 1
    load, more = _ms_per_s(plain), _ms_per_s(looking)
    offsets = [value for each in records.told(SAME) for value in (each.get("clock_offset_ms") or {}).values()]
    return {
        "late_ms": lateness(records.rows(SAME)),
        "late_ms_nothing": lateness(row for seen in plain for row in seen.rows),
        "nothing_ms": _quantiles(plain),
        "nothing_orders": sum(len(seen.rows) for seen in plain),
        "load_cpu_ms_per_order": rounded(_per_order(plain)),
        "load_cpu_ms_per_s": rounded(load),
        "load_share_of_machine": None if load is None else round(load / 1000 / cores, 4),
        "looked_at": told.get("looked_at"),
        "looking_cpu_ms_per_s": None if load is None or more is None else rounded(more - load),
        "clock_offset_ms_max": max((abs(offset) for offset in offsets), default=None),
    }


def _quantiles(blocks: Sequence[Seen]) -> dict[str, float | None]:
    together = sum((seen.sample("accepted") for seen in blocks), Sample(()))
    shares = {"p50": 0.5, "p99": 0.99, "max": 1.0}
    return {name: rounded(quantile(together, share)) if together.count else None for name, share in shares.items()}


def _used(blocks: Sequence[Seen]) -> list[float] | None:
    used = [(seen.block.get("cpu_ms") or {}).get(LOAD) for seen in blocks]
    known = [each for each in used if each is not None]
    return known if known and len(known) == len(used) else None


def _per_order(blocks: Sequence[Seen]) -> float | None:
    used, orders = _used(blocks), sum(len(seen.rows) for seen in blocks)
    return sum(used) / orders if used is not None and orders else None


def _ms_per_s(blocks: Sequence[Seen]) -> float | None:
    used = _used(blocks)
    if used is None:
        return None
    spans = [float(seen.block["ended_ms"]) - float(seen.block["started_ms"]) for seen in blocks]
    return mean_over_blocks([each / span * 1000 for each, span in zip(used, spans, strict=True)]).value
