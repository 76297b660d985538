"""How choreography is wired over streams: the parts list of a participant's process."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from fastapi import FastAPI

from choreography.entry import entry_app
from choreography.participant import Participant, Reactions
from common import process
from common.parts import parts
from common.process import ProcessSpec
from common.store import keys


def heard_streams(reactions: Reactions) -> list[str]:
    """The streams of the events that these reactions are to."""
    return [keys.events(event.source, event.__name__) for event in reactions]


def run_participant(spec: ProcessSpec) -> None:
    """One of the five services' processes: lives until SIGTERM."""

    def build() -> tuple[FastAPI, Sequence[process.Loop]]:
        made = parts(spec)
        service = made.service()
        reactions: Reactions = import_module(f"choreography.{spec.service}").REACTIONS
        consumer = made.consumer(Participant(reactions, service, spec.settings.batch_max), heard_streams(reactions))
        made.meters.holds(consumer.held)
        app, loops = entry_app(spec, service, made.meters) if spec.door else (process.plain_app(spec), [])
        return made.finish(app, lambda: consumer.ready), [consumer.listen, *loops]

    process.live(spec, build)
