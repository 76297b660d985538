"""Whom an order needs to be accepted, decided and closed, read off the code: what must not work while they are away.

The way forward is drawn from the code (`benchmarks.flow`); decided is the last step that changes stock or money.
Whoever is no service (orchestrator, worker) moves orders on and is needed by every step. An order that is not accepted
is neither decided nor closed. The server is shared by all of an arm and needed by everything.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.coupling.plan import components
from benchmarks.flow import Flow, flows
from benchmarks.joined import DECIDES
from compose.arm import Arm

CLOCKS = ("accept", "decide", "close")


def needs(arm: Arm) -> dict[str, list[str]]:
    """accept, decide, close -> the components that must be there."""
    flow = next(each for each in flows() if each.pattern == arm.pattern)
    services = [line.service for line in flow.forward]
    moving = [each for each in components(arm) if each not in services]
    decided = services[: _decides(flow) + 1]
    return {
        "accept": [arm.entry],
        "decide": _once(arm.entry, *moving, *decided),
        "close": _once(arm.entry, *moving, *services),
    }


def expected(needed: Mapping[str, list[str]], away: str, shared: str) -> dict[str, str]:
    """accept, decide, close -> yes or no, while this component is away."""
    return {clock: "no" if away == shared or away in needed[clock] else "yes" for clock in CLOCKS}


def _decides(flow: Flow) -> int:
    return max(number for number, line in enumerate(flow.forward) if line.yes in DECIDES)


def _once(*names: str) -> list[str]:
    return list(dict.fromkeys(names))
