"""A calibration's folder, read: its manifest, its blocks in pairs, part by part. Nothing is judged here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks import history
from benchmarks.calibrate.plan import EXPERIMENT, twins
from benchmarks.judge.clocks import CLOCKS, SHARES, sample
from benchmarks.judge.comparisons import MEASURES as COMPARED
from benchmarks.judge.costs import block_cost
from benchmarks.judge.run import RunUnusable
from benchmarks.rows import Row, read_rows
from benchmarks.statistics import Sample, orders_needed, quantile

CPU = "cpu_ms_per_order"
REDIS = "redis"


def split(measure: str) -> tuple[str, float] | None:
    """`closed_ms_p50` -> its clock and its share; None for what is no latency."""
    clock, _, share = measure.partition("_ms_")
    return (clock, SHARES[share]) if clock in CLOCKS and share in SHARES else None


MEASURES = tuple(measure for measure in COMPARED if measure == CPU or split(measure))
"""Of what the lab compares, what a block of a calibration has."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A block, with its orders."""

    block: Row
    rows: Sequence[Row]

    def sample(self, clock: str) -> Sample:
        """Latencies of its orders on that clock."""
        return sample(self.rows, clock)

    def own(self, measure: str) -> float | None:
        """The block's own figure; None when it is too small for one, or nobody could see."""
        found = split(measure)
        if found is None:
            names = list(dict.fromkeys((*(self.block.get("cpu_ms") or {}), REDIS)))
            figure: float | None = block_cost(self.block, self.rows, names)[CPU]
            return figure
        clock, share = found
        part = self.sample(clock)
        return quantile(part, share) if part.count >= orders_needed(share) else None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two blocks that were asked the same at the same moments: A's and its twin's."""

    start: int
    number: int
    a: Seen
    b: Seen


def owned(pairs: Sequence[Pair], measure: str) -> list[tuple[float, float]] | None:
    """The blocks' own figures, pair by pair; None when one has none."""
    found = [(pair.a.own(measure), pair.b.own(measure)) for pair in pairs]
    whole = [(a, b) for a, b in found if a is not None and b is not None]
    return whole if len(whole) == len(found) else None


@dataclass(frozen=True)
class Records:
    """All that was recorded."""

    manifest: Mapping[str, Any]
    blocks: Sequence[Row]
    orders: Sequence[Row]
    folder: Path

    @classmethod
    def read(cls, folder: Path) -> Records:
        """Raises RunUnusable when this is no calibration's folder, or has no orders."""
        manifest = _manifest(folder)
        orders = tuple(read_rows(folder / "orders.ndjson"))
        if not orders:
            why = manifest.get("lost") or "nothing was recorded, so there is nothing to judge"
            raise RunUnusable(f"{folder} has no orders: {why}")
        return cls(manifest, tuple(read_rows(folder / "blocks.ndjson")), orders, folder)

    @property
    def arms(self) -> list[str]:
        """Those that were asked for."""
        return [str(arm) for arm in self.manifest["arms"]]

    @property
    def plan(self) -> Mapping[str, Any]:
        """What was to be done."""
        plan: Mapping[str, Any] = self.manifest["calibration"]
        return plan

    def told(self, part: str) -> list[Mapping[str, Any]]:
        """What the manifest says of the parts of that name."""
        return [each["told"] for each in self.manifest["parts"] if each["part"] == part]

    def rows(self, part: str, *names: str) -> list[Row]:
        """Orders of a part, of these names, or of all."""
        return [
            row
            for (of, name, _), rows in self._by_block.items()
            if of == part and (not names or name in names)
            for row in rows
        ]

    def seen(self, part: str, name: str) -> list[Seen]:
        """The measured blocks of that part and name, in the order in which they ran."""
        blocks = [each for each in self.blocks if (each["part"], each["arm"], each["phase"]) == (part, name, "measure")]
        numbered = sorted(blocks, key=lambda each: int(each["block"]))
        return [Seen(each, self._by_block.get((part, name, int(each["block"])), [])) for each in numbered]

    def pairs(self, part: str, arm: str) -> list[Pair]:
        """The pairs of the arm and its twin of which both blocks were recorded."""
        a, b = ({int(each.block["pair"]): each for each in self.seen(part, name)} for name in twins(arm))
        return [Pair(int(a[pair].block["restart"]), pair, a[pair], b[pair]) for pair in sorted({*a} & {*b})]

    @cached_property
    def _by_block(self) -> Mapping[tuple[str, str, int], list[Row]]:
        found: dict[tuple[str, str, int], list[Row]] = {}
        for row in self.orders:
            found.setdefault((row["part"], row["arm"], int(row["block"])), []).append(row)
        return found

    def snapshots(self) -> dict[str, history.Snapshot]:
        """What the stores remembered at the end of the part with the planted loss."""
        return history.read(self.folder)


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        known = manifest["experiment"] == EXPERIMENT and manifest["calibration"] and manifest["arms"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunUnusable(f"{folder} is not the folder of a calibration: {error}") from error
    if not known:
        raise RunUnusable(f"{folder} is not the folder of a calibration")
    return manifest
