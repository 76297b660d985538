"""Workers: they take one job at a time. One lives in a thread beside an event loop; the other is RQ's own, which forks.

RQ's remote control of its workers (a channel for each) is left out, and so is its asking for the server's address book.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError
from typing import Any, cast

from redis import Redis
from rq import Queue, SimpleWorker, Worker
from rq.exceptions import DequeueTimeout
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import BaseDeathPenalty
from rq.worker.base import BaseWorker, WorkerStatus

from common.messages import Unreachable
from common.store.connect import TIMEOUT_S, Credentials, asking
from common.transport.rq.job import AllowedJob, AllowedQueue, Perform, bury, sweep, the_queue
from common.transport.rq.queue import WHOM, client

JOB_S = 2.5  # after which a job is no longer waited for; it bounds itself below that
BLOCK_S = 1  # how long a worker waits for a job: RQ wants whole seconds, and a stop is noticed by then
WORKER_S = 16  # how long RQ believes in a worker that is unheard of
MAINTENANCE_S = 1  # between two looks at what dead workers left; RQ's default is ten minutes
RECONNECT_S = 0.2

PerformAsync = Callable[[str, int, str], Coroutine[Any, Any, None]]


class _Refusing(BaseWorker):
    """What both kinds have: jobs of ours alone are performed, and by us."""

    perform_by: Perform
    log_job_description = False

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Perform it, or refuse it."""
        ours = cast("AllowedJob", job)  # the queue makes no others
        if ours.refused:
            bury(self.connection, ours.id.encode(), ours.raw, ours.refused)
            return
        ours.perform_by = self.perform_by
        super().execute_job(ours, queue)

    def clean_registries(self) -> None:
        """As RQ's."""
        sweep(self.connection)
        BaseWorker.clean_registries(self)

    def subscribe(self) -> None:
        """Nobody commands these workers over the server."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def procline(self, message: str) -> None:
        """The process has its name already."""

    def _set_ip_address(self, connection: Redis) -> None:
        self.ip_address = "unknown"


class _NoPenalty(BaseDeathPenalty):
    """A job bounds itself: RQ's alarm works in the main thread only, where the signals belong to the process."""

    def setup_death_penalty(self) -> None:
        """Nothing to set up."""

    def cancel_death_penalty(self) -> None:
        """Nothing to take back."""


class _Thread(_Refusing, SimpleWorker):
    """RQ's SimpleWorker with a short lease, off the main thread."""

    death_penalty_class = _NoPenalty
    connection_timeout = int(TIMEOUT_S) + BLOCK_S

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Seconds until RQ takes the job for abandoned. RQ's own adds a minute."""
        return int(job.timeout or 0) + 1

    def run_maintenance_tasks(self) -> None:
        """Look after what dead workers left. There are no groups here."""
        self.clean_registries()

    def listen(self, stopping: threading.Event, ready: Callable[[], None]) -> None:
        """RQ's `work`, ended by an event and not by a signal, and by trouble with the server."""
        self.bootstrap(logging_level="WARNING")
        ready()
        try:
            while not stopping.is_set():
                if self.should_run_maintenance_tasks:
                    self.run_maintenance_tasks()
                try:
                    found = AllowedQueue.dequeue_any(
                        self.queues, BLOCK_S, self.connection, AllowedJob, JSONSerializer, _NoPenalty
                    )
                except DequeueTimeout:
                    self.set_state(WorkerStatus.IDLE)
                    self.heartbeat()
                else:
                    if found is not None:
                        self.execute_job(*found)
        finally:
            BaseWorker.teardown(self)


class ThreadWorker:
    """RQ's SimpleWorker in a thread, whose jobs are performed by the event loop."""

    def __init__(self, credentials: Credentials, name: str, perform: PerformAsync) -> None:
        self._credentials = credentials
        self._name = name
        self._perform = perform
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self.ready = False

    async def listen(self) -> None:
        """Take jobs until cancelled. What the worker dies of is raised here."""
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._thread = threading.Thread(target=self._run, args=(loop, done), name="rq", daemon=True)
        self._thread.start()
        try:
            await done
        finally:
            self._stopping.set()

    def join(self, timeout_s: float) -> None:
        """Wait for the thread's end. What it still holds is found by others when its lease has run out."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, loop: asyncio.AbstractEventLoop, done: asyncio.Future[None]) -> None:
        error: Exception | None = None
        try:
            while not self._stopping.is_set():
                self._connected(loop)
        except Exception as trouble:
            error = trouble
        if not self._stopping.is_set():
            loop.call_soon_threadsafe(done.set_exception, error or RuntimeError("the worker has ended"))

    def _connected(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            with asking(WHOM):
                self._worker(loop).listen(self._stopping, self._is_ready)
        except Unreachable as trouble:
            self.ready = False
            logging.warning("the worker begins anew: %s", trouble)
            self._stopping.wait(RECONNECT_S)

    def _is_ready(self) -> None:
        self.ready = True

    def _worker(self, loop: asyncio.AbstractEventLoop) -> _Thread:
        def perform(order_id: str, size: int, traceparent: str) -> None:
            try:
                asyncio.run_coroutine_threadsafe(self._perform(order_id, size, traceparent), loop).result(JOB_S)
            except CancelledError:
                logging.info("stopped in the middle of order %s: it is put in again", order_id)

        worker = _Thread(
            [the_queue(client(self._credentials))],
            f"{self._name}-{secrets.token_hex(4)}",
            maintenance_interval=MAINTENANCE_S,
            worker_ttl=WORKER_S,
            job_class=AllowedJob,
            queue_class=AllowedQueue,
            serializer=JSONSerializer,
        )
        worker.perform_by = perform
        return worker


class _Forking(_Refusing, Worker):
    """RQ's Worker, with the leases that it has out of the box."""


def fork_for_each_job(credentials: Credentials, name: str, perform: Perform) -> None:
    """Take jobs until SIGTERM or trouble with the server, each performed in a process of its own. For a main thread."""
    worker = _Forking(
        [the_queue(client(credentials))],
        f"{name}-{secrets.token_hex(4)}",
        job_class=AllowedJob,
        queue_class=AllowedQueue,
        serializer=JSONSerializer,
    )
    worker.perform_by = perform
    worker.work(logging_level="WARNING")
