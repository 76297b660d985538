"""Customers of one arm, honest and patient: who gets no answer asks again with the same Idempotency-Key.

They remember what they were told, and ask once more when a round is over: the answer must be the same. When their
orders were closed they learn from the feed (`feed`).
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from benchmarks.rows import Row
from benchmarks.workload import Wish, Workload

ANSWER_S = 5.0
AGAIN_S = 0.2  # after a refused connection; a 503 says itself when
PATIENCE_S = 60.0
AT_ONCE_MAX = 20  # of those who ask once more: a check, and no load
ACCEPTED, REFUSED, AGAIN = (200, 202), (400, 409, 413, 422), (429, 503)


def now_ms() -> float:
    """Epoch ms, as the servers and the supervisor tell time."""
    return time.time() * 1000


@dataclass(slots=True, eq=False)
class Customer:
    """One customer with one order. `order_id` is None until the door has said yes; `told`: the ids in all answers."""

    wish: Wish
    key: str
    sent_ms: float
    order_id: str | None = None
    answered_ms: float | None = None
    http_status: int = 0
    tries: int = 0
    told: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether the order is one, and not a malformed request."""
        return self.wish.expected != "malformed"

    def as_row(self) -> Row:
        """For the checkers: what was wanted, and what was told."""
        return {
            "index": self.wish.index,
            "sent_ms": self.sent_ms,
            "accepted_ms": self.answered_ms if self.order_id else None,
            "order_id": self.order_id,
            "told": list(self.told),
            "http_status": self.http_status,
            "expected": self.wish.expected,
            "amount_cents": self.wish.amount_cents,
            "tries": self.tries,
        }


class Customers:
    """All who came, the oldest first. Use as an async context, which owns their connections."""

    def __init__(self, door: str, workload: Workload, keys: str, first: int) -> None:
        """`keys` begins every Idempotency-Key; `first` is the index of the first order."""
        self.all: list[Customer] = []
        self.answers: Counter[str] = Counter()
        self.next_index = first
        self._door, self._workload, self._keys = door, workload, keys
        self._asking: set[asyncio.Task[None]] = set()
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(timeout=ANSWER_S, limits=limits, trust_env=False)

    async def __aenter__(self) -> Customers:
        return self

    async def __aexit__(self, *_: object) -> None:
        for asking in self._asking:
            asking.cancel()
        await self._client.aclose()

    def come(self, count: int) -> None:
        """So many more come at once; each is served in its own time."""
        for _ in range(count):
            wish = self._workload.order(self.next_index)
            customer = Customer(wish, f"{self._keys}-{self.next_index}", now_ms())
            self.next_index += 1
            self.all.append(customer)
            asking = asyncio.create_task(self._served(customer))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)

    async def all_answered(self) -> None:
        """Return when nobody asks any more: all have an answer, or have lost patience."""
        while self._asking:
            await asyncio.wait(set(self._asking))

    async def ask_again(self, since_ms: float) -> None:
        """Everyone who has an order and came since then asks once more, with the same key."""
        room = asyncio.Semaphore(AT_ONCE_MAX)

        async def again(customer: Customer) -> None:
            async with room:
                await self._served(customer)

        who = [each for each in self.all if each.order_id and each.sent_ms >= since_ms]
        await asyncio.gather(*map(again, who))

    async def _served(self, customer: Customer) -> None:
        """Ask until there is an answer, or patience is lost."""
        give_up = time.monotonic() + PATIENCE_S
        while time.monotonic() < give_up:
            pause_s = await self._asked(customer)
            if customer.http_status in (*ACCEPTED, *REFUSED):
                return
            await asyncio.sleep(pause_s)

    async def _asked(self, customer: Customer) -> float:
        """Ask once. How long to wait before the next time, when there was no answer to live with."""
        customer.tries, customer.http_status = customer.tries + 1, 0
        headers = {"Content-Type": "application/json", "Idempotency-Key": customer.key}
        try:
            answer = await self._client.post(f"{self._door}/orders", content=customer.wish.body, headers=headers)
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            return AGAIN_S
        self.answers[str(answer.status_code)] += 1
        customer.http_status = answer.status_code
        if answer.status_code in ACCEPTED:
            customer.told.append(str(answer.json()["order_id"]))
            customer.order_id = customer.told[0]
        if customer.answered_ms is None and answer.status_code in (*ACCEPTED, *REFUSED):
            customer.answered_ms = now_ms()
        return _retry_after_s(answer.headers) if answer.status_code in AGAIN else AGAIN_S


def _retry_after_s(headers: Mapping[str, Any]) -> float:
    said = str(headers.get("Retry-After", ""))
    return float(said) if said.isdigit() else AGAIN_S
