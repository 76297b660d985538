"""The code that runs, as text: parsed, never executed. Whose contracts there are is read off `common/domain` here.

A source tree is a folder; a test may hand in a changed copy. A module that is not in it (an arm from outside) is looked
for where Python would find it.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOMAIN, EVENTS = "common.domain", "common.domain.events"
EVERY_EVENT = "EVENTS"


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed module, and where it is: the path shown as evidence."""

    name: str
    file: str
    tree: ast.Module
    text: str


@dataclass(frozen=True)
class Sources:
    """All modules of a source tree, parsed when they are asked for."""

    root: Path = ROOT
    _parsed: dict[str, Module | None] = field(default_factory=dict)

    def module(self, name: str) -> Module | None:
        """The module of that dotted name; None when there is none, or no Python in it."""
        if name not in self._parsed:
            self._parsed[name] = self._read(name)
        return self._parsed[name]

    def _read(self, name: str) -> Module | None:
        path = self._path(name)
        if path is None:
            return None
        try:
            text = path.read_text(encoding="utf-8")
            tree = ast.parse(text)
        except (OSError, SyntaxError, ValueError):
            return None
        inside = path.is_relative_to(self.root)
        return Module(name, str(path.relative_to(self.root)) if inside else f"{name}", tree, text)

    def _path(self, name: str) -> Path | None:
        base = self.root.joinpath(*name.split("."))
        own = [each for each in (base.with_suffix(".py"), base / "__init__.py") if each.is_file()]
        if own or (self.root / name.partition(".")[0]).is_dir():
            return own[0] if own else None
        try:
            found = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None
        return Path(found.origin) if found and found.origin and found.has_location else None

    @cached_property
    def events(self) -> Mapping[str, str]:
        """Event type -> the service that announces it, as each class says in its own `source`."""
        module = self.module(EVENTS)
        classes = [each for each in module.tree.body if isinstance(each, ast.ClassDef)] if module else []
        found = {each.name: _source(each) for each in classes}
        return {name: source for name, source in found.items() if source}

    @cached_property
    def operations(self) -> Mapping[str, frozenset[str]]:
        """Service -> what it can be asked to do: the names in its module's OPERATIONS."""
        found = {}
        for path in sorted((self.root / "common" / "domain").glob("*.py")):
            module = self.module(f"{DOMAIN}.{path.stem}")
            names = _listed(module.tree, "OPERATIONS") if module else frozenset()
            if names:
                found[path.stem] = names
        return found


def _source(event: ast.ClassDef) -> str:
    for each in event.body:
        named = isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id == "source"
        if named and isinstance(each, ast.AnnAssign) and isinstance(each.value, ast.Constant):
            return str(each.value.value)
    return ""


def _listed(tree: ast.Module, name: str) -> frozenset[str]:
    for each in tree.body:
        if isinstance(each, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in each.targets):
            return frozenset(node.id for node in ast.walk(each.value) if isinstance(node, ast.Name))
    return frozenset()
