"""What an arm claims by its name, read off the code: who sends what to whom, and whose streams are read by whom.

orchestration: one node sends commands to the others and learns their outcomes, and no service talks to another.
choreography: no commands, no replies, nobody addresses another. Who really did is seen by `conformance_run.py`, and
whether that is what was claimed is judged by `judge/conformance.py`, from the records alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.flow import asked, listening
from common.store import keys

Edge = tuple[str, str, str]
"""A message's kind (command, reply, event, job), who sends it, and who gets it."""

Reader = tuple[str, str]
"""A stream's name (`*` for any of its kind), and the group that reads it."""

Carrier = tuple[str, str, str]
"""A stream's name, the group that reads it, and the service whose processes do the reading. That is the wire: over
streams a subscriber reads for itself; over HTTP its announcer reads for it, and posts."""

ORCHESTRATOR, WORKER = "orchestrator", "worker"


@dataclass(frozen=True, slots=True)
class Claim:
    """What the code declares: every one of these must be seen, and nothing else."""

    edges: frozenset[Edge]
    readers: frozenset[Reader]
    carriers: frozenset[Carrier]
    quiet: frozenset[Reader] = frozenset()  # read, too, and on some days nothing comes


def claim(arm: str) -> Claim:
    """Of an arm, by its name alone: `orchestration-http` claims to be just that, whatever it is made of."""
    pattern, _, transport = arm.partition("-")
    return _choreographed(transport) if pattern == "choreography" else _orchestrated(transport)


def _choreographed(transport: str) -> Claim:
    """Over either wire each subscriber's group is on its producers' streams; who carries the entries over, differs."""
    heard = listening()
    edges = frozenset(("event", source, target) for source, _, target in heard)
    readers = frozenset((keys.events(source, event), target) for source, event, target in heard)
    carriers = frozenset(
        (keys.events(source, event), target, target if transport == "streams" else source)
        for source, event, target in heard
    )
    return Claim(edges, readers, carriers)


def _orchestrated(transport: str) -> Claim:
    node = WORKER if transport == "rq" else ORCHESTRATOR
    services = asked()
    edges = {("command", node, service) for service in services} | {("reply", service, node) for service in services}
    readers = {(f"{{{service}}}:commands", service) for service in services}
    readers |= {(keys.events(service, "*"), node) for service in services}
    if transport == "rq":
        edges.add(("job", ORCHESTRATOR, WORKER))
    if transport != "streams":
        return Claim(frozenset(edges), frozenset(), frozenset())
    carriers = frozenset((stream, group, group) for stream, group in readers)
    quiet = frozenset((keys.answers(service), node) for service in services)
    return Claim(frozenset(edges), frozenset(readers), carriers, quiet)
