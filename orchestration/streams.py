"""How orchestration is wired over streams: the parts lists of the orchestrator's process and of a service's process."""

from __future__ import annotations

from fastapi import FastAPI

from common import process
from common.domain.events import EVENTS
from common.parts import parts
from common.process import ProcessSpec
from common.store import keys
from common.transport.commands import Answering, CommandSender
from orchestration.entry import entry_app
from orchestration.orchestrator import Orchestrator
from orchestration.saga import ORDER_SAGA
from orchestration.unsafe import commanding_of, journal_of


def answer_streams() -> list[str]:
    """The services' own streams: what they announce is their answer; and what they answer without announcing it."""
    services = dict.fromkeys(event.source for event in EVENTS)
    return [*(keys.events(event.source, event.__name__) for event in EVENTS), *map(keys.answers, services)]


def run_orchestrator(spec: ProcessSpec) -> None:
    """The orchestrator's process, with the door: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        journal = journal_of(spec.settings.unsafe)(
            made.redis, spec.name, spec.settings, made.meters, made.faults.crashes.reach
        )
        sender = CommandSender(made.redis, spec.service, made.faults.crashes.reach, made.tracing)
        commanding = commanding_of(spec.settings.unsafe)(ORDER_SAGA, journal, sender.send, spec.settings, made.meters)
        orchestrator = Orchestrator(journal, commanding, spec.settings)
        consumer = made.consumer(commanding, answer_streams())
        app = made.finish(entry_app(spec, orchestrator, made.meters), lambda: orchestrator.ready and consumer.ready)
        return app, [orchestrator.look_after, orchestrator.open_orders.watch, consumer.listen, commanding.watch]

    process.live(spec, build)


def run_service(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, list[process.Loop]]:
        made = parts(spec)
        answering = Answering(made.service(), made.redis, spec.service, spec.settings.batch_max)
        consumer = made.consumer(answering, [keys.commands(spec.service)])
        made.meters.holds(consumer.held)
        return made.finish(process.plain_app(spec), lambda: consumer.ready), [consumer.listen]

    process.live(spec, build)
