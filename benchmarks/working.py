"""Work that the operations of all arms pretend to do: put on every process before a part of the load, and off after.

What the work is, and how it is drawn, is in `common.work`. A process that is started anew forgets it, so it is looked
for once more when the load is over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from benchmarks.commands.asking import Unanswered, asked
from benchmarks.plan import Injected
from benchmarks.traffic import processes
from common.faults import EVERY, LASTS_S_MAX, WORK
from compose.local.client import LabClient
from compose.local.errors import Trouble

SPARE_S = 60.0  # for a load that takes longer than planned; then the work ends by itself


def put_on(lab: LabClient, arms: Sequence[str], work: Injected, seed: int, seconds: float) -> None:
    """On every process of these arms, for a load of so many seconds. Raises Trouble."""
    fault = {"fault": WORK, "operation": EVERY, "median_ms": work.median_ms, "sigma": work.sigma, "seed": seed}
    fault["for_s"] = min(LASTS_S_MAX, 2 * seconds + SPARE_S)
    for name, url in _processes(lab, arms):
        try:
            answer = asked("POST", f"{url}/faults", lab.token(), fault)
        except Unanswered as error:
            raise Trouble(f"{name} could not be told to pretend work: it does not answer ({error})") from error
        if answer.words:
            raise Trouble(f"{name} could not be told to pretend work: {answer.words}")


def take_off(lab: LabClient, arms: Sequence[str]) -> None:
    """Of every process that answers; one that does not is starting anew, or gone with its lab, and has none."""
    with suppress(Trouble):
        for _, url in _processes(lab, arms):
            with suppress(Unanswered):
                asked("DELETE", f"{url}/faults", lab.token())


def without(lab: LabClient, arms: Sequence[str], seed: int) -> list[str]:
    """Those of the processes in which the work of this seed is not on (any more)."""
    return [name for name, url in _processes(lab, arms) if not _has(lab, url, seed)]


def _has(lab: LabClient, url: str, seed: int) -> bool:
    try:
        faults = json.loads(asked("GET", f"{url}/faults", lab.token()).text)
    except (Unanswered, ValueError):
        return False
    return any(fault["fault"] == WORK and fault["seed"] == seed for fault in faults)


def _processes(lab: LabClient, arms: Sequence[str]) -> Iterator[tuple[str, Any]]:
    status = lab.status()
    for arm in arms:
        yield from ((f"{each['name']} of {arm}", each["url"]) for each in processes(status, arm))
