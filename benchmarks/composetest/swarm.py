"""Locust's containers, tried: its page is told to begin, its workers divide the load, and the arm is audited after."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

from benchmarks import checkers, history
from benchmarks.composetest.project import LOOK_S, Project
from compose.docker.load import FIRST_HOST, WORKER

ARM = "choreography-streams"  # whose door the page offers
RATE = 20.0
ANSWER_S, END_S = 10.0, 40.0
ACCEPTED = "accepted, from due"


@dataclass(slots=True)
class Swarmed:
    """What came of it."""

    workers: int = 0
    accepted: int = 0
    complaints: list[str] = field(default_factory=list)


def swarmed(project: Project, seconds: float) -> Swarmed:
    """Send load from the page for so long, let it end in order, and audit the arm that got it."""
    page = HTTPConnection("127.0.0.1", project.form.page, timeout=ANSWER_S)
    begin = {"user_count": 1, "spawn_rate": 1, "host": FIRST_HOST, "rate": RATE, "seed": 7, "scenario": "steady"}
    _asked(page, "POST", "/swarm", urlencode(begin))
    time.sleep(seconds)
    _asked(page, "POST", "/stop")
    give_up = time.monotonic() + END_S
    while (told := _asked(page, "GET", "/stats/requests"))["state"] != "stopped" and time.monotonic() < give_up:
        time.sleep(LOOK_S)
    result = _judged(told, len(project.containers(WORKER)), seconds)
    snapshot = history.collect(project.auditor(ARM), ARM)
    checks = checkers.check(snapshot.events, snapshot.state, at_rest=True)
    result.complaints += [f"{check.id}: {check.detail}" for check in checks if not check.ok]
    return result


def _judged(told: dict[str, Any], workers: int, seconds: float) -> Swarmed:
    rows = {row["name"]: row for row in told["stats"]}
    accepted = rows.get(ACCEPTED, {"num_requests": 0})["num_requests"]
    result = Swarmed(len(told.get("workers", ())), accepted)
    if result.workers != workers:
        result.complaints.append(f"{result.workers} of {workers} workers have joined")
    if accepted < seconds * RATE / 2:
        result.complaints.append(f"{accepted} orders were accepted in {seconds:g} s at {RATE:g} a second")
    failed = {name: row["num_failures"] for name, row in rows.items() if row["num_failures"]}
    result.complaints += [f"{count} of {name!r} failed" for name, count in failed.items() if name != "Aggregated"]
    return result


def _asked(page: HTTPConnection, method: str, path: str, body: str = "") -> dict[str, Any]:
    page.request(method, path, body or None, {"Content-Type": "application/x-www-form-urlencoded"})
    answer = page.getresponse().read()
    told: dict[str, Any] = json.loads(answer)
    return told
