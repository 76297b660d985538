"""How orchestration is wired over streams: the parts lists of the orchestrator's process and of a service's process."""

from __future__ import annotations

from importlib import import_module

from fastapi import FastAPI

from common import faults, process
from common.domain.events import EVENTS
from common.process import ProcessSpec
from common.service import Service
from common.store import keys
from common.store.commit import Store
from common.store.connect import connect
from common.store.dead_letters import DeadLetters
from common.telemetry import Meters
from common.transport.commands import CommandSender, command_of
from common.transport.consumer import Consumer
from common.transport.deciding import Deciding
from common.transport.streams import Inbox
from orchestration.commanding import Commanding
from orchestration.entry import entry_app
from orchestration.journal import Journal
from orchestration.orchestrator import Orchestrator
from orchestration.saga import ORDER_SAGA


def answer_streams() -> list[str]:
    """The services' own streams: what they announce is their answer."""
    return [keys.events(event.source, event.__name__) for event in EVENTS]


def run_orchestrator(spec: ProcessSpec) -> None:
    """The orchestrator's process, with the door: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        meters = Meters(spec.pattern, spec.transport, spec.service)
        redis = connect(spec.redis)
        journal = Journal(redis, spec.name, spec.settings, meters)
        sender = CommandSender(redis, spec.service)
        commanding = Commanding(ORDER_SAGA, journal, sender.send, spec.settings, meters)
        orchestrator = Orchestrator(journal, commanding, spec.settings)
        inbox = Inbox(connect(spec.redis), spec.service, spec.name, answer_streams(), spec.settings.claim_idle_s)
        consumer = Consumer(commanding, inbox, DeadLetters(redis, spec.service), spec.settings, meters)
        app = entry_app(spec, orchestrator)
        process.health_routes(app, spec, meters, lambda: orchestrator.ready and consumer.ready)
        return app, [orchestrator.look_after, consumer.listen, commanding.watch]

    process.live(spec, build)


def run_service(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        meters = Meters(spec.pattern, spec.transport, spec.service)
        redis = connect(spec.redis)
        domain = import_module(f"common.domain.{spec.service}")
        trouble, limit = faults.Faults(), spec.settings.concurrency
        service = Service(domain.OPERATIONS, Store(redis, spec.service), meters, limit, trouble.delay_s)
        heard = [keys.commands(spec.service)]
        inbox = Inbox(connect(spec.redis), spec.service, spec.name, heard, spec.settings.claim_idle_s)
        deciding = Deciding("command", service, command_of)
        consumer = Consumer(deciding, inbox, DeadLetters(redis, spec.service), spec.settings, meters)
        app = process.plain_app(spec)
        process.health_routes(app, spec, meters, lambda: consumer.ready)
        app.include_router(faults.routes(trouble, spec.token))
        return app, [consumer.listen]

    process.live(spec, build)
