"""When nothing is killed, every arm gives the same answers to the same orders."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx

from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.local.client import LabClient

SEED, ORDERS, AT_ONCE = 5, 80, 8  # this seed has every kind among its first 80


def test_the_same_seed_gives_the_same_refusals_and_the_same_completed_orders_in_every_arm(lab: LabClient) -> None:
    answers = {arm: _answers(state["door"]) for arm, state in lab.status()["arms"].items()}
    first = next(iter(answers.values()))
    assert len(Counter(first.values())) == 5, f"not every kind of end: {Counter(first.values())}"
    assert all(each == first for each in answers.values()), {arm: Counter(a.values()) for arm, a in answers.items()}


def _answers(door: str) -> dict[int, tuple[str | int, str | None]]:
    """What became of each order: its status and reason, or the code by which the door turned it away."""
    workload = Workload(SEED, SCENARIOS["steady"], catalogue(Settings().seed))

    def placed(number: int) -> tuple[str | int, str | None]:
        headers = {"Content-Type": "application/json", "Prefer": "wait=9"}
        answer = client.post(f"{door}/orders", content=workload.order(number).body, headers=headers)
        if answer.status_code != 200:
            return answer.status_code, None
        return answer.json()["status"], answer.json()["reason"]

    with httpx.Client(timeout=15) as client, ThreadPoolExecutor(AT_ONCE) as customers:
        return dict(enumerate(customers.map(placed, range(ORDERS))))
