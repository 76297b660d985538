"""What came of the test, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.composetest.swarm import Swarmed
from benchmarks.composetest.trial import Tried

UNTRIED = "Not tried: the images of others (Prometheus, Tempo, Grafana)."


def told(program: str, base: str, arms: Sequence[Tried], swarm: Swarmed, complaints: Sequence[str]) -> RenderableType:
    """A few lines for each arm, one for the load, and what is wrong, if anything is."""
    lines = [line for arm in arms for line in _lines(arm)]
    load = f"Locust: {swarm.workers} workers divided the load, {swarm.accepted} orders accepted, audited again."
    verdict = Text("\n".join(complaints), "bold red") if complaints else Text("All as it must be.", "green")
    return Group(Text(f"Containers, with {program}, from {base}"), *map(Text, [*lines, load, UNTRIED]), verdict)


def _lines(arm: Tried) -> Iterator[str]:
    ended = ", ".join(f"{kind} {count}" for kind, count in arm.outcomes.most_common())
    wrong = f"{len(arm.complaints)} complaints" if arm.complaints else "none violated"
    yield f"{arm.arm}: {arm.outcomes.total()} orders: {ended}"
    for death in arm.deaths:
        back = f"healthy again after {screen.number(death.away_s)} s, {death.how}"
        yield f"  {death.service} killed, {back}; {death.meanwhile} orders came meanwhile"
    yield f"  {arm.checks} invariants asked, {wrong}"
