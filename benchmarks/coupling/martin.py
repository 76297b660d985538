"""Afferent and efferent coupling, and instability, of components that depend on each other.

Ca: how many others depend on it; Ce: on how many others it depends; I = Ce / (Ca + Ce), 0 for what everybody leans on
and 1 for what leans on others alone; unknown (None) for what stands alone. After R. C. Martin, "OO Design Quality
Metrics" (1994), with components in place of packages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol


class Directed(Protocol):
    """One depends on another, in some way."""

    @property
    def source(self) -> str: ...
    @property
    def target(self) -> str: ...
    @property
    def kind(self) -> str: ...


def measured(
    components: Sequence[str], dependencies: Iterable[Directed], groups: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, Any]]:
    """Component -> group of kinds (and `together`, all of the groups) -> `ca`, `ce`, `instability`."""
    every = [each for each in dependencies if each.source != each.target]
    whole = {**groups, "together": [kind for kinds in groups.values() for kind in kinds]}
    found = {name: [each for each in every if each.kind in kinds] for name, kinds in whole.items()}
    return {component: {name: _of(component, its) for name, its in found.items()} for component in components}


def _of(component: str, dependencies: Sequence[Directed]) -> dict[str, float | int | None]:
    ca = len({each.source for each in dependencies if each.target == component})
    ce = len({each.target for each in dependencies if each.source == component})
    return {"ca": ca, "ce": ce, "instability": ce / (ca + ce) if ca + ce else None}
