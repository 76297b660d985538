"""The orders that an arm is tried on before it is measured: few, of every outcome, outside the figures.

They go through the same door as everybody's; only their mix is another, and that some of them expire at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import httpx

from benchmarks.workload import Scenario, Workload
from common.domain.catalogue import Catalogue

MIX = {"completed": 18, "payment_declined": 8, "out_of_stock": 8, "undeliverable": 8, "deadline": 8}
"""Outcome -> orders that must end so. Malformed is no order."""

AT_ONCE = {"deadline": "close-within=0.001"}  # an order that must be closed within a millisecond expires
TRIED = Scenario("tried", refused={"payment_declined": 0.25, "out_of_stock": 0.25, "undeliverable": 0.25})
AT_A_TIME = 8  # per arm: quick, and within what one queue worker has waiting without being late
SLACK_S = 5.0  # an answer comes when the order is closed, or the waiting over


@dataclass(frozen=True, slots=True)
class Tried:
    """How the orders of one arm ended: those sent, those closed, and outcome -> how many."""

    orders: int
    closed: int
    outcomes: Mapping[str, int]


def tried(doors: Mapping[str, str], seed: int, catalogue: Catalogue, wait_s: int) -> dict[str, Tried]:
    """The same orders through every arm's door, all arms at once. Never raises: what fails is an outcome, too."""
    wishes = list(_wishes(seed, catalogue))
    with ExitStack() as stack:
        pool = stack.enter_context(_pool(AT_A_TIME * len(doors)))
        ended = {}
        for arm, door in doors.items():
            client = stack.enter_context(httpx.Client(base_url=door, timeout=wait_s + SLACK_S, trust_env=False))
            ended[arm] = [pool.submit(_outcome, client, body, wanted, wait_s) for wanted, body in wishes]
        told = {arm: Counter(each.result() for each in every) for arm, every in ended.items()}
    return {arm: _told(len(wishes), outcomes) for arm, outcomes in told.items()}


@contextmanager
def _pool(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that, after Ctrl-C, begin nothing more."""
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _told(orders: int, outcomes: Counter[str]) -> Tried:
    return Tried(orders, outcomes.total() - outcomes["open"] - outcomes["failed"], outcomes)


def _wishes(seed: int, catalogue: Catalogue) -> Iterator[tuple[str, bytes]]:
    """(the outcome it must have, the order), as many of each as the mix says, mingled as the seed has it."""
    orders = Workload(seed, TRIED, catalogue)
    left = Counter(MIX)
    index = 0
    while +left:
        wish = orders.order(index)
        wanted = "deadline" if wish.expected == "completed" and index % 2 else wish.expected
        index += 1
        if left[wanted] > 0:
            left[wanted] -= 1
            yield wanted, wish.body


def _outcome(client: httpx.Client, body: bytes, wanted: str, wait_s: int) -> str:
    """`completed`, the reason of its cancellation, `open` when it did not close, `failed` when it was not taken in."""
    prefer = ", ".join(filter(None, (f"wait={wait_s}", AT_ONCE.get(wanted, ""))))
    try:
        answer = client.post("/orders", content=body, headers={"content-type": "application/json", "prefer": prefer})
        told = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        return "failed"
    if told.get("status") not in ("completed", "cancelled"):
        return "open"
    return "completed" if told["status"] == "completed" else str(told.get("reason") or "cancelled")
