"""The arms, as a table. What a service hears is read off its own list of reactions: nobody writes it down twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from choreography import inventory, notification, order, payment, shipping
from choreography.participant import Reactions
from common.domain.events import EVENTS, Event
from common.store import keys
from compose.arm import Arm, Role

SERVICES = ("order", "inventory", "payment", "shipping", "notification")
ORCHESTRATOR = "orchestrator"
WORKER = "worker"

DOOR_READS = (
    *(keys.record(service, "*") for service in SERVICES),
    *(keys.events(service, "*") for service in SERVICES),
    keys.listing("order", "deadlines"),
    keys.listing("order", "closed"),
    keys.listing("order", "placed"),
    "{orchestrator}:saga:*",
    "{orchestrator}:open",
)
"""What the door shows to a customer, in every arm alike."""

REACTIONS: Mapping[str, Reactions] = {
    "order": order.REACTIONS,
    "inventory": inventory.REACTIONS,
    "payment": payment.REACTIONS,
    "shipping": shipping.REACTIONS,
    "notification": notification.REACTIONS,
}


def _streams(heard: Iterable[type[Event]]) -> tuple[str, ...]:
    return tuple(keys.events(event.source, event.__name__) for event in heard)


ANSWERS = (*_streams(EVENTS), *map(keys.answers, SERVICES))
"""What services announce, and what they answer to commands without announcing it."""


def _posts(service: str) -> tuple[tuple[str, str], ...]:
    """Who reacts to what this service announces."""
    return tuple(
        (event.__name__, subscriber)
        for subscriber, reactions in REACTIONS.items()
        for event in reactions
        if event.source == service
    )


def _orchestration(transport: str, orchestrator: Role, services: Iterable[Role], easy_rate: float = 60) -> Arm:
    roles = (orchestrator, *services)
    return Arm(f"orchestration-{transport}", "orchestration", transport, ORCHESTRATOR, roles, DOOR_READS, easy_rate)


def _choreography(transport: str, participants: Iterable[Role]) -> Arm:
    return Arm(f"choreography-{transport}", "choreography", transport, "order", tuple(participants), DOOR_READS)


ARMS = {
    arm.name: arm
    for arm in (
        _orchestration(
            "http",
            Role(ORCHESTRATOR, "orchestration.http:run_orchestrator", calls=SERVICES),
            (Role(service, "orchestration.http:run_service") for service in SERVICES),
        ),
        _orchestration(
            "streams",
            Role(ORCHESTRATOR, "orchestration.streams:run_orchestrator", hears=ANSWERS, tells=SERVICES),
            (Role(each, "orchestration.streams:run_service", hears=(keys.commands(each),)) for each in SERVICES),
        ),
        _orchestration(
            "rq",
            Role(ORCHESTRATOR, "orchestration.rq:run_orchestrator", jobs=True),
            (
                Role(WORKER, "orchestration.rq:run_worker", calls=SERVICES, user=ORCHESTRATOR, jobs=True),
                *(Role(service, "orchestration.http:run_service") for service in SERVICES),
            ),
            easy_rate=20,
        ),
        _choreography(
            "streams",
            (
                Role(service, "choreography.streams:run_participant", hears=_streams(reactions))
                for service, reactions in REACTIONS.items()
            ),
        ),
        _choreography(
            "http",
            (Role(service, "choreography.http:run_participant", posts=_posts(service)) for service in SERVICES),
        ),
    )
}
