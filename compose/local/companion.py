"""Programs beside the arms: nobody's order passes through one, and the lab runs as well without it.

Each is started, watched and restarted by a keeper as an arm's own processes are, and goes with the lab. How one is
started says `program`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from compose.local.errors import Trouble
from compose.local.ports import is_free, ports_of

if TYPE_CHECKING:
    from compose.local.plan import Plan

BESIDE = "beside"  # what the lab's history calls the arm of those that belong to none
RESTART_DELAY_S = 1.0
OTHERWISE = range(16_000, 18_000)  # where ports are looked for when those that we like are taken


@dataclass(frozen=True, slots=True)
class Companion:
    """What to run, where it will answer, and what it finds in the lab's folder.

    `files` (path below the home -> text) are written before every start; `ready` is asked at `url`, and is ready when
    it answers 200; `environment` comes on top of the supervisor's own.
    """

    name: str
    argv: tuple[str, ...]
    url: str
    ready: str = "/health/ready"
    files: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


Beside = Callable[["Plan"], Sequence[Companion]]
"""Says what shall run beside a lab, once its ports are known."""


def nobody(_: Plan) -> Sequence[Companion]:
    """Nothing beside the arms."""
    return ()


def ports_beside(plan: Plan, wanted: Sequence[int]) -> list[int]:
    """A free port for each of these, itself where it is free, and none that an arm may use. Raises Trouble."""
    return free_ports(wanted, ports_of(plan.port_base, len(plan.arms)))


def free_ports(wanted: Sequence[int], but: Container[int] = ()) -> list[int]:
    """A free port for each of these, itself where it is free, and none of the others. Raises Trouble."""
    others = list(OTHERWISE)
    random.Random(os.getpid()).shuffle(others)  # two labs that look at the same time look in different places
    found: list[int] = []
    for first in wanted:
        free = (port for port in (first, *others) if port not in but and port not in found and is_free(port))
        found.append(next(free, 0))
    if 0 in found:
        raise Trouble(f"No port from {OTHERWISE[0]} to {OTHERWISE[-1]} is free: stop some programs.")
    return found
