"""The arms, as a table: the lab's own, and those that other packages describe (`outside`).

What a service hears is read off its own list of reactions: nobody writes it down twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from choreography import inventory, notification, order, payment, shipping
from choreography.participant import Reactions
from common.store import keys
from common.store.acl import JOBS
from compose.arm import ANSWERS, DOOR_READS, ORCHESTRATOR, SERVICES, WORKER, Arm, Difference, Role, streams_of
from compose.outside import outside

__all__ = ["ARMS", "DOOR_READS", "ORCHESTRATOR", "OWN", "REACTIONS", "SERVICES", "WORKER", "unfit"]

REACTIONS: Mapping[str, Reactions] = {
    "order": order.REACTIONS,
    "inventory": inventory.REACTIONS,
    "payment": payment.REACTIONS,
    "shipping": shipping.REACTIONS,
    "notification": notification.REACTIONS,
}


def _posts(service: str) -> tuple[tuple[str, str], ...]:
    """Who reacts to what this service announces."""
    return tuple(
        (event.__name__, subscriber)
        for subscriber, reactions in REACTIONS.items()
        for event in reactions
        if event.source == service
    )


ONE_AT_A_TIME = (
    Difference(
        "orders_at_once",
        "1 per worker",
        "all that are open",
        "a worker has one order at a time; the services' limit is everybody's",
    ),
    Difference(
        "http_client",
        "httpx-aiohttp, one for each job",
        "httpx-aiohttp",
        "RQ's forking worker gives each job a process of its own",
    ),
)


def _orchestration(transport: str, orchestrator: Role, services: Iterable[Role]) -> Arm:
    roles = (orchestrator, *services)
    return Arm(f"orchestration-{transport}", "orchestration", transport, ORCHESTRATOR, roles, DOOR_READS)


def _choreography(transport: str, participants: Iterable[Role]) -> Arm:
    return Arm(f"choreography-{transport}", "choreography", transport, "order", tuple(participants), DOOR_READS)


OWN: Mapping[str, Arm] = {
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
        replace(
            _orchestration(
                "rq",
                Role(ORCHESTRATOR, "orchestration.rq:run_orchestrator", needs=JOBS),
                (
                    Role(WORKER, "orchestration.rq:run_worker", calls=SERVICES, user=ORCHESTRATOR),
                    *(Role(service, "orchestration.http:run_service") for service in SERVICES),
                ),
            ),
            easy_rate=20,
            wire="http",
            queue="rq",
            differs=ONE_AT_A_TIME,
        ),
        _choreography(
            "streams",
            (
                Role(service, "choreography.streams:run_participant", hears=streams_of(reactions))
                for service, reactions in REACTIONS.items()
            ),
        ),
        _choreography(
            "http",
            (Role(service, "choreography.http:run_participant", posts=_posts(service)) for service in SERVICES),
        ),
    )
}
"""The lab's own five, which `all` means."""


class _Arms(Mapping[str, Arm]):
    """The lab's own, then the outside ones, which are looked for when they are first asked for."""

    def __getitem__(self, name: str) -> Arm:
        return OWN[name] if name in OWN else outside(OWN).arms[name]

    def __iter__(self) -> Iterator[str]:
        return iter((*OWN, *outside(OWN).arms))

    def __len__(self) -> int:
        return len(OWN) + len(outside(OWN).arms)


ARMS: Mapping[str, Arm] = _Arms()
"""Every arm by its name. One that is registered and not in order is not in here: `unfit` says why."""


def unfit(name: str) -> str:
    """What is wrong with an outside arm of this name, and what to do; "" when there is no such."""
    return outside(OWN).unfit.get(name, "")
