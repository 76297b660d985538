"""How choreography is wired over streams: the parts list of a participant's process."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from fastapi import FastAPI

from choreography.entry import entry_app
from choreography.participant import Participant, Reactions
from common import faults, process
from common.process import ProcessSpec
from common.service import Service
from common.store import keys
from common.store.commit import Store
from common.store.connect import connect
from common.store.dead_letters import DeadLetters
from common.telemetry import Meters
from common.transport.consumer import Consumer
from common.transport.streams import Inbox


def heard_streams(reactions: Reactions) -> list[str]:
    """The streams of the events that these reactions are to."""
    return [keys.events(event.source, event.__name__) for event in reactions]


def run_participant(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, Sequence[process.Loop]]:
        meters = Meters(spec.pattern, spec.transport, spec.service)
        redis = connect(spec.redis)
        domain = import_module(f"common.domain.{spec.service}")
        reactions: Reactions = import_module(f"choreography.{spec.service}").REACTIONS
        trouble, limit = faults.Faults(), spec.settings.concurrency
        service = Service(domain.OPERATIONS, Store(redis, spec.service), meters, limit, trouble.delay_s)
        inbox = Inbox(
            connect(spec.redis), spec.service, spec.name, heard_streams(reactions), spec.settings.claim_idle_s
        )
        participant = Participant(reactions, service)
        consumer = Consumer(participant, inbox, DeadLetters(redis, spec.service), spec.settings, meters)
        app, loops = entry_app(spec, service) if spec.door else (process.plain_app(spec), [])
        process.health_routes(app, spec, meters, lambda: consumer.ready)
        app.include_router(faults.routes(trouble, spec.token))
        return app, [consumer.listen, *loops]

    process.live(spec, build)
