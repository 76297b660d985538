"""How choreography is wired over HTTP: the parts list of a process that posts its events and is posted others'."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from fastapi import FastAPI

from choreography.entry import entry_app
from choreography.participant import Participant, Reactions
from common import process
from common.parts import Parts, parts
from common.process import ProcessSpec
from common.store import keys
from common.store.watch import StoreWatch
from common.transport.consumer import Consumer
from common.transport.http import http_client
from common.transport.joining import Joining
from common.transport.posting import Posting, event_route
from common.transport.streams import Entry, event_of, trace_of


def run_participant(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, Sequence[process.Loop]]:
        made = parts(spec)
        service = made.service()
        reactions: Reactions = import_module(f"choreography.{spec.service}").REACTIONS
        participant = Participant(reactions, service, spec.settings.batch_max)
        joining = Joining(service, spec.settings.batch_max)

        async def take(entry: Entry) -> None:
            event = event_of(entry)
            request = participant.reaction(event, trace_of(entry))
            made.meters.message("event", event.source, spec.service, len(entry.fields["data"]))
            await joining.answer(request)

        made.meters.holds(joining.held)
        posters, watch = _posters(made), StoreWatch(made.redis)
        app, loops = entry_app(spec, service, made.meters) if spec.door else (process.plain_app(spec), [])
        app.router.routes.append(event_route(take, made.faults.crashes.reach))
        made.finish(app, lambda: watch.reachable and all(each.ready for each in posters))
        return app, [watch.look, *(each.listen for each in posters), *loops]

    process.live(spec, build)


def _posters(made: Parts) -> list[Consumer[Entry, None]]:
    """One for each subscriber, of our own streams: a subscriber that is away holds up no other."""
    spec, client = made.spec, http_client(made.spec.settings.http_client)
    return [
        made.consumer(
            Posting(client, urls, made.faults.crashes.reach, made.tracing),
            [keys.events(spec.service, kind) for kind in kinds],
            group,
            counts=False,
        )
        for group, (kinds, urls) in spec.subscribers.items()
    ]
