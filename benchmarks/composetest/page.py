"""What came of the test, for a person."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.composetest.swarm import Swarmed
from benchmarks.composetest.trial import KILLED, Tried

UNTRIED = "Not tried: the images of others (Prometheus, Tempo, Grafana)."


def told(program: str, base: str, arms: Sequence[Tried], swarm: Swarmed, complaints: Sequence[str]) -> RenderableType:
    """A table of the arms, a line for the load, and what is wrong, if anything is."""
    table = Table(title=f"Containers, with {program}, from {base}", title_justify="left")
    for head in ("arm", "orders", "how they ended", f"open when {KILLED} was killed", "back", "invariants"):
        table.add_column(head)
    for arm in arms:
        table.add_row(*_cells(arm))
    load = f"Locust: {swarm.workers} workers, {swarm.accepted} orders accepted."
    verdict = Text("\n".join(complaints), "bold red") if complaints else Text("All as it must be.", "green")
    return Group(table, Text(load), Text(UNTRIED), verdict)


def _cells(arm: Tried) -> tuple[str, ...]:
    ended = ", ".join(f"{kind} {count}" for kind, count in arm.outcomes.most_common())
    back = f"{screen.number(arm.back_s)} s, {arm.how}"
    wrong = len(arm.complaints)
    return (
        arm.arm,
        str(arm.outcomes.total()),
        ended,
        str(arm.open),
        back,
        f"{arm.checks} asked, {f'{wrong} complaints' if wrong else 'none violated'}",
    )
