"""The parts lists of the orchestrator's process and of a worker's: those of `orchestration.rq`, with another queue."""

from __future__ import annotations

import logging
import secrets

from fastapi import FastAPI

from common import process
from common.parts import parts
from common.process import ProcessSpec
from common.transport.http import HttpAsker
from harmony_taskiq.jobs import TaskiqJobs, TaskiqWorker
from harmony_taskiq.names import LIBRARY, STREAM
from orchestration.entry import entry_app
from orchestration.jobs import Conductor, Enqueuing
from orchestration.orchestrator import Orchestrator
from orchestration.saga import ORDER_SAGA
from orchestration.unsafe import asking_of, journal_of


def run_orchestrator(spec: ProcessSpec) -> None:
    """The orchestrator's process, with the door: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        reach = made.faults.crashes.reach
        journal = journal_of(spec.settings.unsafe)(made.redis, spec.name, spec.settings, made.meters, reach)
        jobs = TaskiqJobs(spec.redis, spec.name, made.tracing)
        enqueuing = Enqueuing(jobs, spec.settings, made.meters, reach)
        orchestrator = Orchestrator(journal, enqueuing, spec.settings)
        door = entry_app(spec, orchestrator, made.meters)
        app = made.finish(door, lambda: orchestrator.ready, orchestrator.replay, orchestrator.droppable)
        return app, [enqueuing.watch, orchestrator.look_after, orchestrator.open_orders.watch]

    process.live(spec, build)


def run_worker(spec: ProcessSpec) -> None:
    """A worker's process: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        logging.getLogger("taskiq").setLevel(logging.WARNING)  # a line per job would be its dearest part
        made, settings = parts(spec), spec.settings
        asker = HttpAsker(spec.service, spec.addresses, made.meters, settings.http_client, made.tracing)
        name = f"{spec.name}-{secrets.token_hex(4)}"  # new with each start: what a dead worker held is taken over
        journal = journal_of(settings.unsafe)(made.redis, name, settings, made.meters, made.faults.crashes.reach)
        asking = asking_of(settings.unsafe)(ORDER_SAGA, journal, asker.ask, settings, made.meters, made.tracing)
        queue = (LIBRARY, STREAM)
        conductor = Conductor(ORDER_SAGA, journal, asking, settings, made.meters, made.tracing, queue)
        worker = TaskiqWorker(spec.redis, spec.name, conductor.conduct, journal.hand_back)
        return made.finish(process.plain_app(spec), lambda: conductor.ready), [conductor.keep, worker.listen]

    process.live(spec, build)
