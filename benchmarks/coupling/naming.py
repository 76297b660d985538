"""What a piece of code names: the events and operations of services, and the modules that it goes on to.

Importing is not naming: only what is used counts, at the line where it is used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.coupling.sources import DOMAIN, EVENTS, EVERY_EVENT, Module, Sources

Imported = Mapping[str, tuple[str, str]]
"""Name in a module -> (module, name there); an empty name for a module itself."""


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """A contract of a service, named in some place. `kind` is event or operation."""

    service: str
    kind: str
    what: str
    file: str
    line: int


def imported(module: Module, sources: Sources) -> Imported:
    """Every name that the module gets from others, wherever in it the import stands."""
    found: dict[str, tuple[str, str]] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for each in node.names:
                whole = f"{node.module}.{each.name}"
                is_module = sources.module(whole) is not None
                found[each.asname or each.name] = (whole, "") if is_module else (node.module, each.name)
        elif isinstance(node, ast.Import):
            found |= {each.asname: (each.name, "") for each in node.names if each.asname}
    return found


def mentions(nodes: Iterable[ast.AST], module: Module, sources: Sources) -> Iterator[Mention]:
    """Every contract that these nodes of the module name, once for each time."""
    names = imported(module, sources)
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
            yield from _of(*_within(names[node.value.id], node.attr), node.lineno, module, sources)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            yield from _of(*names[node.id], node.lineno, module, sources)


def _within(holder: tuple[str, str], attribute: str) -> tuple[str, str]:
    """`payment.charge`, where `payment` is a module."""
    return (holder[0], attribute) if not holder[1] else ("", "")


def _of(where: str, name: str, line: int, module: Module, sources: Sources) -> Iterator[Mention]:
    service = where.removeprefix(f"{DOMAIN}.")
    if where == EVENTS and name == EVERY_EVENT:
        yield from (Mention(source, "event", each, module.file, line) for each, source in sources.events.items())
    elif where == EVENTS and name in sources.events:
        yield Mention(sources.events[name], "event", name, module.file, line)
    elif name in sources.operations.get(service, ()):
        yield Mention(service, "operation", name, module.file, line)
