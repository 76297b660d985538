"""The arms, as a table. What a service hears is read off its own list of reactions: nobody writes it down twice."""

from __future__ import annotations

from collections.abc import Iterable

from choreography import inventory, notification, order, payment, shipping
from common.domain.events import Event
from common.store import keys
from compose.arm import Arm, Role

SERVICES = ("order", "inventory", "payment", "shipping", "notification")
ORCHESTRATOR = "orchestrator"

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

PARTICIPANT = "choreography.streams:run_participant"
SERVICE = "orchestration.http:run_service"


def _streams(heard: Iterable[type[Event]]) -> tuple[str, ...]:
    return tuple(keys.events(event.source, event.__name__) for event in heard)


ARMS = {
    arm.name: arm
    for arm in (
        Arm(
            name="orchestration-http",
            pattern="orchestration",
            transport="http",
            entry=ORCHESTRATOR,
            roles=(
                Role(ORCHESTRATOR, "orchestration.http:run_orchestrator", calls=SERVICES),
                *(Role(service, SERVICE) for service in SERVICES),
            ),
            door_reads=DOOR_READS,
        ),
        Arm(
            name="choreography-streams",
            pattern="choreography",
            transport="streams",
            entry="order",
            roles=(
                Role("order", PARTICIPANT, hears=_streams(order.REACTIONS)),
                Role("inventory", PARTICIPANT, hears=_streams(inventory.REACTIONS)),
                Role("payment", PARTICIPANT, hears=_streams(payment.REACTIONS)),
                Role("shipping", PARTICIPANT, hears=_streams(shipping.REACTIONS)),
                Role("notification", PARTICIPANT, hears=_streams(notification.REACTIONS)),
            ),
            door_reads=DOOR_READS,
        ),
    )
}
