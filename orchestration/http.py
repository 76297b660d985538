"""How orchestration is wired over HTTP: the parts lists of the orchestrator's process and of a service's process."""

from __future__ import annotations

from fastapi import FastAPI

from common import process
from common.parts import parts
from common.process import ProcessSpec
from common.store.watch import StoreWatch
from common.transport.http import HttpAsker, operation_route
from common.transport.joining import Joining
from orchestration.entry import entry_app
from orchestration.orchestrator import Orchestrator
from orchestration.saga import ORDER_SAGA
from orchestration.unsafe import asking_of, journal_of


def run_orchestrator(spec: ProcessSpec) -> None:
    """The orchestrator's process, with the door: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        journal = journal_of(spec.settings.unsafe)(
            made.redis, spec.name, spec.settings, made.meters, made.faults.crashes.reach
        )
        asker = HttpAsker(spec.service, spec.addresses, made.meters, spec.settings.http_client, made.tracing)
        asking = asking_of(spec.settings.unsafe)(
            ORDER_SAGA, journal, asker.ask, spec.settings, made.meters, made.tracing
        )
        orchestrator = Orchestrator(journal, asking, spec.settings)
        app = made.finish(
            entry_app(spec, orchestrator, made.meters),
            lambda: orchestrator.ready,
            orchestrator.replay,
            orchestrator.droppable,
        )
        return app, [orchestrator.look_after, orchestrator.open_orders.watch]

    process.live(spec, build)


def run_service(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        joining = Joining(made.service(), spec.settings.batch_max)
        made.meters.holds(joining.held)
        app, watch = process.plain_app(spec), StoreWatch(made.redis)
        app.router.routes.append(operation_route(joining.answer, made.faults.crashes.reach))
        return made.finish(app, lambda: watch.reachable), [watch.look]

    process.live(spec, build)
