"""How orchestration is wired over a queue of jobs: the parts lists of the orchestrator's process and of a worker's.

The services are those of `orchestration.http`: a job asks them over HTTP. RQ's own forking worker can be chosen instead
of the one that lives beside our loop: then each job has a process, a loop and a client of its own.
"""

from __future__ import annotations

import secrets

from fastapi import FastAPI

from common import process
from common.parts import Parts, parts
from common.process import ProcessSpec
from common.transport.http import HttpAsker
from common.transport.rq.job import QUEUE
from common.transport.rq.queue import JobQueue
from common.transport.rq.worker import ThreadWorker
from orchestration.entry import entry_app
from orchestration.forking import run_forking_worker
from orchestration.jobs import Conductor, Enqueuing
from orchestration.orchestrator import Orchestrator
from orchestration.saga import ORDER_SAGA
from orchestration.unsafe import asking_of, journal_of

JOIN_S = 1.2  # a little longer than the worker waits for a job


def run_orchestrator(spec: ProcessSpec) -> None:
    """The orchestrator's process, with the door: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        reach = made.faults.crashes.reach
        journal = journal_of(spec.settings.unsafe)(made.redis, spec.name, spec.settings, made.meters, reach)
        enqueuing = Enqueuing(JobQueue(spec.redis, made.tracing), spec.settings, made.meters, reach)
        orchestrator = Orchestrator(journal, enqueuing, spec.settings)
        app = made.finish(
            entry_app(spec, orchestrator, made.meters),
            lambda: orchestrator.ready,
            orchestrator.replay,
            orchestrator.droppable,
        )
        return app, [enqueuing.watch, orchestrator.look_after, orchestrator.open_orders.watch]

    process.live(spec, build)


def conductor(made: Parts, asker: HttpAsker) -> Conductor:
    """What performs the jobs of one worker.

    Its name in the journal is new with each start, so that what a dead one held is taken over as soon as its lease has
    run out, and is not mistaken for what the new one holds.
    """
    spec = made.spec
    name = f"{spec.name}-{secrets.token_hex(4)}"
    journal = journal_of(spec.settings.unsafe)(made.redis, name, spec.settings, made.meters, made.faults.crashes.reach)
    asking = asking_of(spec.settings.unsafe)(ORDER_SAGA, journal, asker.ask, spec.settings, made.meters, made.tracing)
    return Conductor(ORDER_SAGA, journal, asking, spec.settings, made.meters, made.tracing, ("rq", QUEUE))


def run_worker(spec: ProcessSpec) -> None:
    """A worker's process: lives until SIGTERM."""
    if spec.settings.rq_worker == "fork":
        run_forking_worker(spec, conductor)
        return
    workers: list[ThreadWorker] = []

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        asker = HttpAsker(spec.service, spec.addresses, made.meters, spec.settings.http_client, made.tracing)
        conducting = conductor(made, asker)
        worker = ThreadWorker(spec.redis, spec.name, conducting.conduct)
        workers.append(worker)
        app = made.finish(process.plain_app(spec), lambda: conducting.ready and worker.ready)
        return app, [conducting.keep, worker.listen]

    try:
        process.live(spec, build)
    finally:
        for worker in workers:
            worker.join(JOIN_S)
