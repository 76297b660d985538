"""The one sentence that every service executes, in every arm: operation, effect, commit, event."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from common.crash import Reach, nothing_armed
from common.domain.effect import Operation, name_of
from common.domain.milestones import STOPS, milestone
from common.domain.model import Order
from common.messages import Answer, Malformed, Request, Undecided, Unreachable
from common.store import keys
from common.store.commit import Store, Verdict, Wish
from common.telemetry import conventions
from common.telemetry.context import is_sampled
from common.telemetry.meters import Meters
from common.telemetry.tracing import NOTHING_TRACED, Begun, Tracing


def never_held(operation: str, order: Order) -> float:
    """How long a decision is held up, in seconds, where no faults can be put on."""
    return 0.0


class Service:
    """One of the five. It decides by its operations, and its store makes the decision true."""

    def __init__(
        self,
        operations: Iterable[Operation],
        store: Store,
        meters: Meters,
        concurrency: int = 64,
        hold_s: Callable[[str, Order], float] = never_held,
        reach: Reach = nothing_armed,
        tracing: Tracing = NOTHING_TRACED,
    ) -> None:
        self._operations = {name_of(operation): operation for operation in operations}
        self._store = store
        self._meters = meters
        self._hold_s = hold_s
        self._reach = reach
        self._tracing = tracing
        self._limit = asyncio.Semaphore(concurrency)
        meters.expects(self._operations, [stop for event, stop in STOPS.items() if event.by in self._operations])

    def decide(self, request: Request) -> Wish:
        """What the operation asks of the store. Raises Malformed when this service has no such operation."""
        operation = self._operations.get(request.operation)
        if operation is None:
            known = ", ".join(sorted(self._operations))
            raise Malformed(f"no operation {request.operation[:40]!r} here: this service has {known}")
        order = request.order
        effect = operation(order, request.reason)
        asked_s = time.perf_counter()
        return Wish(request.operation, effect, order.order_id, order.placed_ms, request.traceparent, asked_s=asked_s)

    def held(self, request: Request) -> bool:
        """Whether a decision would be held up at the moment. Raises Undecided when it would fail."""
        return self._held_s(request) > 0

    async def decided(self, request: Request) -> Wish:
        """As `decide`, after whatever holds it up; at most `concurrency` are under way at once."""
        asked_s = time.perf_counter()
        async with self._limit:
            await asyncio.sleep(self._held_s(request))
            return replace(self.decide(request), asked_s=asked_s)

    def _held_s(self, request: Request) -> float:
        try:
            return self._hold_s(request.operation, request.order)
        except Undecided:
            self._meters.failed(request.operation, "undecided")
            raise

    async def perform(self, requests: Sequence[Request]) -> list[Answer]:
        """Decide all, commit all in one round trip. Raises Unreachable or Undecided, and then nothing is known."""
        return await self.commit(await asyncio.gather(*(self.decided(request) for request in requests)))

    async def commit(self, wishes: Sequence[Wish]) -> list[Answer]:
        """The answers to wishes that were decided before."""
        started = time.perf_counter()
        self._reach("commit.before", (wish.operation for wish in wishes))
        traced = [number for number, wish in enumerate(wishes) if is_sampled(wish.traceparent)]
        spans = {number: self._tracing.begin(wishes[number].traceparent) for number in traced}
        try:
            verdicts = await self._store.commit(_within(wishes, spans))
        except Unreachable as error:
            self._failed(wishes, spans, "unreachable", error)
            raise
        except Exception as error:
            self._failed(wishes, spans, "undecided", error)
            raise Undecided(f"commit: {type(error).__name__}: {error}") from error
        self._reach("commit.after", (wish.operation for wish in wishes))
        self._count(wishes, verdicts, started)
        for number, span in spans.items():
            span.end(self._told(wishes[number], verdicts[number]))
        return [
            Answer(wish.operation, verdict.accepted, verdict.event, verdict.first)
            for wish, verdict in zip(wishes, verdicts, strict=True)
        ]

    async def commit_each(self, wishes: Sequence[Wish]) -> Sequence[Answer | Undecided]:
        """As `commit`; but when a batch fails, each is tried alone, so that one which fails is nobody else's failure.

        Raises Unreachable.
        """
        try:
            return await self.commit(wishes)
        except Undecided as error:
            if len(wishes) == 1:
                return [error]
        return [answer for wish in wishes for answer in await self.commit_each([wish])]

    def _failed(self, wishes: Sequence[Wish], spans: Mapping[int, Begun], kind: str, error: Exception) -> None:
        """A commit failed: nothing is known of its wishes."""
        (self._meters.unreachable if kind == "unreachable" else self._meters.undecided).inc()
        for operation, amount in Counter(wish.operation for wish in wishes).items():
            self._meters.failed(operation, kind, amount)
        for number, span in spans.items():
            about = {conventions.ORDER_ID: wishes[number].order_id, conventions.OUTCOME: kind}
            span.end(conventions.decided(wishes[number].operation, about, f"{type(error).__name__}: {error}"))

    def _told(self, wish: Wish, verdict: Verdict) -> conventions.Telling:
        """The span of a commit: it is what sends the event, if there is one."""
        about: dict[str, conventions.Value] = {conventions.ORDER_ID: wish.order_id}
        about |= {conventions.OPERATION: wish.operation, conventions.OUTCOME: outcome_of(verdict)}
        if verdict.event is None or not verdict.first:
            return conventions.decided(wish.operation, about)
        stream = keys.events(verdict.event.source, type(verdict.event).__name__)
        return conventions.sent("redis", stream, verdict.entry, about)

    def _count(self, wishes: Sequence[Wish], verdicts: Sequence[Verdict], started: float) -> None:
        now, now_ms = time.perf_counter(), time.time() * 1000
        self._meters.commit_seconds.observe(now - started)
        self._meters.batch_size.observe(len(wishes))
        for wish, verdict in zip(wishes, verdicts, strict=True):
            self._meters.took(wish.operation, now - wish.asked_s, wish.traceparent)
            if verdict.first and verdict.event and (reached := milestone(verdict.event)):
                seconds = max(0.0, now_ms - wish.placed_ms) / 1000
                self._meters.clock(reached[0], seconds, wish.traceparent, outcome=reached[1])
        outcomes = Counter((wish.operation, outcome_of(v)) for wish, v in zip(wishes, verdicts, strict=True))
        for (operation, outcome), amount in outcomes.items():
            self._meters.operation(operation, outcome, amount)


def _within(wishes: Sequence[Wish], spans: Mapping[int, Begun]) -> Sequence[Wish]:
    """The same wishes, whose events will belong to these spans."""
    if not spans:
        return wishes
    return [replace(wish, traceparent=spans[n].traceparent) if n in spans else wish for n, wish in enumerate(wishes)]


def outcome_of(verdict: Verdict | Answer) -> str:
    """What came of an operation, in a word."""
    if not verdict.first:
        return "repeated"
    if verdict.accepted:
        return "accepted"
    return "rejected" if verdict.event else "barred"
