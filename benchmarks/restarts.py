"""Starts all processes of the arms anew between two parts of a run: a figure must not hang on one start's luck."""

from __future__ import annotations

import time
from collections.abc import Sequence

from compose.local.client import LabClient
from compose.local.errors import Trouble

READY_S_MAX = 20.0
LOOK_S = 0.05


def restart(lab: LabClient, arms: Sequence[str]) -> None:
    """Stop and start every process but the Redis servers; returns when all are ready. Raises Trouble."""
    names = [(arm, process["name"]) for arm in arms for process in _services(lab, arm)]
    for arm, name in names:
        lab.signal(arm, name, "stop")
    for arm, name in names:
        lab.signal(arm, name, "start")
    until = time.monotonic() + READY_S_MAX
    while waiting := [name for arm, name in names if _state(lab, arm, name) != "ready"]:
        if time.monotonic() > until:
            raise Trouble(f"{', '.join(waiting)} did not come back after a restart: the run's logs say why")
        time.sleep(LOOK_S)


def _services(lab: LabClient, arm: str) -> list[dict[str, str]]:
    return [process for process in lab.status()["arms"][arm]["processes"] if process["service"] != "redis"]


def _state(lab: LabClient, arm: str, name: str) -> str:
    return next(process["state"] for process in _services(lab, arm) if process["name"] == name)
