"""What the supervisor tells of one arm's processes: who died and started again, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from compose.local.client import LabClient

KILLED = "SIGKILL"


@dataclass(frozen=True, slots=True)
class Life:
    """A death and the next readiness, in epoch ms; None: not yet."""

    died_ms: float | None
    ready_ms: float | None
    by: str | None
    deaths: int


@dataclass(frozen=True, slots=True)
class Watch:
    """One arm."""

    lab: LabClient
    arm: str

    def processes(self) -> dict[str, dict[str, Any]]:
        """Name -> its row in the status."""
        return {row["name"]: row for row in self.lab.status()["arms"][self.arm]["processes"]}

    def unready(self) -> list[str]:
        """Names of those that are not ready."""
        return [name for name, row in self.processes().items() if row["state"] != "ready"]

    def start_now(self, row: dict[str, Any]) -> None:
        """End the pause of one that died so often that it is taken to be in a crash loop."""
        if row["state"] == "crash-looping" and row["pid"] is None:
            self.lab.signal(self.arm, row["name"], "start")

    def life(self, process: str, since_ms: float) -> Life:
        """Of one process, from then on."""
        mine = [each for each in self._since(since_ms) if each["process"] == process]
        deaths = [each for each in mine if each["event"] == "died"]
        died_ms = float(deaths[0]["at_ms"]) if deaths else None
        ready = [float(each["at_ms"]) for each in mine if each["event"] == "ready" and deaths]
        by = str(deaths[0]["signal"]) if deaths else None
        return Life(died_ms, ready[-1] if ready and ready[-1] > (died_ms or 0.0) else None, by, len(deaths))

    def others_dead(self, process: str, since_ms: float) -> list[str]:
        """Who else died since then."""
        return [
            each["process"] for each in self._since(since_ms) if each["event"] == "died" and each["process"] != process
        ]

    def _since(self, since_ms: float) -> list[dict[str, Any]]:
        return [each for each in self.lab.history() if each["arm"] == self.arm and each["at_ms"] >= since_ms]
