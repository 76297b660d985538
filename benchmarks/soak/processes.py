"""What an arm's processes hold, read from the operating system: memory, open files, connections, threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import psutil

from benchmarks.soak.sizes import Values

MIB = 2**20
MEASURES = ("rss_mib", "pss_mib", "files", "connections", "threads")


def look(processes: Sequence[Mapping[str, Any]]) -> tuple[Values, dict[str, int]]:
    """Measure -> process -> how much, the processes that it started included; and who has which pid.

    One that cannot be seen, such as the server of somebody else, is left out.
    """
    values: Values = {measure: {} for measure in MEASURES}
    lives: dict[str, int] = {}
    for each in processes:
        if each.get("pid"):
            with suppress(psutil.Error):
                for measure, amount in _family(int(each["pid"])).items():
                    values[measure][str(each["name"])] = amount
                lives[str(each["name"])] = int(each["pid"])
    return {measure: of for measure, of in values.items() if of}, lives


def _family(pid: int) -> dict[str, float]:
    parent = psutil.Process(pid)
    total = _one(parent)
    for child in parent.children(recursive=True):
        with suppress(psutil.Error):  # it has just left
            its = _one(child)
            total = {measure: amount + its.get(measure, 0.0) for measure, amount in total.items()}
    return {measure: round(amount, 3) for measure, amount in total.items()}


def _one(process: psutil.Process) -> dict[str, float]:
    with process.oneshot():
        memory = process.memory_full_info()
        seen = {
            "rss_mib": memory.rss / MIB,
            "files": float(process.num_fds()),
            "connections": float(len(process.net_connections(kind="inet"))),
            "threads": float(process.num_threads()),
        }
    proportional = getattr(memory, "pss", None)  # only Linux knows it
    return seen if proportional is None else seen | {"pss_mib": proportional / MIB}
