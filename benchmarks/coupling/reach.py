"""Which code a process of an arm runs, as far as it belongs to a pattern: from its entry function onwards.

In the module of the entry function only what that function uses is followed, for one page wires orchestrator and
services; a module that it goes on to counts whole. `common`, the business and the plumbing that both patterns share, is
not followed: it is the same for all and names no service. What only the door's process builds counts for that alone.
Modules `unsafe` hold defects that are off; they are passed through and count for nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.coupling.naming import Mention, imported, mentions
from benchmarks.coupling.sources import Module, Sources

SHARED = ("common", "compose", "benchmarks", "dashboards")
OFF = "unsafe"


@dataclass(frozen=True, slots=True)
class Process:
    """An entry function (`package.module:function`), the service whose process it is, and whether it has the door."""

    main: str
    service: str
    door: bool


class NoSource(LookupError):
    """The code of an entry function cannot be found or read."""


def named(process: Process, sources: Sources) -> list[Mention]:
    """Every contract that the code of this process names, in the order of the files. Raises NoSource."""
    found = (mention for module, nodes in _pieces(process, sources) for mention in mentions(nodes, module, sources))
    return sorted(found, key=lambda each: (each.file, each.line, each.what))


def _pieces(process: Process, sources: Sources) -> Iterator[tuple[Module, list[ast.AST]]]:
    name, _, function = process.main.partition(":")
    first = sources.module(name)
    used = list(_used(first, function, process.door)) if first else []
    if first is None or not used:
        raise NoSource(process.main)
    yield first, used
    waiting, seen = list(_onwards(first, used, process, sources)), {name}
    while waiting:
        module = waiting.pop()
        if module.name in seen:
            continue
        seen.add(module.name)
        nodes = list(ast.walk(module.tree))
        if module.name.rpartition(".")[2] != OFF:
            yield module, nodes
        waiting += _onwards(module, nodes, process, sources)


def _used(module: Module, function: str, door: bool) -> Iterator[ast.AST]:
    """All that the function uses of its module: itself, and what it calls there."""
    defined = {each.name: each for each in module.tree.body if isinstance(each, (ast.FunctionDef, ast.ClassDef))}
    waiting, seen = [function], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in defined:
            continue
        seen.add(name)
        nodes = list(_pruned(defined[name], door))
        yield from nodes
        waiting += [node.id for node in nodes if isinstance(node, ast.Name)]


def _pruned(node: ast.AST, door: bool) -> Iterator[ast.AST]:
    """The node and all below, without the branch that a process with (or without) the door does not take."""
    yield node
    below: Sequence[ast.AST] = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.IfExp) and isinstance(node.test, ast.Attribute) and node.test.attr == "door":
        below = [node.body if door else node.orelse]
    for each in below:
        yield from _pruned(each, door)


def _onwards(module: Module, nodes: Sequence[ast.AST], process: Process, sources: Sources) -> Iterator[Module]:
    names = imported(module, sources)
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    wanted = [names[each][0] for each in sorted(used) if each in names]
    wanted += [name for node in nodes if (name := _by_service(node, process.service))]
    for each in wanted:
        found = sources.module(each) if each.partition(".")[0] not in SHARED else None
        if found is not None and _ours(each, process):
            yield found


def _ours(name: str, process: Process) -> bool:
    """Patterns, and the package of an arm from outside; not the libraries that it uses."""
    return name.partition(".")[0] in ("orchestration", "choreography", process.main.partition(".")[0].partition(":")[0])


def _by_service(node: ast.AST, service: str) -> str:
    """The module of `import_module(f"choreography.{spec.service}")`: each process has its own service's."""
    if not (isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "import_module"):
        return ""
    name = node.args[0] if node.args else None
    if isinstance(name, ast.Constant):
        return str(name.value)
    if not isinstance(name, ast.JoinedStr):
        return ""
    return "".join(str(part.value) if isinstance(part, ast.Constant) else service for part in name.values)
