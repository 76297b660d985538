"""The orders that an arm is tried on before it is measured: few, of every outcome, outside the figures.

They go through the same door as everybody's; only their mix is another, and that some of them expire. Those come last,
while the last step is held up, so that their deadline finds all done that can be undone.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import httpx

from benchmarks.workload import Scenario, Workload
from common.domain.catalogue import Catalogue
from common.telemetry import context

LATE = "deadline"
MIX = {"completed": 18, "payment_declined": 8, "out_of_stock": 8, "undeliverable": 8, LATE: 8}
"""Outcome -> orders that must end so. Malformed is no order."""

TRIED = Scenario("tried", refused={"payment_declined": 0.25, "out_of_stock": 0.25, "undeliverable": 0.25})
AT_A_TIME = 8  # per arm: quick, and within what one queue worker has waiting without being late
SLACK_S = 5.0  # an answer comes when the order is closed, or the waiting over
WITHIN_S = 0.6  # of the late ones: by then an order is shipped on a busy machine, too
HELD_S = 0.9  # longer than that: when the deadline comes, an order is shipped and not yet completed
SLOW_SERVICE, SLOW_OPERATION = "notification", "confirm"
UNDONE = frozenset(("ShipmentRecalled", "PaymentRefunded", "InventoryReleased"))  # the whole way back


@dataclass(frozen=True, slots=True)
class Doorway:
    """An arm as it is tried: its door, and the processes whose last step is held up for those that expire."""

    door: str
    slowed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """How the orders of one arm ended: those sent, those closed, and outcome -> how many.

    `recalled`: late ones of which all was undone, from the shipment back. `order_ids`: of those taken in; all are
    traced.
    """

    orders: int
    closed: int
    outcomes: Mapping[str, int]
    recalled: int
    order_ids: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Ended:
    outcome: str
    order_id: str = ""
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class _Customer:
    """Places orders at one door, and waits so long for each."""

    client: httpx.Client
    wait_s: int

    def orders(self, body: bytes, within_s: float | None = None) -> _Ended:
        """`completed`, the reason of its cancellation, `open` when it did not close, `failed` when not taken in."""
        prefer = f"wait={self.wait_s}" + (f", close-within={within_s:g}" if within_s else "")
        headers = {"content-type": "application/json", "prefer": prefer, "traceparent": context.fresh(context.SAMPLED)}
        try:
            told = self.client.post("/orders", content=body, headers=headers).raise_for_status().json()
            order_id = str(told["order_id"])
            if told.get("status") not in ("completed", "cancelled"):
                return _Ended("open", order_id)
            outcome = "completed" if told["status"] == "completed" else str(told.get("reason") or "cancelled")
            return _Ended(outcome, order_id, within_s is not None and self._undone(order_id))
        except (httpx.HTTPError, ValueError, KeyError):
            return _Ended("failed")

    def _undone(self, order_id: str) -> bool:
        rows = self.client.get(f"/orders/{order_id}/events").raise_for_status().json()
        return {row["type"] for row in rows} >= UNDONE


def tried(doors: Mapping[str, Doorway], token: str, seed: int, catalogue: Catalogue, wait_s: int) -> dict[str, Tried]:
    """The same orders through every arm's door, all arms at once. Never raises: what fails is an outcome, too."""
    wishes = list(_wishes(seed, catalogue))
    prompt = [body for wanted, body in wishes if wanted != LATE]
    late = [body for wanted, body in wishes if wanted == LATE]
    with ExitStack() as stack:
        pool = stack.enter_context(_pool(AT_A_TIME * len(doors)))
        customers = {
            arm: _Customer(stack.enter_context(_client(doorway.door, wait_s + SLACK_S)), wait_s)
            for arm, doorway in doors.items()
        }
        first = {arm: [pool.submit(each.orders, body) for body in prompt] for arm, each in customers.items()}
        ended = {arm: [each.result() for each in every] for arm, every in first.items()}
        with _held_up([url for doorway in doors.values() for url in doorway.slowed], token):
            then = {arm: [pool.submit(each.orders, body, WITHIN_S) for body in late] for arm, each in customers.items()}
            for arm, every in then.items():
                ended[arm] += [each.result() for each in every]
    return {arm: _told(every) for arm, every in ended.items()}


@contextmanager
def _held_up(urls: Sequence[str], token: str) -> Iterator[None]:
    """The last step takes long; when this is over, everything that was held up is through.

    Where that cannot be had, nothing expires, and the outcomes show it.
    """
    with _client("", SLACK_S) as client:
        _slow(client, urls, token, HELD_S * 1000, for_s=60)
        try:
            yield
        finally:
            _slow(client, urls, token, 0, for_s=0.001)
            time.sleep(HELD_S)  # the last of them began no later than now


def _slow(client: httpx.Client, urls: Sequence[str], token: str, delay_ms: float, for_s: float) -> None:
    fault = {"fault": "slow", "operation": SLOW_OPERATION, "delay_ms": delay_ms, "for_s": for_s}
    for url in urls:
        with suppress(httpx.HTTPError):
            client.post(f"{url}/faults", json=fault, headers={"Authorization": f"Bearer {token}"})


def _client(url: str, timeout_s: float) -> httpx.Client:
    return httpx.Client(base_url=url, timeout=timeout_s, trust_env=False)


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that, after Ctrl-C, begin nothing more."""
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _told(ended: Sequence[_Ended]) -> Tried:
    outcomes = Counter(each.outcome for each in ended)
    closed = outcomes.total() - outcomes["open"] - outcomes["failed"]
    order_ids = [each.order_id for each in ended if each.order_id]
    return Tried(len(ended), closed, outcomes, sum(each.recalled for each in ended), order_ids)


def _wishes(seed: int, catalogue: Catalogue) -> Iterator[tuple[str, bytes]]:
    """(the outcome it must have, the order), as many of each as the mix says, mingled as the seed has it."""
    orders = Workload(seed, TRIED, catalogue)
    left = Counter(MIX)
    index = 0
    while +left:
        wish = orders.order(index)
        wanted = LATE if wish.expected == "completed" and index % 2 else wish.expected
        index += 1
        if left[wanted] > 0:
            left[wanted] -= 1
            yield wanted, wish.body
