"""A run's folder, read for a replay, with a sentence for every way in which it may be damaged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.rows import Row
from compose.arm import Arm
from compose.arms import ARMS

NEEDED = ("orders", "events")
BESIDE = ("blocks", "faults", "conformance", "state")


class Unreplayable(Exception):
    """The folder is no run, or its records cannot be read. The text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Run:
    """The records of a run. `rows` are its files by name, without the ending."""

    folder: Path
    manifest: Mapping[str, Any]
    rows: Mapping[str, list[Row]]
    summary: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arms(self) -> list[Arm]:
        """The arms that were tried."""
        return [ARMS[name] for name in self.manifest["arms"]]

    @property
    def ended_ms(self) -> float | None:
        """When the records were complete (epoch ms); None when they never were."""
        ended = self.manifest.get("ended")
        return datetime.fromisoformat(ended).timestamp() * 1000 if ended else None

    def process(self, arm: str, service: str) -> str:
        """Which process of a service did something: known where it has one; else all of them together, by its name."""
        replicas = self.manifest.get("ledger", {}).get(arm, {}).get("replicas", {})
        return f"{service}-1" if replicas.get(service, 1) == 1 else service


def read(folder: Path) -> Run:
    """Raises Unreplayable."""
    manifest = _object(folder / "manifest.json", f"{folder} is no run: it has no manifest.json")
    strange = [name for name in manifest.get("arms", ()) if name not in ARMS]
    if strange or not manifest.get("arms"):
        raise Unreplayable(f"{folder} is a run of arms that are not known here: {', '.join(strange) or 'none named'}")
    for name in NEEDED:
        if not (folder / f"{name}.ndjson").is_file():
            raise Unreplayable(f"{folder} has no {name}.ndjson: the run ended before its records were collected")
    summary = folder / "summary.json"
    return Run(
        folder,
        manifest,
        {name: _rows(folder / f"{name}.ndjson") for name in (*NEEDED, *BESIDE)},
        _object(summary, "") if summary.is_file() else {},
    )


def _object(path: Path, missing: str) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise Unreplayable(missing) from error
    except ValueError as error:
        raise Unreplayable(f"{path} is damaged: {error}") from error
    if not isinstance(found, dict):
        raise Unreplayable(f"{path} is damaged: it holds no object")
    return found


def _rows(path: Path) -> list[Row]:
    """The rows of a file, none when there is no file."""
    rows: list[Row] = []
    if not path.is_file():
        return rows
    with path.open(encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
            except ValueError as error:
                raise Unreplayable(f"{path} is damaged in line {number}: {error}") from error
            if not isinstance(row, dict):
                raise Unreplayable(f"{path} is damaged in line {number}: it is no record")
            rows.append(row)
    return rows
