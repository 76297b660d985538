"""What a job is: the name of an order and nothing else. A job that came in by any other hand is refused before anything
of it is imported, called or unpickled, and is set aside with the reason."""

from __future__ import annotations

import json
import logging
import re
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any

from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue
from rq.defaults import RQ_KEY_PREFIX
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.serializers import JSONSerializer

from common.messages import TRACEPARENT

QUEUE = "orders"
PERFORM = "perform"
"""The one function that a job may name. It is a name and not a path: there is nothing that could be imported."""

JOB_S_MAX = 3  # RQ's own bound for one job, in whole seconds
FAILURE_S = 60  # how long RQ keeps a failed job; its default is a year
LOCK_S = 5  # of whoever cleans up; RQ's 899 s block every recovery when the cleaner is killed
DATA_BYTES_MAX = 1_024
LETTER_BYTES_MAX = 4_096  # of each field of a refused job that is kept
LETTERS_MAX = 10_000
DEAD = f"{RQ_KEY_PREFIX.rpartition(':')[0]}:dead"

JOB_ID = re.compile(rb"[0-9a-f]{32}-[0-9]{1,20}")
"""The order's id, and when it was put in, in ms."""
ORDER_ID = re.compile(r"[0-9a-f]{32}")
META = re.compile(rb'\{"traceparent": ?"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"\}')
"""What a job of a traced order has besides."""
FIELDS = frozenset(
    b"created_at data success_callback_name failure_callback_name stopped_callback_name started_at ended_at"
    b" last_heartbeat worker_name group_id number_of_retries retries_left retry_intervals origin description meta"
    b" enqueued_at exc_info timeout result_ttl failure_ttl status".split()
)
"""What RQ writes for a job of ours. Dependents, webhooks, repeats and rate limits are not among them."""
EMPTY = (b"success_callback_name", b"failure_callback_name", b"stopped_callback_name", b"group_id")

Perform = Callable[[str, int, str], None]
"""Gets an order's id, the size of the job's data in bytes, and the trace context that the job belongs to, if any."""


def refusal(fields: Mapping[bytes, bytes]) -> str:
    """What is wrong with a job as it stands in the server; "" when it is one of ours."""
    if strange := sorted(fields.keys() - FIELDS):
        return f"it has a field that no job here has: {strange[0][:40].decode('ascii', 'replace')}"
    if b"meta" in fields and not META.fullmatch(fields[b"meta"]):
        return "its meta data is not a trace context, and nothing else"
    if filled := [name.decode() for name in EMPTY if fields.get(name)]:
        return f"it has a {filled[0]}, and jobs here have none"
    try:
        unpacked = zlib.decompressobj().decompress(fields.get(b"data", b""), DATA_BYTES_MAX + 1)
        called = json.loads(unpacked.decode()) if len(unpacked) <= DATA_BYTES_MAX else None
    except (zlib.error, ValueError, RecursionError):
        return "its data is not compressed JSON"
    match called:
        case [str(name), *_] if name != PERFORM:
            return f"it names the function {name[:80]!r}, which is not done here"
        case [_, None, [str(order_id)], dict(named)] if not named and ORDER_ID.fullmatch(order_id):
            return ""
    return "it does not call with one order's id and nothing else"


class _Executions(ExecutionRegistry):
    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        """Those that are there. RQ 3.0 stumbles over one whose lease has run out: a job that it runs again itself would
        fail in its own book-keeping, after all was done."""
        found = []
        for number in self.get_execution_ids(start, end):
            with suppress(ValueError):
                found.append(Execution.fetch(number, self.job_id, self.connection))
        return found


class AllowedJob(Job):
    """A job that is looked at before RQ does anything with it."""

    refused = ""
    raw: Mapping[bytes, bytes] = MappingProxyType({})
    perform_by: Perform

    def refresh(self) -> None:
        """As RQ's; what is no job at all is a refused one."""
        try:
            Job.refresh(self)
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            self._refuse("what stands under its name is not a job")

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """As RQ's, for a job of ours."""
        self.raw = raw_data
        if reason := refusal(raw_data):
            return self._refuse(reason)
        try:
            super().restore(raw_data)
        except Exception as error:  # a time, number or state that is none
            self._refuse(f"one of its fields cannot be read: {error}")

    @property
    def execution_registry(self) -> ExecutionRegistry:
        """Who has run it."""
        return _Executions(self.id, self.connection)

    def _refuse(self, reason: str) -> None:
        self.refused, self.data, self.failure_ttl = reason, b"null", FAILURE_S

    def _execute(self) -> None:
        """RQ's would import what the job names, and call it."""
        self.perform_by(self.args[0], len(self.data), self.meta.get(TRACEPARENT, ""))


class AllowedQueue(Queue):
    """RQ's queue, of such jobs."""

    job_class = AllowedJob

    @classmethod
    def lmove(cls, connection: Redis, queue_key: str, timeout: Any) -> Any:
        """The next name in the queue that is the name of a job, as RQ's."""
        while True:
            moved = super().lmove(connection, queue_key, timeout)
            if moved is None or JOB_ID.fullmatch(moved[1]):
                return moved
            bury(connection, moved[1], {}, NO_NAME)

    def acquire_maintenance_lock(self) -> bool:
        """As RQ's, for a shorter time."""
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=LOCK_S))


NO_NAME = "this is not the name of a job"


def the_queue(connection: Redis) -> AllowedQueue:
    """The one queue."""
    return AllowedQueue(QUEUE, connection, JOB_S_MAX, job_class=AllowedJob, serializer=JSONSerializer)


def bury(connection: Redis, job_id: bytes, fields: Mapping[bytes, bytes], reason: str) -> None:
    """Set a refused job aside with the reason, and drop it, in one step."""
    logging.warning("job %r refused: %s", job_id[:80], reason)
    queue = the_queue(connection)
    kept = {b"original:" + name[:80]: value[:LETTER_BYTES_MAX] for name, value in list(fields.items())[: len(FIELDS)]}
    name: Any = job_id
    letter: dict[Any, Any] = {"stream": queue.key, "entry": job_id[:200], "reason": reason[:500], "attempts": 1}
    letter["group"] = ""
    letter.update(kept)
    with connection.pipeline(transaction=True) as pipeline:
        pipeline.xadd(DEAD, letter, maxlen=LETTERS_MAX, approximate=True)
        pipeline.lrem(queue.intermediate_queue_key, 0, name)
        if JOB_ID.fullmatch(job_id):
            pipeline.delete(AllowedJob.key_for(job_id.decode()))
        pipeline.execute()


def sweep(connection: Redis) -> None:
    """Set aside what lies where only jobs under way may lie: RQ's own clearing up would stumble over it."""
    names: Any = connection.lrange(the_queue(connection).intermediate_queue_key, 0, -1)
    for name in names:
        if not JOB_ID.fullmatch(name):
            bury(connection, name, {}, NO_NAME)
