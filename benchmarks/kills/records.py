"""A kill test's folder: the manifest, a file per arm with a row per audit, and totals read back from it.

Rows are of one round each, so a test that was stopped goes on from the folder alone. What a round is: see `campaign`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.kills.limits import overdue
from benchmarks.kills.plan import Plan, Share
from benchmarks.rows import Row, read_rows, write_rows
from benchmarks.runfolder import RunFolder, machine, now, versions

EXPERIMENT = "kills"
FORMAT = 2  # of the rows


class NoTest(Exception):
    """The folder holds no kill test. The text says so."""


@dataclass(slots=True)
class Totals:
    """An arm so far. `kills` hit orders in flight; `idle` found nobody there, say nothing and do not count."""

    kills: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    orders: Counter[str] = field(default_factory=Counter)
    held: dict[str, int] = field(default_factory=dict)  # invariant -> audits in which it held and had something to see
    rounds: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, rounds: Iterable[Row]) -> Totals:
        """The sum of rounds."""
        totals = cls()
        for row in rounds:
            totals.add(row)
        return totals

    def add(self, row: Row) -> None:
        """One round more."""
        self.rounds.append(row)
        for kill in row["recoveries"]:
            (self.kills if kill["in_flight"] else self.idle)[kill["process"]] += 1
        self.orders.update(row["orders"])
        for check in row["invariants"]:
            self.held[check["id"]] = self.held.get(check["id"], 0) + bool(check["ok"] and check["looked_at"])

    @property
    def ok(self) -> bool:
        """Whether every round was."""
        return all(row["ok"] for row in self.rounds)

    @property
    def accepted(self) -> int:
        """Orders that the door said yes to."""
        without = ("refused", "unsure", "turned away")
        return sum(count for outcome, count in self.orders.items() if outcome not in without)

    @property
    def next_index(self) -> int:
        """The index of the next order."""
        return int(self.rounds[-1]["next_index"]) if self.rounds else 0

    def left(self, share: Share) -> Share:
        """What is still to be done of the arm's share."""
        return Share(max(0, share.kills - self.kills.total()), max(0, share.orders - self.accepted))

    def count(self, name: str) -> int:
        """Lost, doubled, extra or open orders, or those in flight that expired, all rounds together."""
        return sum(int(row[name]) for row in self.rounds)

    def recoveries(self) -> list[Row]:
        """Every kill's row."""
        return [kill for row in self.rounds for kill in row["recoveries"]]

    @property
    def in_flight(self) -> int:
        """Orders in flight at kills; one that saw two kills counts twice."""
        return sum(int(kill["in_flight"]) for kill in self.recoveries())

    def overdue(self) -> list[str]:
        """What came too late, a sentence each (see `limits`): no violation, and no success either."""
        return list(overdue(self.recoveries(), self.in_flight, self.count("expired")))


class Records:
    """Writes and reads the folder."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @classmethod
    def begin(cls, plan: Plan, settings: dict[str, Any], out: Path) -> Records:
        """A new folder. Raises Trouble where nothing can be written."""
        records = cls(RunFolder.make(out, EXPERIMENT))
        asked = {"arms": plan.arms, "kills": plan.kills, "orders": plan.orders, "seed": plan.seed, "rate": plan.rate}
        what = {"experiment": EXPERIMENT, "format": FORMAT, "plan": asked, "begun": [now()], "settings": settings}
        records.folder.write_manifest(what | {"machine": machine(), "versions": versions()})
        return records

    @classmethod
    def resume(cls, path: Path) -> tuple[Records, Plan]:
        """A folder to go on with, and its plan. Raises NoTest."""
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            asked = manifest["plan"] if manifest["experiment"] == EXPERIMENT else {}
            if manifest.get("format") != FORMAT:
                raise NoTest(f"{path} holds a kill test of another version: begin a new one.")
            plan = Plan(**asked | {"arms": tuple(asked["arms"])})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoTest(f"{path} holds no kill test: give the folder that an earlier one named.") from error
        records = cls(RunFolder(path))
        records.folder.write_manifest(manifest | {"begun": [*manifest["begun"], now()]})
        return records, plan

    def totals(self, arm: str) -> Totals:
        """What was done in the arm."""
        return Totals.of(read_rows(self._file(arm)))

    def keep(self, arm: str, row: Row) -> None:
        """One round more."""
        with self._file(arm).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")

    def evidence(self, arm: str) -> Path:
        """Where the evidence of a violation is kept, when there was one."""
        return self.folder.file(f"{arm}-violation")

    def keep_evidence(self, arm: str, snapshot: history.Snapshot, **rows: Iterable[Row]) -> None:
        """Everything about a round that was not fine: what the stores hold, and files of rows by name."""
        folder = self.evidence(arm)
        folder.mkdir(exist_ok=True)
        history.write(folder, [snapshot])
        for name, those in rows.items():
            write_rows(folder / f"{name}.ndjson", those)

    def _file(self, arm: str) -> Path:
        return self.folder.file(f"{arm}.ndjson")
