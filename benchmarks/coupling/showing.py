"""Shows a coupling run while it happens: as any run, and who is away at the moment."""

from __future__ import annotations

from typing import Any

from benchmarks.commands import screen, watching
from benchmarks.coupling.plan import component_of

PHASES = {
    "warmup": "warming up",
    "measure": "traced orders, arm after arm",
    "fault": "each component away in turn: the same orders at the same moments",
}


class Watcher(watching.Watcher):
    """Hears a run's progress events. As a context it owns the terminal's last line."""

    def enter(self, phase: str) -> None:
        """A new phase begins."""
        self.console.print(f"  {PHASES.get(phase, phase)}", style="dim")

    def on_fault(self, event: dict[str, Any]) -> None:
        """Somebody is away, or is back."""
        away = "is away" if event["state"] == "done" else "is back"
        self._describe(f"{screen.heading(event['arm'])}: {component_of(event['target'])} {away}")

    def on_ended(self, event: dict[str, Any]) -> None:
        """A block is over. That all was closed again is told in the end, that it was not at once."""
        quiet = event | {"phase": "measure"} if event["drained"] else event
        super().on_ended(quiet)
