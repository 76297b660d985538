"""What an arm is made of, as data: roles, who hears and calls whom, users, ports. Which arms there are: `arms`.

What is the same in every arm has its words here, too: who the services are, what they say, what the door shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from common.domain.events import EVENTS, Event
from common.store import keys
from common.store.acl import Account, admin, auditor, owner, reader
from common.store.provision import Group

PORTS_PER_ARM = 40
ROLES_MAX = 8  # so that five replicas of eight roles fit in the block
REPLICAS_MAX = PORTS_PER_ARM // ROLES_MAX
DOOR = "door"
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


def streams_of(heard: Iterable[type[Event]]) -> tuple[str, ...]:
    """Where these are announced."""
    return tuple(keys.events(event.source, event.__name__) for event in heard)


ANSWERS = (*streams_of(EVENTS), *map(keys.answers, SERVICES))
"""What services announce, and what they answer to commands without announcing it."""


@dataclass(frozen=True, slots=True)
class Role:
    """One service's part in an arm."""

    service: str
    main: str  # "package.module:function", called in the process with its ProcessSpec, returns after SIGTERM
    hears: tuple[str, ...] = ()  # streams of other services
    calls: tuple[str, ...] = ()  # services whose addresses it is given
    tells: tuple[str, ...] = ()  # services to whose streams of commands it appends
    posts: tuple[tuple[str, str], ...] = ()  # event types of its own, each with a service that subscribed to it
    user: str = ""  # the Redis user that it is, if not the service's own
    needs: str = ""  # commands that it gives in its own keys, beyond those that every service may
    beside: tuple[tuple[str, str], ...] = ()  # keys not named after it, each with all the commands it may give there
    replicas: int = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """A condition of the ledger that is another in an arm by its nature; any other value of it is refused."""

    condition: str
    own: str
    others: str
    reason: str


@dataclass(frozen=True, slots=True)
class Arm:
    """A pattern over a transport: what an arm claims to be, and what it is made of."""

    name: str  # pattern-transport
    pattern: str
    transport: str
    entry: str  # the service whose processes are the customer's door
    roles: tuple[Role, ...]
    door_reads: tuple[str, ...] = ()  # of DOOR_READS
    easy_rate: float = 60.0  # orders/s that it carries with ease on two cores: what a comparison may offer to all
    wire: str = ""  # what carries commands and their answers, or events, if not the transport: `http` or `streams`
    queue: str = ""  # the library whose jobs stand between the orchestrator and its worker, if there are any
    differs: tuple[Difference, ...] = ()

    def with_replicas(self, counts: Mapping[str, int]) -> Arm:
        """The same arm with so many processes of these services; a service that it has not is another arm's affair.

        Raises ValueError for a count that is not 1 to REPLICAS_MAX.
        """
        for service, count in counts.items():
            if not 1 <= count <= REPLICAS_MAX:
                raise ValueError(f"{service} can have 1 to {REPLICAS_MAX} replicas, not {count}")
        roles = tuple(replace(role, replicas=counts.get(role.service, role.replicas)) for role in self.roles)
        return replace(self, roles=roles)


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
    owners = [
        owner(role.service, role.hears, (keys.commands(service) for service in role.tells), *_more(arm, role.service))
        for role in arm.roles
        if user_of(role) == role.service
    ]
    return [*owners, reader(DOOR, arm.door_reads), auditor(), admin()]


def _more(arm: Arm, user: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What the roles of one user need besides: commands in its own keys, and keys that are not named after it."""
    roles = [role for role in arm.roles if user_of(role) == user]
    return " ".join(role.needs for role in roles), tuple(dict.fromkeys(each for role in roles for each in role.beside))


def user_of(role: Role) -> str:
    """The Redis user that a role's processes are."""
    return role.user or role.service


def wire_of(arm: Arm) -> str:
    """What carries its commands and answers, or its events. Only `http` and `streams` can be looked into."""
    return arm.wire or arm.transport


def groups(arm: Arm) -> Iterator[Group]:
    """Each stream with the service that hears it: by itself, or by having it posted."""
    for role in arm.roles:
        yield from ((stream, user_of(role)) for stream in role.hears)
        yield from ((keys.events(role.service, kind), subscriber) for kind, subscriber in role.posts)


def subscribers(role: Role) -> dict[str, tuple[str, ...]]:
    """Whom a role posts to, and which event types."""
    names = dict.fromkeys(subscriber for _, subscriber in role.posts)
    return {name: tuple(kind for kind, subscriber in role.posts if subscriber == name) for name in names}
