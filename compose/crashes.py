"""Every single crash that can matter, enumerated from the code: each point of each process, with each operation that
comes by it. What the points are says `common.crash`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module

from common.domain.effect import Operation, name_of
from common.messages import EVENT_TYPES
from compose.arm import Arm, user_of, wire_of
from compose.arms import ORCHESTRATOR, REACTIONS, SERVICES

OPEN, JOB = "open", "job"
COMMIT = ("commit.before", "commit.after")
ACK = ("ack.before", "ack.after")
PUBLISH = ("publish.before", "publish.after")
JOURNAL = ("journal.before", "journal.after")
ENQUEUE = ("enqueue.before", "enqueue.after")
REPLY = ("reply.before",)
ANSWERED = {"streams": ACK, "http": REPLY}  # by wire: another wire's own points nobody knows


@dataclass(frozen=True, slots=True)
class CrashPoint:
    """One process, one point, one operation that comes by."""

    process: str
    point: str
    operation: str

    @property
    def name(self) -> str:
        """`payment-1/commit.after/charge`"""
        return f"{self.process}/{self.point}/{self.operation}"


def crash_points(arm: Arm) -> list[CrashPoint]:
    """All of an arm, its first replicas standing for the others."""
    return [
        CrashPoint(f"{role.service}-1", point, operation)
        for role in arm.roles
        for points, operations in _of(arm, role.service)
        for operation in operations
        for point in points
    ]


def _of(arm: Arm, service: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """The points of one process, with the operations that come by."""
    everything = [name for each in SERVICES for name in _names(each)]
    if service in SERVICES:
        yield from _service(arm, service)
    elif wire_of(arm) == "streams":
        yield (*PUBLISH, *ACK), everything
        yield JOURNAL, [OPEN, *everything]
    elif service == ORCHESTRATOR and arm.queue:
        yield JOURNAL, [OPEN]
        yield ENQUEUE, [JOB]
    else:
        yield JOURNAL, [*([OPEN] if service == ORCHESTRATOR else []), *everything]


def _service(arm: Arm, service: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    yield COMMIT, _names(service)
    if arm.pattern == "orchestration":
        yield ANSWERED.get(wire_of(arm), ()), _names(service)
        return
    heard = {event.by for event in REACTIONS[service]}
    yield ANSWERED.get(wire_of(arm), ()), sorted(heard)
    role = next(role for role in arm.roles if user_of(role) == service)
    yield (*PUBLISH, *ACK) if role.posts else (), sorted({EVENT_TYPES[kind].by for kind, _ in role.posts})


def _names(service: str) -> list[str]:
    return [name_of(operation) for operation in _operations(service)]


def _operations(service: str) -> Iterable[Operation]:
    operations: tuple[Operation, ...] = import_module(f"common.domain.{service}").OPERATIONS
    return operations
