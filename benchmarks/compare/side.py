"""One of the two runs: its records, judged in memory, and what is to be said of it. Its folder is only read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.judge.checks import all_checks
from benchmarks.judge.clocks import arm_latencies, block_points
from benchmarks.judge.run import Run

LOAD = "load_kept_up"


@dataclass(frozen=True)
class Side:
    """A run under the letter by which the comparison calls it."""

    label: str
    name: str  # of its folder
    run: Run
    _latencies: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _points: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def read(cls, label: str, folder: Path) -> Side:
        """Read it. Raises RunUnusable when it is no run, or has no orders."""
        return cls(label, folder.resolve().name, Run.read(folder))

    @cached_property
    def judged(self) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
        """Its checks, and arm -> ids of torn orders."""
        return all_checks(self.run)

    @cached_property
    def failed(self) -> list[dict[str, Any]]:
        """The checks that do not hold."""
        return [check for check in self.judged[0] if not check["ok"]]

    @cached_property
    def ok(self) -> bool:
        """Whether every check holds."""
        return not self.failed

    def points(self, arm: str) -> list[dict[str, Any]]:
        """The arm's measured blocks with their own figures, in the order in which they ran."""
        if arm not in self._points:
            self._points[arm] = [
                point for point in block_points(self.run, arm) if point["phase"] == self.run.measured_phase
            ]
        return self._points[arm]

    def starts(self, arm: str) -> int:
        """Of how many starts of the lab its measured blocks are."""
        return len({point["restart"] for point in self.points(arm)})

    def pooled(self, arm: str, measure: str) -> float | None:
        """A latency over all blocks, where single blocks are too small for one; None when not reached or no latency."""
        clock, _, share = measure.partition("_ms_")
        if arm not in self._latencies:
            self._latencies[arm] = arm_latencies(self.run, arm)
        value = self._latencies[arm].get(clock, {}).get(share)
        return None if value is None else float(value)

    def of(self, name: str) -> Mapping[str, Any]:
        """A part of its manifest, {} when an older lab did not write one."""
        part = self.run.manifest.get(name)
        return part if isinstance(part, Mapping) else {}

    def phase(self, *kinds: str) -> list[Mapping[str, Any]]:
        """The planned phases of these kinds, as far as they were written down."""
        plan = self.run.manifest.get("plan") or ()
        return [each for each in plan if isinstance(each, Mapping) and each.get("kind") in kinds]

    def told(self) -> dict[str, Any]:
        """What it is, for JSON."""
        manifest = self.run.manifest
        return {
            "run": self.name,
            "experiment": manifest.get("experiment"),
            "seed": manifest.get("seed"),
            "started": manifest.get("started"),
            "ended": manifest.get("ended"),
            "command": manifest.get("command"),
            "commit": self.of("code").get("commit"),
            "dirty": self.of("code").get("dirty"),
            "version": self.of("versions").get("harmony-lab"),
            "arms": self.run.arms,
            "partial": self.run.partial,
            "spoiled": manifest.get("spoiled"),
            "synthetic": bool(manifest.get("synthetic")),
            "ok": self.ok,
        }
