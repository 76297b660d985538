"""A run's folder, read: its manifest and rows, sorted by arm and block. Nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from benchmarks.history import Snapshot
from benchmarks.history import read as read_history
from benchmarks.joined import joined
from benchmarks.plan import MEASURED
from benchmarks.rows import Row, read_rows

SLO_S = 1.0  # closed, counted from due; the manifest's wins
MALFORMED = "malformed"
UNSAFE = "unsafe"


class RunUnusable(Exception):
    """The folder is not a run that can be judged. The text says what is missing."""


@dataclass(frozen=True)
class Run:
    """The records of one run."""

    manifest: Mapping[str, Any]
    blocks: tuple[Row, ...]
    orders: tuple[Row, ...]
    faults: tuple[Row, ...]
    history: Mapping[str, Snapshot]
    conformance: tuple[Row, ...] = ()

    @classmethod
    def read(cls, folder: Path) -> Run:
        """Read the folder. Raises RunUnusable when it is no run, or has no orders."""
        manifest = _manifest(folder)
        history = read_history(folder)
        orders = list(read_rows(folder / "orders.ndjson")) or list(_joined(folder, history))
        if not orders:
            raise RunUnusable(f"{folder} has no orders: nothing was recorded, so there is nothing to judge")
        blocks = tuple(read_rows(folder / "blocks.ndjson"))
        faults = tuple(read_rows(folder / "faults.ndjson"))
        conformance = tuple(read_rows(folder / "conformance.ndjson"))
        return cls(manifest, blocks, tuple(orders), faults, history, conformance)

    @cached_property
    def arms(self) -> list[str]:
        """The arms that were asked, in the order of the question."""
        asked = {str(row["arm"]) for row in self.orders}
        named = [str(arm) for arm in self.manifest.get("arms") or ()]
        return [arm for arm in named if arm in asked] + sorted(asked - set(named))

    @cached_property
    def slo_s(self) -> float:
        """By when an order must be closed, counted from when it was due."""
        settings = self.manifest.get("settings") or {}
        return float(self.manifest.get("slo_s") or settings.get("slo_s") or SLO_S)

    @cached_property
    def partial(self) -> bool:
        """Whether the run was cut short."""
        return bool(self.manifest.get("partial")) or not self.manifest.get("ended")

    def rested(self, arm: str) -> bool:
        """Whether the arm was seen to come to rest before its records were read."""
        return bool((self.manifest.get("at_rest") or {}).get(arm))

    def at_rest(self, arm: str) -> bool:
        """Whether it is judged as at rest. A whole run must have come to rest; an interrupted one may not have."""
        return not self.partial or self.rested(arm)

    @cached_property
    def differences(self) -> Mapping[str, str]:
        """Condition -> a sentence, for each in which arms differ and must not, allowed or not."""
        told = self.manifest.get("ledger_differences") or {}
        named = told.items() if isinstance(told, Mapping) else ((str(each).partition(":")[0], each) for each in told)
        return {str(name): str(sentence) for name, sentence in named}

    @cached_property
    def allowed(self) -> list[str]:
        """The sentences of those that were asked for by name; an unsafe switch cannot be asked for."""
        names = {str(name) for name in self.manifest.get("allowed_differences") or ()} - {UNSAFE}
        return [sentence for name, sentence in self.differences.items() if name in names]

    @cached_property
    def unequal(self) -> list[str]:
        """The sentences of all others: with one of them, nothing is compared."""
        return [sentence for sentence in self.differences.values() if sentence not in self.allowed]

    @cached_property
    def unsafe(self) -> dict[str, str]:
        """Arm -> the unsafe switches with which it ran."""
        switches = {arm: self.ledger(arm).get(UNSAFE) for arm in self.arms}
        return {arm: _switches(each) for arm, each in switches.items() if each}

    def claims(self, arm: str) -> str:
        """The pattern that the arm's name claims, whatever its processes say of themselves."""
        return arm.partition("-")[0]

    def processes(self, arm: str) -> list[str]:
        """Every process whose CPU was seen in any block of the arm, and its Redis, which is one of them."""
        seen = (name for block in self.blocks_of(arm) for name in block.get("cpu_ms") or {})
        return list(dict.fromkeys((*seen, "redis")))

    @cached_property
    def measured_phase(self) -> str:
        """The phase that figures are taken from: `measure`, else the control beside a fault."""
        phases = {str(block["phase"]) for block in self.blocks}
        return next((phase for phase in ("measure", "control") if phase in phases), "none")

    @cached_property
    def by_block(self) -> Mapping[int, list[Row]]:
        """Block -> its orders by due time."""
        rows: dict[int, list[Row]] = {}
        for row in sorted(self.orders, key=lambda row: float(row["due_ms"])):
            rows.setdefault(int(row["block"]), []).append(row)
        return rows

    def under(self, condition: str) -> Self:
        """The run as if it had been measured under this condition only."""
        blocks = [row for row in self.blocks if row["phase"] in MEASURED and row.get("condition") == condition]
        numbers = {int(row["block"]) for row in blocks}
        orders = tuple(row for row in self.orders if int(row["block"]) in numbers)
        return replace(self, blocks=tuple(row | {"phase": "measure"} for row in blocks), orders=orders, faults=())

    def blocks_of(self, arm: str, phase: str | None = None) -> list[Row]:
        """An arm's blocks, of a phase or of all, in the order in which they ran."""
        wanted = (block for block in self.blocks if block["arm"] == arm and phase in (None, block["phase"]))
        return sorted(wanted, key=lambda block: int(block["block"]))

    def rows(self, arm: str, phase: str | None = None) -> list[Row]:
        """An arm's orders, of a phase or of all."""
        if phase is None:
            return [row for row in self.orders if row["arm"] == arm]
        return [row for block in self.blocks_of(arm, phase) for row in self.by_block.get(int(block["block"]), [])]

    def faults_of(self, arm: str) -> list[Row]:
        """What was broken in this arm."""
        return [fault for fault in self.faults if fault["arm"] == arm]

    def recorded(self, fault: Row) -> bool:
        """Whether the block in which it happened was recorded."""
        return any(block["block"] == fault["block"] for block in self.blocks)

    def undisturbed(self, arm: str) -> list[Row]:
        """The arm's orders of blocks in which nothing was broken."""
        quiet = [block for block in self.blocks_of(arm) if block["phase"] != "fault"]
        return [row for block in quiet for row in self.by_block.get(int(block["block"]), [])]

    def parked(self, arm: str) -> int | None:
        """How many messages lie in the arm's dead letters; None when nobody looked."""
        history = self.history.get(arm)
        rows = [row for row in history.state if row["kind"] == "dead"] if history else []
        return sum(int(row["count"]) for row in rows) if rows else None

    def pattern(self, arm: str) -> str:
        """The arm's pattern: the first half of its name unless the ledger says otherwise."""
        return str(self.ledger(arm).get("pattern") or arm.partition("-")[0])

    def transport(self, arm: str) -> str:
        """The arm's transport: the second half of its name unless the ledger says otherwise."""
        return str(self.ledger(arm).get("transport") or arm.partition("-")[2])

    def ledger(self, arm: str) -> Mapping[str, Any]:
        """The conditions under which an arm ran, {} when nobody wrote them down."""
        ledger = self.manifest.get("ledger") or {}
        entry = ledger.get(arm) if isinstance(ledger, dict) else None
        return entry if isinstance(entry, dict) else {}


def wanted(row: Row) -> bool:
    """Whether this arrival was sent and ought to be accepted: it counts in every latency, finished or not."""
    return row.get("sent_ms") is not None and row["expected"] != MALFORMED


def _switches(told: object) -> str:
    return " and ".join(str(each) for each in told if each) if isinstance(told, list) else str(told)


def _manifest(folder: Path) -> Mapping[str, Any]:
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunUnusable(f"{folder} is not the folder of a run: {error}") from error
    if not isinstance(manifest, dict):
        raise RunUnusable(f"{folder}/manifest.json is not an object")
    return manifest


def _joined(folder: Path, history: Mapping[str, Snapshot]) -> Iterator[Row]:
    """Of a run that was cut short before its orders were joined: join them now."""
    events = [event for snapshot in history.values() for event in snapshot.events]
    yield from joined(read_rows(folder / "load.ndjson"), events)
