"""A run's folder, read: its manifest, and its loads with their orders. Nothing is judged here."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.capacity import auditing
from benchmarks.capacity.loading import LOADS_FILE, ORDERS_FILE
from benchmarks.capacity.outcome import Outcome, outcome
from benchmarks.capacity.plan import EXPERIMENT, Stage
from benchmarks.conformance_run import FILE as CONFORMANCE_FILE
from benchmarks.judge.run import RunUnusable
from benchmarks.rows import Row, read_rows


@dataclass(frozen=True, slots=True)
class Put:
    """One load that was put to an arm: its row, and a row for each order."""

    row: Row
    orders: Sequence[Row]

    @property
    def rate(self) -> float:
        """Orders a second."""
        return float(self.row["rate"])

    @property
    def cpu_ms(self) -> float | None:
        """Processor time of the arm; None when one of its processes could not be seen."""
        used = list(self.row["cpu_ms"].values())
        return float(sum(used)) if used and None not in used else None

    @property
    def others(self) -> float | None:
        """Cores that neither the arm nor the load generator used: the lab's supervisor, us, and strangers.

        None when the arm or the generator could not be seen.
        """
        row, arm = self.row, self.cpu_ms
        if arm is None or row["cores_generator"] is None:
            return None
        own = arm / 1000 / float(row["seconds_in_all"]) + float(row["cores_generator"])
        return max(0.0, float(row["cores_busy"]) - own)

    def outcome(self, slo_s: float) -> Outcome:
        """Of a steady load."""
        row = self.row
        return outcome(self.orders, row["rate"], row["seconds"], row["started_ms"], slo_s)


@dataclass(frozen=True, slots=True)
class Records:
    """Everything that a run has left."""

    manifest: Mapping[str, Any]
    loads: Sequence[Put]
    checks: Sequence[Row]
    conformance: Sequence[Row]

    @property
    def arms(self) -> list[str]:
        """In the order of the question."""
        return list(self.manifest["arms"])

    @property
    def slo_s(self) -> float:
        """By when an order must be closed, from when it was due."""
        return float(self.manifest["settings"]["slo_s"])

    @property
    def cores(self) -> int:
        """Of the machine."""
        return int(self.manifest["machine"]["cores"])

    def others(self, arm: str, stage: Stage) -> float | None:
        """Cores that others used during such loads, the median; None without a load in which that was seen."""
        used = [others for put in self.of(arm, stage) if (others := put.others) is not None]
        return median(used) if used else None

    def of(self, arm: str, stage: Stage) -> list[Put]:
        """An arm's loads of one stage, as they came."""
        return [each for each in self.loads if (each.row["arm"], each.row["stage"]) == (arm, stage)]


def read(folder: Path) -> Records:
    """Raises RunUnusable when it is no such run, or has no orders."""
    manifest = _manifest(folder)
    orders: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in read_rows(folder / ORDERS_FILE):
        orders[_key(row)].append(row)
    loads = [Put(row, orders[_key(row)]) for row in read_rows(folder / LOADS_FILE)]
    if not orders:
        raise RunUnusable(f"{folder} has no orders: nothing was recorded, so there is nothing to judge")
    checks, tried = read_rows(folder / auditing.FILE), read_rows(folder / CONFORMANCE_FILE)
    return Records(manifest, loads, list(checks), list(tried))


def _key(row: Row) -> tuple[Any, ...]:
    return row["lab"], row["stage"], row["arm"], row["number"]


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known = manifest["experiment"] == EXPERIMENT and manifest["arms"] and manifest["settings"]["slo_s"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunUnusable(f"{folder} is not the folder of a capacity run: {error}") from error
    if not known:
        raise RunUnusable(f"{folder} is not the folder of a capacity run")
    return manifest
