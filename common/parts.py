"""What a process of any arm is made of: the same parts, put together the same way. Which of them, says its wiring."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import FastAPI

from common import process
from common.faults import Faults, routes
from common.messages import Malformed
from common.process import ProcessSpec
from common.service import Service
from common.store.connect import connect
from common.store.dead_letters import DeadLetters, Letter
from common.store.unsafe_commit import store_of
from common.telemetry.meters import Meters
from common.telemetry.serving import Serving
from common.telemetry.tracing import NOTHING_TRACED, Origin, Policy, Tracing
from common.telemetry.unmetered import Unmetered
from common.transport.consumer import Consumer, Work
from common.transport.letters import Replay, always, letter_routes
from common.transport.unsafe_inbox import inbox_of
from common.unsafe import described

if TYPE_CHECKING:
    from redis.asyncio import Redis

Item = TypeVar("Item")
Ready = TypeVar("Ready")


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one process: how it counts, where it stores, and the faults that it may be told to have."""

    spec: ProcessSpec
    meters: Meters
    redis: Redis
    faults: Faults
    tracing: Tracing
    hearing: dict[str, Consumer[Any, Any]] = field(default_factory=dict)  # group -> who hears for it

    def service(self) -> Service:
        """The service that this process is."""
        operations = import_module(f"common.domain.{self.spec.service}").OPERATIONS
        settings, reach = self.spec.settings, self.faults.crashes.reach
        store = store_of(self.redis, self.spec.service, settings.unsafe, reach)
        return Service(operations, store, self.meters, settings.concurrency, self.faults.delay_s, reach, self.tracing)

    def consumer(
        self, work: Work[Item, Ready], streams: Sequence[str], group: str = "", counts: bool = True
    ) -> Consumer[Item, Ready]:
        """Whoever hears these streams, with a connection of its own: as this service, or for another group."""
        settings, group = self.spec.settings, group or self.spec.service
        reads = connect(self.spec.redis)
        inbox = inbox_of(settings.unsafe)(
            reads, group, self.spec.name, streams, settings.claim_idle_s, self.faults.crashes.reach
        )
        letters = DeadLetters(self.redis, self.spec.service, group)
        consumer = Consumer(work, inbox, letters, settings, self.meters, counts, self.tracing)
        self.hearing[group] = consumer
        return consumer

    def finish(
        self, app: FastAPI, ready: process.Ready, replay: Replay | None = None, droppable: Replay = always
    ) -> FastAPI:
        """The app, with what every process serves besides. `replay`: for letters that are no entries of a stream."""
        known: process.Ready = getattr(app.state, "known", lambda: True)  # a door's: how many orders are open
        process.health_routes(app, self.spec, self.meters, lambda: known() and ready())
        app.include_router(routes(self.faults, self.spec.token))
        letters = DeadLetters(self.redis, self.spec.redis.username)
        app.include_router(letter_routes(letters, replay or self._replay, self.spec.token, droppable))
        if self.spec.settings.telemetry == "on":
            app.add_middleware(Serving, self.tracing, self.meters.answered if self.spec.door else None)
        app.state.close = self.tracing.close
        return app

    async def _replay(self, letter: Letter) -> None:
        if letter.group not in self.hearing:
            raise Malformed(f"nobody here can do this again: it was {letter.reason[:200]!r}")
        await self.hearing[letter.group].replay(letter)


def parts(spec: ProcessSpec) -> Parts:
    """To be called inside the event loop. Says loudly what is unsafe."""
    for sentence in described(spec.settings.unsafe):
        logging.warning(sentence)
    kind, faults = (Meters if spec.settings.telemetry == "on" else Unmetered), Faults()
    meters = kind(spec.pattern, spec.transport, spec.service)
    meters.show_faults(lambda: [(fault.fault, fault.operation) for fault in faults.active()])
    return Parts(spec, meters, connect(spec.redis), faults, tracing_of(spec, meters))


def tracing_of(spec: ProcessSpec, meters: Meters) -> Tracing:
    """How this process tells of the orders that are traced."""
    if spec.settings.telemetry == "off":
        return NOTHING_TRACED
    origin = Origin(spec.arm, spec.pattern, spec.transport, spec.service, spec.name)
    knobs = spec.settings
    policy = Policy(knobs.trace_share, knobs.trace_mode, spec.traces, knobs.otlp_endpoint, knobs.seed)
    return Tracing(origin, policy, meters.spans.inc, meters.span_lost)
