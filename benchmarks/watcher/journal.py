"""What is open in the journal of an arm that keeps one, and what waits in its queue of jobs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from benchmarks.history import Asked
from benchmarks.watcher.metrics import JOURNAL_AGE, JOURNAL_OPEN, JOURNAL_PARKED, RQ_AGE, RQ_JOBS, Sample, told
from benchmarks.watcher.streams import now_ms
from orchestration.journal import OPEN, PARKED, key

LEARNED_MAX = 1_000  # orders whose opening is read in one look; with more, the oldest are found a look later


class JournalLook:
    """Remembers since when each open order is open, so that each is asked about once."""

    def __init__(self) -> None:
        self._placed_ms: dict[str, int] = {}

    def look(self, redis: Asked) -> Iterator[Sample]:
        """Two round trips, and only one when no order is new."""
        pipe = redis.pipeline(transaction=False)
        pipe.time().smembers(OPEN).hlen(PARKED)
        moment, open_ids, parked = pipe.execute()
        self._placed_ms = {each: at for each, at in self._placed_ms.items() if each in open_ids}
        self._learn(redis, sorted(open_ids - self._placed_ms.keys())[:LEARNED_MAX])
        oldest_ms = min(self._placed_ms.values(), default=None)
        age_s = max(0, now_ms(moment) - oldest_ms) / 1000 if oldest_ms is not None else 0.0
        yield told(JOURNAL_OPEN, value=len(open_ids))
        yield told(JOURNAL_AGE, value=age_s)
        yield told(JOURNAL_PARKED, value=parked)

    def _learn(self, redis: Asked, order_ids: list[str]) -> None:
        if not order_ids:
            return
        pipe = redis.pipeline(transaction=False)
        for order_id in order_ids:
            pipe.lindex(key(order_id), 0)
        for order_id, opening in zip(order_ids, pipe.execute(), strict=True):
            with suppress(ValueError, KeyError, TypeError):  # closed meanwhile, or not one that we can read
                self._placed_ms[order_id] = int(json.loads(opening)["order"]["placed_ms"])


def jobs_look(redis: Asked) -> Iterator[Sample]:
    """The queue of jobs, oldest at its head."""
    from common.transport.rq.job import the_queue

    queue = the_queue(redis)
    pipe = redis.pipeline(transaction=False)
    pipe.time().llen(queue.key).zcard(queue.started_job_registry.key).zcard(queue.failed_job_registry.key)
    pipe.lindex(queue.key, 0)
    moment, queued, started, failed, head = pipe.execute()
    yield told(RQ_JOBS, "queued", value=queued)
    yield told(RQ_JOBS, "started", value=started)
    yield told(RQ_JOBS, "failed", value=failed)
    yield told(RQ_AGE, value=max(0.0, now_ms(moment) / 1000 - _put_s(head)) if head else 0.0)


def _put_s(job: Any) -> float:
    """When a job was put in: it is part of its name. One with another name was put in by a stranger, of any age."""
    at = str(job).rpartition("-")[2]
    return int(at) / 1000 if at.isdigit() else float("inf")
