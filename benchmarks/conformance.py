"""What an arm claims by its name, read off the code: who sends what to whom, and whose streams are read by whom.

orchestration: one node sends commands to the others and learns their outcomes, and no service talks to another.
choreography: no commands, no replies, nobody addresses another. Who really did is seen by `conformance_run.py`, and
whether that is what was claimed is judged by `judge/conformance.py`, from the records alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.flow import asked, listening
from common.store import keys
from compose.arm import Arm, user_of, wire_of
from compose.arms import ARMS, ORCHESTRATOR, WORKER

Edge = tuple[str, str, str]
"""A message's kind (command, reply, event, job), who sends it, and who gets it."""

Reader = tuple[str, str]
"""A stream's name (`*` for any of its kind), and the group that reads it."""

Carrier = tuple[str, str, str]
"""A stream's name, the group that reads it, and the service whose processes do the reading. That is the wire: over
streams a subscriber reads for itself; over HTTP its announcer reads for it, and posts."""

Carriers = frozenset[Carrier]
WIRES = ("http", "streams")


@dataclass(frozen=True, slots=True)
class Claim:
    """What the code declares: every one of these must be seen, and nothing else."""

    edges: frozenset[Edge]
    readers: frozenset[Reader]
    carriers: frozenset[Carrier]
    quiet: frozenset[Reader] = frozenset()  # read, too, and on some days nothing comes


def claim(arm: str) -> Claim:
    """Of an arm, by its name alone: `orchestration-http` claims to be just that, whatever it is made of.

    Of an outside arm its description says what its name does not: the wire, and whether there is a queue of jobs. Which
    edges that means, is said here: nobody declares edges of his own.
    """
    described = ARMS[arm]
    if described.pattern == "choreography":
        return _choreographed(wire_of(described))
    return _orchestrated(wire_of(described), bool(described.queue), _own_readers(described))


def _own_readers(arm: Arm) -> Carriers:
    """Streams of jobs: who reads one that bears the tag of the reader itself."""
    return frozenset(
        (stream, user_of(role), role.service)
        for role in arm.roles
        for stream in role.hears
        if stream.startswith(f"{{{user_of(role)}}}:") and stream != keys.commands(user_of(role))
    )


def _choreographed(wire: str) -> Claim:
    """Over either wire each subscriber's group is on its producers' streams; who carries the entries over, differs.

    Another wire's entries are nothing that the arm's Redis server could tell of.
    """
    heard = listening()
    edges = frozenset(("event", source, target) for source, _, target in heard)
    if wire not in WIRES:
        return Claim(edges, frozenset(), frozenset())
    readers = frozenset((keys.events(source, event), target) for source, event, target in heard)
    carriers = frozenset(
        (keys.events(source, event), target, target if wire == "streams" else source) for source, event, target in heard
    )
    return Claim(edges, readers, carriers)


def _orchestrated(wire: str, queue: bool, jobs: Carriers) -> Claim:
    node = WORKER if queue else ORCHESTRATOR
    services = asked()
    edges = {("command", node, service) for service in services} | {("reply", service, node) for service in services}
    edges |= {("job", ORCHESTRATOR, WORKER)} if queue else set()
    if wire != "streams":
        return Claim(frozenset(edges), frozenset((stream, group) for stream, group, _ in jobs), jobs)
    readers = {(keys.commands(service), service) for service in services}
    readers |= {(keys.events(service, "*"), ORCHESTRATOR) for service in services}
    carriers = frozenset((stream, group, group) for stream, group in readers)
    quiet = frozenset((keys.answers(service), ORCHESTRATOR) for service in services)
    return Claim(frozenset(edges), frozenset(readers), carriers, quiet)
