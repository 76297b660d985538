"""One order through one door: placed, followed until it is closed, and told with its events and times.

Seen from the customer's side, over HTTP alone; the events' times are those of their commits.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from benchmarks.workload import SCENARIOS, Outcome, Workload
from common.domain.catalogue import catalogue
from common.telemetry import context, conventions
from common.telemetry.tracing import NOTHING_TRACED, Tracing

LIKES: Mapping[str, Outcome] = {
    "completed": "completed",
    "declined": "payment_declined",
    "sold-out": "out_of_stock",
    "undeliverable": "undeliverable",
}
LOOK_EVERY_S = 0.005  # how often the order is looked at until it is closed; its times are the server's, not ours
ASK_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Story:
    """An order's way. Times are ms from when the customer sent it; unknown is None."""

    order_id: str
    status: str
    reason: str | None
    accepted_ms: float | None
    decided_ms: float | None
    closed_ms: float | None
    events: tuple[Mapping[str, Any], ...]
    sent_s: float

    def told(self) -> dict[str, Any]:
        """The shape of `harmony order --json`."""
        names = ("order_id", "status", "reason", "accepted_ms", "decided_ms", "closed_ms")
        events = [{name: event[name] for name in ("type", "service", "time")} for event in self.events]
        return {name: getattr(self, name) for name in names} | {"events": events}

    def since_sent_ms(self, moment: str) -> float:
        """A commit's time, counted from the sending."""
        return round((datetime.fromisoformat(moment).timestamp() - self.sent_s) * 1000, 3)


def order_like(like: str, seed: int, skus: int) -> bytes:
    """The seed's first order that ends so: the same body for every arm."""
    orders = Workload(seed, SCENARIOS["steady"], catalogue(seed, skus))
    index = 0
    while (wish := orders.order(index)).expected != LIKES[like]:
        index += 1
    return wish.body


def place(door: str, body: bytes, wait_s: float, tracing: Tracing = NOTHING_TRACED) -> Story:
    """Post the order and follow it until it is closed, or `wait_s` is over (then it is told as it stands).

    With the customer's own `tracing` the order is traced, from the customer on. Raises httpx.HTTPError when the door
    cannot be asked or refuses the order.
    """
    with httpx.Client(base_url=door, timeout=ASK_TIMEOUT_S, trust_env=False) as client:
        client.get("/health/live")  # the connection is made beforehand: it is not the order's time
        span = tracing.root(context.fresh(context.SAMPLED))
        headers = {"content-type": "application/json"} | ({"traceparent": span.traceparent} if span.sampled else {})
        sent_s, start = time.time(), time.perf_counter()
        posted = client.post("/orders", content=body, headers=headers)
        accepted_ms = round((time.perf_counter() - start) * 1000, 3)
        posted.raise_for_status()
        order_id = posted.json()["order_id"]
        about = {conventions.ORDER_ID: order_id}
        span.end(conventions.asked("/orders", f"{door}/orders", posted.status_code, about))
        record = _closed(client, order_id, time.monotonic() + wait_s)
        return _story(record, _events(client, order_id), sent_s, accepted_ms)


def _closed(client: httpx.Client, order_id: str, until: float) -> dict[str, Any]:
    while True:
        record: dict[str, Any] = client.get(f"/orders/{order_id}").raise_for_status().json()
        if record["status"] != "open" or time.monotonic() > until:
            return record
        time.sleep(LOOK_EVERY_S)


def _events(client: httpx.Client, order_id: str) -> list[dict[str, Any]]:
    answer = client.get(f"/orders/{order_id}/events").raise_for_status().json()
    events: list[dict[str, Any]] = answer["events"] if isinstance(answer, dict) else answer
    return [event | {"service": event.get("service") or event.get("source")} for event in events]


def _story(record: dict[str, Any], events: list[dict[str, Any]], sent_s: float, accepted_ms: float) -> Story:
    def since(name: str) -> float | None:
        moment = record.get(name)
        return None if moment is None else round((datetime.fromisoformat(moment).timestamp() - sent_s) * 1000, 3)

    return Story(
        order_id=record["order_id"],
        status=record["status"],
        reason=record.get("reason") or None,
        accepted_ms=accepted_ms,
        decided_ms=since("decided_at"),
        closed_ms=since("closed_at"),
        events=tuple(events),
        sent_s=sent_s,
    )
