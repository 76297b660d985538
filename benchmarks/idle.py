"""What an arm uses while nobody orders anything: its processes tick, and an order's cost contains their ticking."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.costs import Meter

IDLE_S = 1.0  # some ten ticks of every timer in the lab; as long as a block


def idle_cpu_ms_per_s(processes: Mapping[str, Sequence[str]], status: Path) -> dict[str, float | None]:
    """Milliseconds of CPU a second of each arm at rest, all at the same time; None where a process cannot be seen.

    `processes`: arm -> the names of all that must be seen.
    """
    meters = {arm: Meter(arm, status, names) for arm, names in processes.items()}
    began_s = time.monotonic()
    for meter in meters.values():
        meter.start()
    time.sleep(IDLE_S)
    used = {arm: meter.stop() for arm, meter in meters.items()}
    passed_s = time.monotonic() - began_s
    return {arm: _sum(list(each.values()), passed_s) for arm, each in used.items()}


def _sum(used: Sequence[float | None], seconds: float) -> float | None:
    known = [each for each in used if each is not None]
    return round(sum(known) / seconds, 2) if used and len(known) == len(used) else None
