"""How choreography is wired over HTTP: the parts list of a process that posts its events and is posted others'."""

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
from common.store.coalesce import Coalescer
from common.store.commit import Store
from common.store.connect import connect
from common.store.dead_letters import DeadLetters
from common.store.watch import StoreWatch
from common.telemetry import Meters
from common.transport.consumer import Consumer
from common.transport.http import Client, http_client
from common.transport.posting import Posting, event_route
from common.transport.streams import Entry, Inbox, event_of, trace_of


def run_participant(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, Sequence[process.Loop]]:
        meters = Meters(spec.pattern, spec.transport, spec.service)
        redis = connect(spec.redis)
        domain = import_module(f"common.domain.{spec.service}")
        reactions: Reactions = import_module(f"choreography.{spec.service}").REACTIONS
        trouble, limit = faults.Faults(), spec.settings.concurrency
        service = Service(domain.OPERATIONS, Store(redis, spec.service), meters, limit, trouble.delay_s)
        participant = Participant(reactions, service)
        wishes = Coalescer(service.commit, spec.settings.batch_max)

        async def take(entry: Entry) -> None:
            event = event_of(entry)
            request = participant.reaction(event, trace_of(entry))
            meters.message("event", event.source, spec.service, len(entry.fields["data"]))
            await wishes.ask(await service.decided(request))

        posters = _posters(spec, meters)
        app, loops = entry_app(spec, service) if spec.door else (process.plain_app(spec), [])
        app.router.routes.append(event_route(take))
        watch = StoreWatch(redis)
        process.health_routes(app, spec, meters, lambda: watch.reachable and all(each.ready for each in posters))
        app.include_router(faults.routes(trouble, spec.token))
        return app, [watch.look, *(each.listen for each in posters), *loops]

    process.live(spec, build)


def _posters(spec: ProcessSpec, meters: Meters) -> list[Consumer[Entry, None]]:
    """One for each subscriber: it reads our own streams, and one that is away holds up nobody else."""
    client = http_client(spec.settings.http_client)
    return [_poster(spec, meters, client, *subscriber) for subscriber in spec.subscribers.items()]


def _poster(
    spec: ProcessSpec, meters: Meters, client: Client, group: str, subscriber: tuple[tuple[str, ...], tuple[str, ...]]
) -> Consumer[Entry, None]:
    kinds, urls = subscriber
    streams = [keys.events(spec.service, kind) for kind in kinds]
    inbox = Inbox(connect(spec.redis), group, spec.name, streams, spec.settings.claim_idle_s)
    letters = DeadLetters(connect(spec.redis), spec.service, group)
    return Consumer(Posting(client, urls), inbox, letters, spec.settings, meters, counts=False)
