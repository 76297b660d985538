"""How choreography is wired over streams: the parts list of a participant's process."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from fastapi import FastAPI

from choreography.deadlines import Clock
from choreography.entry import PlacingEntry
from choreography.participant import Participant, Reactions
from common import faults, process
from common.domain.catalogue import catalogue
from common.door import make_door
from common.process import ProcessSpec
from common.service import Service
from common.store import keys
from common.store.commit import Store
from common.store.connect import connect
from common.store.dead_letters import DeadLetters
from common.store.orders import OrdersView
from common.store.overdue import Overdue
from common.telemetry import Meters
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
        participant = Participant(
            reactions,
            service,
            Inbox(connect(spec.redis), spec.service, spec.name, heard_streams(reactions), spec.settings.claim_idle_s),
            DeadLetters(redis, spec.service),
            spec.settings,
            meters,
        )
        app, loops = _entry(spec, service) if spec.door else (_plain(spec), [])
        process.health_routes(app, meters, lambda: participant.ready)
        app.include_router(faults.routes(trouble, spec.token))
        return app, [participant.listen, *loops]

    process.live(spec, build)


def _plain(spec: ProcessSpec) -> FastAPI:
    return FastAPI(title=f"Harmony: {spec.service}", telemetry={"tracing": False, "metrics": False, "logs": False})


def _entry(spec: ProcessSpec, service: Service) -> tuple[FastAPI, list[process.Loop]]:
    """The order service besides: it has the door, and the clock."""
    if spec.door is None:
        raise ValueError(f"{spec.name} has a door and needs a user for it")
    view = OrdersView(connect(spec.door), connect(spec.door))
    entry = PlacingEntry(service, view, spec.settings)
    shop = catalogue(spec.settings.seed, spec.settings.skus)
    clock = Clock(Overdue(connect(spec.redis)), service, spec.settings)
    return make_door(spec.arm, entry, view, shop, spec.settings), [entry.count, clock.watch]
