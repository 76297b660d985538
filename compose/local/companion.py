"""Programs beside the arms: nobody's order passes through one, and the lab runs as well without it.

Each is started, watched and restarted by a keeper as an arm's own processes are, and goes with the lab. How one is
started says `program`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from compose.local.plan import Plan

BESIDE = "beside"  # what the lab's history calls the arm of those that belong to none
RESTART_DELAY_S = 1.0


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
