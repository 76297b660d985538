"""Begins the watcher: tells it, and Prometheus, which processes there are. What it does then is its own business."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from typing import Any

from compose.arms import OWN
from compose.docker.names import AUDITOR, GIVEN, PORT, REDIS, REDIS_PORT, SCRATCH, TARGETS, host, secret, url
from compose.docker.settings import Observed

PROGRAM = "benchmarks.watcher"  # a program to become, and not a room to know
ITSELF = "watcher"
ALL = "all"


def main() -> None:
    """Write who is to be looked at, and become the watcher."""
    observed = Observed()
    names = list(OWN) if observed.arms == ALL else observed.arms.split(",")
    SCRATCH.mkdir(parents=True, exist_ok=True)
    config = SCRATCH / "watched.json"
    config.write_text(json.dumps({"arms": {name: watched(name) for name in names}}), encoding="utf-8")
    (TARGETS / "harmony.json").write_text(json.dumps(targets(names)), encoding="utf-8")
    (TARGETS / "watcher.json").write_text(json.dumps([{"targets": [f"{ITSELF}:{PORT}"]}]), encoding="utf-8")
    given = ["--config", str(config), "--host", observed.host, "--port", str(PORT)]
    os.execv(sys.executable, [sys.executable, "-m", PROGRAM, *given])


def watched(arm: str) -> dict[str, Any]:
    """An arm as the watcher's file has it. Its auditor's password stays in the secret."""
    redis = {
        "url": f"redis://{host(arm, REDIS)}:{REDIS_PORT}/0",
        "user": AUDITOR,
        "password_file": str(GIVEN / secret(arm, AUDITOR)),
    }
    services = (role.service for role in OWN[arm].roles)
    processes = {process(service): {"service": service, "url": url(arm, service)} for service in services}
    return {"redis": redis, "processes": processes}


def targets(arms: Iterable[str]) -> list[dict[str, Any]]:
    """What Prometheus is to ask, as its discovery by files wants it."""
    return [
        {
            "targets": [f"{host(arm, role.service)}:{PORT}"],
            "labels": {"arm": arm, "process": process(role.service)},
        }
        for arm in arms
        for role in OWN[arm].roles
    ]


def process(service: str) -> str:
    """Its name, as the local lab would call it: there is one for each role here."""
    return f"{service}-1"
