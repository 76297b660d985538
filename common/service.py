"""The one sentence that every service executes, in every arm: operation, effect, commit, event."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from common.crash import Reach, nothing_armed
from common.domain.effect import Operation, name_of
from common.messages import Answer, Malformed, Request, Undecided, Unreachable
from common.store.commit import Store, Verdict, Wish
from common.telemetry.meters import Meters


def never_held(operation: str) -> float:
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
        hold_s: Callable[[str], float] = never_held,
        reach: Reach = nothing_armed,
    ) -> None:
        self._operations = {name_of(operation): operation for operation in operations}
        self._store = store
        self._meters = meters
        self._hold_s = hold_s
        self._reach = reach
        self._limit = asyncio.Semaphore(concurrency)

    def decide(self, request: Request) -> Wish:
        """What the operation asks of the store. Raises Malformed when this service has no such operation."""
        operation = self._operations.get(request.operation)
        if operation is None:
            known = ", ".join(sorted(self._operations))
            raise Malformed(f"no operation {request.operation[:40]!r} here: this service has {known}")
        order = request.order
        effect = operation(order, request.reason)
        return Wish(request.operation, effect, order.order_id, order.placed_ms, request.traceparent)

    def held(self, operation: str) -> bool:
        """Whether a decision would be held up at the moment. Raises Undecided when it would fail."""
        return self._hold_s(operation) > 0

    async def decided(self, request: Request) -> Wish:
        """As `decide`, after whatever holds it up; at most `concurrency` are under way at once."""
        async with self._limit:
            await asyncio.sleep(self._hold_s(request.operation))
            return self.decide(request)

    async def perform(self, requests: Sequence[Request]) -> list[Answer]:
        """Decide all, commit all in one round trip. Raises Unreachable or Undecided, and then nothing is known."""
        return await self.commit(await asyncio.gather(*(self.decided(request) for request in requests)))

    async def commit(self, wishes: Sequence[Wish]) -> list[Answer]:
        """The answers to wishes that were decided before."""
        started = time.perf_counter()
        self._reach("commit.before", (wish.operation for wish in wishes))
        try:
            verdicts = await self._store.commit(wishes)
        except Unreachable:
            self._meters.unreachable.inc()
            raise
        except Exception as error:
            self._meters.undecided.inc()
            raise Undecided(f"commit: {type(error).__name__}: {error}") from error
        self._reach("commit.after", (wish.operation for wish in wishes))
        self._count(wishes, verdicts, time.perf_counter() - started)
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

    def _count(self, wishes: Sequence[Wish], verdicts: Sequence[Verdict], seconds: float) -> None:
        self._meters.commit_seconds.observe(seconds)
        self._meters.batch_size.observe(len(wishes))
        outcomes = Counter((wish.operation, _outcome(v)) for wish, v in zip(wishes, verdicts, strict=True))
        for (operation, outcome), amount in outcomes.items():
            self._meters.operation(operation, outcome, amount)


def _outcome(verdict: Verdict) -> str:
    if not verdict.first:
        return "repeated"
    if verdict.accepted:
        return "accepted"
    return "rejected" if verdict.event else "barred"
