"""One block's load in progress: every order posted, accepted, refused, closed or given up is counted and has its row.

When an order is sent is `openloop.py`'s; who closes it is read in `closings.py`; what a block is comes from `plan.py`.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import gevent

from benchmarks.rows import Row
from benchmarks.workload import Wish
from common.telemetry import context

SAMPLED_ONE_IN = 100  # of the accepted orders: the door is asked about them after the block, outside the figures
REFUSED = (400, 422)  # what the door may answer to a malformed order


def now_ms() -> float:
    """The load's clock: epoch milliseconds, as the servers tell time, so that due and closed can be subtracted."""
    return time.time() * 1000


def sampled(seed: int, index: int) -> bool:
    """Whether the door is asked about this order: the same ones in every arm, and not the first of each block."""
    return random.Random(f"sample:{seed}:{index}").randrange(SAMPLED_ONE_IN) == 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door said: HTTP status (0: nothing at all) and body, or why there is none. `retry_after`: its header."""

    http_status: int
    body: dict[str, Any]
    trouble: str | None = None
    retry_after: str | None = None


class Post(Protocol):
    """Sends one order, with a trace context or "", and waits for its answer. Never raises for a door in trouble."""

    def __call__(self, url: str, body: bytes, traceparent: str) -> Answer: ...


class Table(Protocol):
    """Where a figure is shown while the load runs. The figures that count are the rows."""

    def accepted(self, from_due_ms: float, trouble: str | None) -> None: ...

    def closed(self, from_due_ms: float, trouble: str | None) -> None: ...


@dataclass(order=True, slots=True)
class Arrival:
    """One order and the moment at which it must be sent. Sorts by that moment."""

    due_ms: float
    wish: Wish = field(compare=False)
    block: BlockLoad = field(compare=False)


@dataclass(slots=True)
class BlockLoad:
    """The load of one block in progress: what was sent, what is unanswered, what is accepted and not yet closed."""

    arm: str
    door: str
    block: int
    table: Table
    keep: Callable[[Row], None]
    is_closed: Callable[[str], float | None] = lambda _: None
    seed: int = 0
    traced: bool = False
    beside: Sequence[str] = ()  # further doors
    sent: int = 0
    skipped: int = 0
    failed: int = 0
    refused: int = 0
    closed: int = 0
    in_flight: int = 0
    late_ms_max: float = 0.0
    over: bool = False
    open: dict[str, float] = field(default_factory=dict)
    drawn: list[str] = field(default_factory=list)

    @property
    def quiet(self) -> bool:
        """Whether everything sent is answered and everything accepted is closed."""
        return not self.in_flight and not self.open

    def send(self, arrival: Arrival, post: Post) -> None:
        """Post the order, keep its row; accepted is counted from when it was due."""
        sent_ms = now_ms()
        self.sent += 1
        self.in_flight += 1
        self.late_ms_max = max(self.late_ms_max, sent_ms - arrival.due_ms)
        try:
            trace = context.fresh(context.SAMPLED) if self.traced else ""
            answer = post(f"{self._door(arrival.wish.index)}/orders", arrival.wish.body, trace)
        except gevent.GreenletExit:
            answer = Answer(0, {}, "interrupted before an answer")
        finally:
            self.in_flight -= 1
        self._judge(arrival, sent_ms, now_ms(), answer)

    def skip(self, arrival: Arrival, why: str) -> None:
        """Count an arrival that could not be sent. It keeps a row, for it was due."""
        self.skipped += 1
        self.keep(self._row(arrival, None, None, Answer(0, {}, f"skipped: {why}")))

    def close(self, order_id: str, closed_ms: float) -> None:
        """An order of this block was closed, at this time of the server."""
        due_ms = self.open.pop(order_id)
        self.closed += 1
        self.table.closed(closed_ms - due_ms, None)

    def give_up(self, why: str) -> None:
        """Censor what is still open: counted, shown as failed, its time so far a lower bound."""
        while self.open:
            _, due_ms = self.open.popitem()
            self.table.closed(now_ms() - due_ms, why)

    def _judge(self, arrival: Arrival, sent_ms: float, answered_ms: float, answer: Answer) -> None:
        order_id = answer.body.get("order_id") if answer.http_status == 202 else None
        accepted_ms = answered_ms if order_id else None
        trouble = self._trouble(arrival.wish, answer, order_id)
        self.keep(self._row(arrival, sent_ms, accepted_ms, replace(answer, trouble=trouble)))
        if order_id:
            if sampled(self.seed, arrival.wish.index):
                self.drawn.append(order_id)
            self._open(order_id, arrival.due_ms)
        elif trouble is None:
            self.refused += 1
            return  # a malformed order rightly refused: neither accepted nor an error, so not in the table
        self.failed += trouble is not None
        self.table.accepted(answered_ms - arrival.due_ms, trouble)

    def _door(self, index: int) -> str:
        """The one whose turn it is."""
        doors = (self.door, *self.beside)
        return doors[index % len(doors)]

    def _open(self, order_id: str, due_ms: float) -> None:
        self.open[order_id] = due_ms
        closed_ms = self.is_closed(order_id)  # the feed may be faster than the 202
        if closed_ms is not None:
            self.close(order_id, closed_ms)

    @staticmethod
    def _trouble(wish: Wish, answer: Answer, order_id: str | None) -> str | None:
        malformed = wish.expected == "malformed"
        if order_id:
            return f"accepted, although {wish.flaw}" if malformed else None
        if malformed and answer.http_status in REFUSED:
            return None
        return answer.trouble or f"HTTP {answer.http_status}"

    def _row(self, arrival: Arrival, sent_ms: float | None, accepted_ms: float | None, answer: Answer) -> Row:
        return {
            "arm": self.arm,
            "block": self.block,
            "index": arrival.wish.index,
            "due_ms": arrival.due_ms,
            "sent_ms": sent_ms,
            "accepted_ms": accepted_ms,
            "order_id": answer.body.get("order_id") if accepted_ms else None,
            "http_status": answer.http_status,
            "retry_after": answer.retry_after,
            "error": answer.trouble,
            "expected": arrival.wish.expected,
            "amount_cents": arrival.wish.amount_cents,
        }
