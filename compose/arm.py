"""What an arm is made of, as data: roles, who hears and calls whom, users, ports. Which arms there are: `arms`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from common.store.acl import Account, admin, auditor, owner, reader
from common.store.provision import Group

PORTS_PER_ARM = 40
ROLES_MAX = 8  # so that five replicas of eight roles fit in the block
DOOR = "door"


@dataclass(frozen=True, slots=True)
class Role:
    """One service's part in an arm."""

    service: str
    main: str  # "package.module:function", called in the process with its ProcessSpec, returns after SIGTERM
    hears: tuple[str, ...] = ()  # streams of other services
    calls: tuple[str, ...] = ()  # services whose addresses it is given
    replicas: int = 1


@dataclass(frozen=True, slots=True)
class Arm:
    """A pattern over a transport."""

    name: str
    pattern: str
    transport: str
    entry: str  # the service whose processes are the customer's door
    roles: tuple[Role, ...]
    door_reads: tuple[str, ...] = ()  # key patterns


@dataclass(frozen=True, slots=True)
class Place:
    """One process of an arm, and the port where its HTTP server listens."""

    name: str
    role: Role
    replica: int
    port: int


def places(arm: Arm, base: int) -> list[Place]:
    """Every process of the arm: the entry's first replica at the base, each role one further, replicas by eights."""
    roles = sorted(arm.roles, key=lambda role: role.service != arm.entry)
    return [
        Place(f"{role.service}-{replica}", role, replica, base + index + (replica - 1) * ROLES_MAX)
        for index, role in enumerate(roles)
        for replica in range(1, role.replicas + 1)
    ]


def accounts(arm: Arm) -> list[Account]:
    """The users of the arm's server: one per service, one that reads for the door, auditor and admin."""
    owners = [owner(role.service, role.hears) for role in arm.roles]
    return [*owners, reader(DOOR, arm.door_reads), auditor(), admin()]


def groups(arm: Arm) -> Iterator[Group]:
    """Each stream with the service that hears it."""
    for role in arm.roles:
        yield from ((stream, role.service) for stream in role.hears)
