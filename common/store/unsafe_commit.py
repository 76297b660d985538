"""Commits with a defect, for the checkers to catch: see common.unsafe. The commit as it must be is in `commit`.

Three defects are the same script with one line spoilt; three more take two steps where the commit takes one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from common.crash import Reach, nothing_armed
from common.domain.effect import Effect
from common.domain.events import Event
from common.messages import TRACEPARENT, encode_event
from common.store import keys
from common.store.commit import SCRIPT, Store, Verdict, Wish
from common.store.connect import asking
from common.unsafe import Unsafe

if TYPE_CHECKING:
    from redis.asyncio import Redis

KEPT = 2  # entries of a stream trimmed by length: so few that a handful of orders shows it
LOST_IN = 4  # one reply in so many is lost
NOWHERE = "0-0"  # the entry of an event that is not published yet

SPOILT = {
    "no-dedupe": ("if known[1] then", "if false then"),
    "no-undo-marks": ("if item.unless ~= '' and known[2] then return true end", ""),
    "maxlen-trim": ("KEYS[event[1]], '*',", f"KEYS[event[1]], 'MAXLEN', '{KEPT}', '*',"),
    "mark-then-effect": ("if known[1] then", "if false then"),  # the mark stands already when the script runs
    "publish-after-commit": ("local entry = redis.call('XADD',", f"local entry = '{NOWHERE}' or redis.call('XADD',"),
    "xadd-retry": ("local entry = redis.call('XADD',", f"local entry = '{NOWHERE}' or redis.call('XADD',"),
}
"""Switch -> a line of the script, and what it is replaced by."""


def store_of(redis: Redis, service: str, unsafe: str, reach: Reach = nothing_armed) -> Store:
    """The service's store; with the defects that are switched on, if any. Raises ValueError for an unknown switch."""
    on = Unsafe.of(unsafe)
    script = spoilt({SPOILT[switch] for switch in on if switch in SPOILT})
    kind = next((stores for switch, stores in IN_TWO_STEPS.items() if switch in on), None)
    return kind(redis, service, script, reach) if kind else Store(redis, service, script)


def spoilt(lines: Iterable[tuple[str, str]], script: str = SCRIPT) -> str:
    """The script with lines replaced. Raises ValueError when it has no such line, or several."""
    for right, wrong in lines:
        if script.count(right) != 1:
            raise ValueError(f"a script has {right!r} {script.count(right)} times: mend the table of unsafe variants")
        script = script.replace(right, wrong)
    return script


class TwoStepStore(Store):
    """Takes two steps. Between them a process that has been told to die after its commit dies."""

    def __init__(self, redis: Redis, service: str, script: str, reach: Reach = nothing_armed) -> None:
        super().__init__(redis, service, script)
        self._reach = reach

    def between(self, wishes: Iterable[Wish]) -> None:
        """The first step is taken, and not the second."""
        self._reach("commit.after", (wish.operation for wish in wishes))


class MarkingStore(TwoStepStore):
    """Marks an operation as done, and does it then: whoever dies in between has done nothing, and will say it did."""

    async def commit(self, wishes: Sequence[Wish]) -> list[Verdict]:
        """See Store."""
        with asking("the marks"):
            marks = await self._marked(wishes)
        fresh = [wish for wish, mark in zip(wishes, marks, strict=True) if not mark]
        self.between(fresh)
        verdicts = await super().commit(fresh) if fresh else []
        with asking("the marks"):
            await self._unmark(wish for wish, verdict in zip(fresh, verdicts, strict=True) if not verdict.entry)
        done = iter(verdicts)
        return [_known(w.effect, mark) if mark else next(done) for w, mark in zip(wishes, marks, strict=True)]

    async def _marked(self, wishes: Sequence[Wish]) -> list[str]:
        """The mark that each operation has already; "" where there was none, and now is."""
        pipeline = self._redis.pipeline(transaction=True)
        for wish in wishes:
            pipeline.hget(self._record(wish), f"op:{wish.operation}")
            pipeline.hsetnx(self._record(wish), f"op:{wish.operation}", _mark(wish.effect))
        return [found.decode() if found else "" for found in (await pipeline.execute())[::2]]

    async def _unmark(self, wishes: Iterable[Wish]) -> None:
        """What was refused without a word leaves no mark."""
        for wish in wishes:
            await self._redis.hdel(self._record(wish), f"op:{wish.operation}")

    def _record(self, wish: Wish) -> str:
        return keys.record(self._service, wish.order_id)


class PublishingStore(TwoStepStore):
    """Publishes events after their commit: whoever dies in between has changed its state, and told nobody."""

    async def commit(self, wishes: Sequence[Wish]) -> list[Verdict]:
        """See Store."""
        verdicts = await super().commit(wishes)
        self.between(wishes)
        for wish, verdict in zip(wishes, verdicts, strict=True):
            if verdict.first and verdict.event:
                with asking(f"the streams of {self._service}"):
                    await self.publish(wish, verdict.event, verdict.accepted)
        return verdicts

    async def publish(self, wish: Wish, event: Event, accepted: bool) -> None:
        """Append the event to its stream, and note where."""
        kind, time = type(event).__name__, datetime.now(UTC).isoformat(timespec="microseconds")
        entry = await self._redis.xadd(
            keys.events(self._service, kind),
            {
                "id": f"{wish.order_id}/{wish.operation}",
                "type": kind,
                "source": self._service,
                "subject": wish.order_id,
                "time": time.replace("+00:00", "Z"),
                TRACEPARENT: wish.traceparent,
                "data": encode_event(event),
            },
        )
        text = entry.decode() if isinstance(entry, bytes) else entry
        answer = f"{int(accepted)} {kind} {text}"
        await self._redis.hset(keys.record(self._service, wish.order_id), f"op:{wish.operation}", answer)


class RetryingStore(PublishingStore):
    """Publishes once more when the reply is lost, as some clients do by themselves: the entry may be there twice."""

    async def publish(self, wish: Wish, event: Event, accepted: bool) -> None:
        """See PublishingStore."""
        await super().publish(wish, event, accepted)
        if zlib.crc32(f"{wish.order_id}/{wish.operation}".encode()) % LOST_IN == 0:
            await super().publish(wish, event, accepted)


def _mark(effect: Effect) -> str:
    """The answer that is expected, at an entry that is nowhere."""
    event = effect.accepted or effect.rejected
    return f"{int(effect.accepted is not None)} {type(event).__name__} {NOWHERE}"


def _known(effect: Effect, mark: str) -> Verdict:
    flag, _, entry = mark.split(" ")
    return Verdict(flag == "1", effect.accepted if flag == "1" else effect.rejected, False, entry)


IN_TWO_STEPS: dict[str, type[TwoStepStore]] = {
    "mark-then-effect": MarkingStore,
    "publish-after-commit": PublishingStore,
    "xadd-retry": RetryingStore,
}
