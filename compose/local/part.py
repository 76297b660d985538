"""One of our own processes of an arm, as something that can be started and asked whether it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common.store.connect import Credentials
from compose.arm import Arm, Place, subscribers
from compose.local.children import Forked, fork
from compose.local.plan import Plan
from compose.local.ports import HOST
from compose.local.readiness import until_ready


@dataclass(frozen=True, slots=True)
class Part:
    """What to call in the process, what to tell it, and where it logs."""

    main: str
    fields: dict[str, Any]  # of its ProcessSpec; the settings as a dictionary
    log: Path

    def start(self) -> Forked:
        return fork(self.main, self.fields, self.log)

    async def ready(self) -> None:
        await until_ready(self.fields["port"])


def part(
    plan: Plan,
    arm: Arm,
    place: Place,
    redis: Credentials,
    door: Credentials,
    addresses: dict[str, tuple[str, ...]],
    token: str,
) -> Part:
    """The process at this place: only the entry reads for the door, only who calls others is given addresses."""
    fields = {
        "arm": arm.name,
        "pattern": arm.pattern,
        "transport": arm.transport,
        "service": place.role.service,
        "replica": place.replica,
        "host": HOST,
        "port": place.port,
        "redis": redis,
        "door": door if place.role.service == arm.entry else None,
        "addresses": {service: addresses[service] for service in place.role.calls},
        "subscribers": {name: (kinds, addresses[name]) for name, kinds in subscribers(place.role).items()},
        "token": token,
        "settings": plan.settings,
        "traces": str(plan.traces / arm.name),
    }
    return Part(place.role.main, fields, plan.log(arm.name, place.name))


def url(place: Place) -> str:
    """Where the process at this place answers."""
    return f"http://{HOST}:{place.port}"
