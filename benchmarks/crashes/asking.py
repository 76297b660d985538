"""Whoever asks the processes of one arm over HTTP: the customer at its door, and who puts faults on.

The customer is honest: without an answer it asks again, with the same Idempotency-Key; and once more when its order is
closed, to be told the same.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from benchmarks.crashes.kinds import Kind
from benchmarks.rows import Row
from compose.crashes import CrashPoint

ANSWER_S = 5.0
AGAIN_S = 0.05
LASTS_S = 60.0
GOOD, AGAIN = (200, 202), (429, 503)


class Refused(Exception):
    """An answer that is neither yes nor `ask again`. The text says which."""


class Asker:
    """One arm's door and processes. Use as a context, which owns the connections.

    `customers` is a row for each order that was asked for, as checkers want it: what was told, and what had to come.
    """

    def __init__(self, door: str, token: str) -> None:
        self._door = door
        self._client = httpx.Client(timeout=ANSWER_S, trust_env=False)
        self.customers: list[Row] = []
        self._asked: tuple[Kind, dict[str, str]] | None = None
        self._token = {"Authorization": f"Bearer {token}"}

    def __enter__(self) -> Asker:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def arm(self, url: str, point: CrashPoint) -> None:
        """Have the process at this address die there. Raises Refused."""
        self._fault(url, {"fault": "crash", "operation": point.operation, "point": point.point, "nth": 1})

    def slow(self, url: str, operation: str, delay_s: float) -> None:
        """Hold up a decision. Raises Refused."""
        self._fault(url, {"fault": "slow", "operation": operation, "delay_ms": delay_s * 1000})

    def clear(self, url: str) -> None:
        """No more faults there. Raises Refused."""
        self._told("DELETE", url, None)

    def _fault(self, url: str, fault: dict[str, Any]) -> None:
        self._told("POST", url, fault | {"for_s": LASTS_S})

    def _told(self, method: str, url: str, fault: dict[str, Any] | None) -> None:
        try:
            answer = self._client.request(method, f"{url}/faults", json=fault, headers=self._token)
        except httpx.TransportError as error:
            raise Refused(f"{url}/faults does not answer ({type(error).__name__})") from error
        if not answer.is_success:
            raise Refused(f"{url}/faults answers {answer.status_code}: {answer.text[:200]}")

    def place(
        self, kind: Kind, patience: float, goes_on: Callable[[], bool], meanwhile: Callable[[], None]
    ) -> str | None:
        """The id of a new order; None when there was none while it went on. Raises Refused.

        `meanwhile` is called before it is asked again.
        """
        self._asked = kind, {"Idempotency-Key": uuid.uuid4().hex} | kind.prefer(patience)
        self.customers.append(
            {"index": len(self.customers), "order_id": None, "told": [], "expected": kind.expected, "refused": False}
        )
        return self._told_id(goes_on, meanwhile)

    def place_again(self, goes_on: Callable[[], bool], meanwhile: Callable[[], None]) -> str | None:
        """As `place`, of the order placed last: what its customer is told when asking once more. Raises Refused."""
        return self._told_id(goes_on, meanwhile)

    def _told_id(self, goes_on: Callable[[], bool], meanwhile: Callable[[], None]) -> str | None:
        while self._asked and goes_on():
            order_id = self._answer(*self._asked, self.customers[-1])
            if order_id is not None:
                return order_id
            time.sleep(AGAIN_S)
            meanwhile()
        return None

    def _answer(self, kind: Kind, headers: dict[str, str], customer: Row) -> str | None:
        """Ask once; None when it must be asked again."""
        try:
            answer = self._client.post(f"{self._door}/orders", json=kind.body, headers=headers)
        except httpx.TransportError:
            return None
        if answer.status_code in GOOD:
            customer["told"].append(str(answer.json()["order_id"]))
            customer["order_id"] = customer["told"][0]
            return str(customer["told"][-1])
        if answer.status_code not in AGAIN:
            customer["refused"] = True
            raise Refused(f"the door answers {answer.status_code}: {answer.text[:200]}")
        return None

    def order(self, order_id: str) -> dict[str, Any] | None:
        """The order as its customer sees it; None while the door is away, or does not know it yet."""
        page: dict[str, Any] | None = self._page(f"/orders/{order_id}")
        return page

    def told(self, order_id: str) -> list[str] | None:
        """The types of its events, oldest first; None while the door is away."""
        rows = self._page(f"/orders/{order_id}/events")
        return None if rows is None else [str(row["type"]) for row in rows]

    def _page(self, path: str) -> Any:
        try:
            answer = self._client.get(f"{self._door}{path}")
        except httpx.TransportError:
            return None
        return answer.json() if answer.status_code == 200 else None


def closed_ms(order: dict[str, Any]) -> float | None:
    """When an order was closed, in epoch ms; None while it is open."""
    at = order["closed_at"]
    return None if at is None else datetime.fromisoformat(at).timestamp() * 1000
