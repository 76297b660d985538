"""Customers of one arm, honest and patient: they ask with a key, and again with the same key until they are answered.

Also the lab's own voice to a process: what it shall suffer from.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from benchmarks.rows import Row
from benchmarks.seeded.bugs import Bug, Trouble
from benchmarks.workload import Wish
from compose.local.errors import Trouble as LabTrouble

ANSWER_S, AGAIN_S, PATIENCE_S = 3.0, 0.1, 10.0
ACCEPTED, REFUSED = (200, 202), (400, 409, 413, 422)


def served(door: str, wishes: Sequence[Wish], keys: str, bug: Bug) -> list[Row]:
    """Every customer's row for the checkers, when all have been answered or have lost patience."""
    gap_s = bug.spread_s / len(wishes)
    headers = {} if bug.close_within_s is None else {"Prefer": f"close-within={bug.close_within_s}"}

    def one(position: int) -> Row:
        time.sleep((position + 1) * gap_s)  # who is paused from the beginning is paused by then
        return _served(door, wishes[position], {**headers, "Idempotency-Key": f"{keys}-{position}"}, bug.asks)

    with ThreadPoolExecutor(len(wishes)) as everybody:
        return list(everybody.map(one, range(len(wishes))))


def inject(url: str, token: str, trouble: Trouble) -> None:
    """Put a fault on a process. Raises Trouble when it will not have it."""
    try:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(f"{url}/faults", json=trouble.body(), headers=headers, timeout=ANSWER_S, trust_env=False)
    except httpx.TransportError as error:
        raise LabTrouble(f"{trouble.process} does not answer ({error}): its log may say why.") from error
    if answer.status_code != httpx.codes.CREATED:
        raise LabTrouble(f"{trouble.process} refuses {trouble}: {answer.text[:200]}")


def _served(door: str, wish: Wish, headers: dict[str, str], asks: int) -> Row:
    with httpx.Client(timeout=ANSWER_S, trust_env=False) as client:
        answers, taken_ms = [_answer(client, door, wish, headers)], time.time() * 1000
        answers += [_answer(client, door, wish, headers) for _ in range(asks - 1)]
    told = [str(answer["order_id"]) for answer in answers if answer]
    return {
        "index": wish.index,
        "order_id": told[0] if told else None,
        "told": told,
        "taken_ms": taken_ms if answers[0] else None,
        "expected": wish.expected,
        "amount_cents": wish.amount_cents,
    }


def _answer(client: httpx.Client, door: str, wish: Wish, headers: dict[str, str]) -> dict[str, Any] | None:
    """What the door says to an order that it takes in; None when it refuses it, or says nothing for too long."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            sent = {"Content-Type": "application/json", **headers}
            answer = client.post(f"{door}/orders", content=wish.body, headers=sent)
        except httpx.TransportError:
            time.sleep(AGAIN_S)
            continue
        if answer.status_code in ACCEPTED:
            taken: dict[str, Any] = answer.json()
            return taken
        if answer.status_code in REFUSED:
            return None
        time.sleep(AGAIN_S)
    return None
