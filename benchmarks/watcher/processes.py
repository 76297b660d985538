"""Who is up, and what was done to whom: from the supervisor's status and history, or from the processes themselves."""

from __future__ import annotations

import http.client
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from benchmarks.watcher.metrics import FAULT, STARTS, UP, Sample, told
from benchmarks.watcher.source import Process, Watched

READY = "ready"
REDIS = "redis"
ASK_S = 0.5
VISIBLE_MS = 3_000  # a kill with an immediate restart is over before the next scrape, and would never be seen
FAULTS = {"killed": "kill", "paused": "pause", "stopped": "stop"}
ENDS = {"kill": ("ready",), "pause": ("resumed", "died"), "stop": ("ready",)}

Downs = Mapping[tuple[str, str], set[str]]
"""(arm, process) -> the faults that it suffers from."""


def look(watched: Watched, downs: Downs) -> Iterator[Sample]:
    """A process that is not ready is 0, with its state."""
    for each, state in zip(watched.processes, _states(watched.processes), strict=True):
        yield told(UP, each.name, each.service, state, value=float(state == READY))
        for fault in ENDS:
            active = fault in downs.get((watched.arm.name, each.name), ())
            if each.state is not None:
                yield told(FAULT, fault, each.name, each.service, value=float(active))
        if each.starts is not None:
            yield told(STARTS, each.name, each.service, value=each.starts)


def _states(processes: Sequence[Process]) -> list[str]:
    """As their keeper knows them; without one all are asked at once, since one that hangs takes its time."""
    if all(each.state is not None for each in processes):
        return [str(each.state) for each in processes]
    with ThreadPoolExecutor(len(processes)) as asking:
        return list(asking.map(asked_state, processes))


def asked_state(process: Process) -> str:
    """`ready` or `down`, asked of the process itself."""
    address = urlsplit(process.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=ASK_S)
    try:
        connection.request("GET", "/health/ready")
        return READY if connection.getresponse().status == 200 else "down"
    except (OSError, http.client.HTTPException):
        return "down"
    finally:
        connection.close()


def downs(history: Iterable[Mapping[str, Any]], now_ms: float) -> dict[tuple[str, str], set[str]]:
    """Which faults last, or began so lately that nobody may have seen them yet."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    lately: dict[tuple[str, str], set[str]] = {}
    for entry in history:
        who, event = (entry["arm"], entry["process"]), entry["event"]
        lasting = found.setdefault(who, {})
        for fault in [fault for fault in lasting if event in ENDS[fault]]:
            del lasting[fault]
        if event in FAULTS:
            lasting[FAULTS[event]] = entry["at_ms"]
            if now_ms - entry["at_ms"] < VISIBLE_MS:
                lately.setdefault(who, set()).add(FAULTS[event])
    return {who: {*lasting, *lately.get(who, ())} for who, lasting in found.items() if lasting or who in lately}
