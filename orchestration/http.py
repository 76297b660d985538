"""How orchestration is wired over HTTP: the parts lists of the orchestrator's process and of a service's process."""

from __future__ import annotations

from importlib import import_module

from fastapi import FastAPI

from common import faults, process
from common.messages import Answer, Request
from common.process import ProcessSpec
from common.service import Service
from common.store.coalesce import Coalescer
from common.store.commit import Store
from common.store.connect import connect
from common.store.watch import StoreWatch
from common.telemetry import Meters
from common.transport.http import HttpAsker, operation_route
from orchestration.asking import Asking
from orchestration.entry import entry_app
from orchestration.journal import Journal
from orchestration.orchestrator import Orchestrator
from orchestration.saga import ORDER_SAGA


def run_orchestrator(spec: ProcessSpec) -> None:
    """The orchestrator's process, with the door: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        meters = Meters(spec.pattern, spec.transport, spec.service)
        journal = Journal(connect(spec.redis), spec.name, spec.settings, meters)
        asker = HttpAsker(spec.service, spec.addresses, meters, spec.settings.http_client)
        asking = Asking(ORDER_SAGA, journal, asker.ask, spec.settings, meters)
        orchestrator = Orchestrator(journal, asking, spec.settings)
        app = entry_app(spec, orchestrator)
        process.health_routes(app, spec, meters, lambda: orchestrator.ready)
        return app, [orchestrator.look_after]

    process.live(spec, build)


def run_service(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        meters = Meters(spec.pattern, spec.transport, spec.service)
        redis = connect(spec.redis)
        domain = import_module(f"common.domain.{spec.service}")
        trouble, limit = faults.Faults(), spec.settings.concurrency
        service = Service(domain.OPERATIONS, Store(redis, spec.service), meters, limit, trouble.delay_s)
        wishes = Coalescer(service.commit, spec.settings.batch_max)

        async def handle(request: Request) -> Answer:
            return await wishes.ask(await service.decided(request))

        app = process.plain_app(spec)
        app.router.routes.append(operation_route(handle))
        watch = StoreWatch(redis)
        process.health_routes(app, spec, meters, lambda: watch.reachable)
        app.include_router(faults.routes(trouble, spec.token))
        return app, [watch.look]

    process.live(spec, build)
