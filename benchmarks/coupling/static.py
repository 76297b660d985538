"""Who names whom in the code of an arm, as rows with their evidence; read off the sources and the arm table.

contracts   event      a component's code names an event type that another announces
            operation  a component's code names an operation of another
            job        one puts jobs for the other into their queue: the form of the job is between them
            store      one works in the keys of the other, as its user
addresses   address    it is given the other's address, or its stream of commands, and picks it by name
            handed     it is given the other's address with the event types to post there: its code names nobody
beside      stream     it reads the other's stream, whose name is read off the event's own: no further dependency

Naming one's own events and operations is no dependency.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.coupling.martin import measured
from benchmarks.coupling.naming import Mention
from benchmarks.coupling.plan import components
from benchmarks.coupling.reach import NoSource, Process, named
from benchmarks.coupling.sources import Sources
from compose.arm import Arm, Role, subscribers

CONTRACTS = ("event", "operation", "job", "store")
ADDRESSES = ("address", "handed")
ARM_TABLE = "compose.arms"
DESCRIPTION = "the arm's own description"


@dataclass(frozen=True, slots=True, order=True)
class Dependency:
    """`source` depends on `target`: it names `what` of it. `at` is where, as file:line."""

    source: str
    target: str
    kind: str
    what: str
    at: str


def static(arm: Arm, sources: Sources) -> dict[str, Any]:
    """An arm's static view, for JSON. `unknown` says why there is none: the code cannot be read."""
    try:
        mentions = {role.service: named(_process(arm, role), sources) for role in arm.roles}
    except NoSource as missing:
        return {"unknown": f"the code of {missing} cannot be read", "components": list(components(arm))}
    found = sorted({*_contracts(mentions), *_from_the_table(arm, sources)})
    return {
        "unknown": None,
        "components": list(components(arm)),
        "dependencies": [asdict(each) for each in found],
        "measures": measured(components(arm), found, {"contracts": CONTRACTS, "addresses": ADDRESSES}),
        "flow": flow_places(mentions),
    }


def flow_places(mentions: Mapping[str, Sequence[Mention]]) -> list[dict[str, Any]]:
    """The files that say which operation is done when, those that name operations: `file`, whose process runs it
    (`components`), the `lines` on which it names one, and the `operations`, each as often as it stands there."""
    found: dict[str, set[tuple[int, str]]] = {}
    runs: dict[str, list[str]] = {}
    for component, every in mentions.items():
        for each in every:
            if each.kind == "operation":
                found.setdefault(each.file, set()).add((each.line, each.what))
                runs.setdefault(each.file, []).append(component)
    return [
        {
            "file": file,
            "components": list(dict.fromkeys(runs[file])),
            "lines": sorted({line for line, _ in entries}),
            "operations": [what for _, what in sorted(entries)],
        }
        for file, entries in sorted(found.items())
    ]


def _process(arm: Arm, role: Role) -> Process:
    return Process(role.main, role.service, role.service == arm.entry)


def _contracts(mentions: Mapping[str, Sequence[Mention]]) -> Iterator[Dependency]:
    for component, every in mentions.items():
        seen = set()
        for each in every:
            if each.service != component and (each.kind, each.what) not in seen:
                seen.add((each.kind, each.what))
                yield Dependency(component, each.service, each.kind, each.what, f"{each.file}:{each.line}")


def _from_the_table(arm: Arm, sources: Sources) -> Iterator[Dependency]:
    """What the arm table gives to each role."""
    for role in arm.roles:
        me = role.service
        for target in role.calls:
            yield Dependency(me, target, "address", f"address of {target}", _at(role, "calls", sources))
        for target in role.tells:
            yield Dependency(me, target, "address", f"stream of commands of {target}", _at(role, "tells", sources))
        for target, kinds in subscribers(role).items():
            yield Dependency(me, target, "handed", f"address for {', '.join(kinds)}", _at(role, "posts", sources))
        for stream in role.hears:
            owner = stream.partition("}")[0].lstrip("{")
            if owner != me:
                yield Dependency(me, owner, "stream", stream, _at(role, "hears", sources))
        if role.user and role.user != me:
            yield Dependency(me, role.user, "store", f"keys of {role.user}", _at(role, "user", sources))
            if getattr(arm, "queue", ""):
                yield Dependency(role.user, me, "job", f"jobs of {arm.queue}", _at(role, "user", sources))


def _at(role: Role, keyword: str, sources: Sources) -> str:
    """Where the table says so."""
    table = sources.module(ARM_TABLE)
    for node in ast.walk(table.tree) if table else ():
        if isinstance(node, ast.Call) and _says(node.args, role.main):
            lines = [each.value.lineno for each in node.keywords if each.arg == keyword]
            if lines and table:
                return f"{table.file}:{lines[0]}"
    return DESCRIPTION


def _says(args: Sequence[ast.expr], text: str) -> bool:
    return any(isinstance(each, ast.Constant) and each.value == text for each in args)
