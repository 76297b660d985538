"""The blast radius of one fault: harmed orders of those exposed, against the same orders where nothing was broken.

Exposed: in flight at onset, arriving during the fault, arriving after it until the backlog is drained. Harmed, by the
worst that happened: torn, lost or open, refused by failure, late. The control has the same seed, order by order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from benchmarks.judge.run import Run, wanted
from benchmarks.rows import Row

KINDS = ("late", "refused", "torn", "lost_or_open")
EXPOSURES = ("in_flight", "during", "after")


@dataclass(frozen=True, slots=True)
class Window:
    """When the fault began and ended, and when all was well again (epoch ms). None: never, as far as seen."""

    onset_ms: float
    end_ms: float
    well_ms: float | None

    def exposure(self, row: Row) -> str | None:
        """How this order met the fault, None when it did not."""
        due_ms, closed_ms = float(row["due_ms"]), row.get("closed_ms")
        if due_ms < self.onset_ms:
            return "in_flight" if closed_ms is None or float(closed_ms) > self.onset_ms else None
        if due_ms <= self.end_ms:
            return "during"
        return "after" if self.well_ms is None or due_ms <= self.well_ms else None


def blast_radius(run: Run, fault: Row, torn: AbstractSet[str]) -> dict[str, Any]:
    """One row of the summary. `torn` are the ids of the arm's orders that break an invariant."""
    block = next(block for block in run.blocks if block["block"] == fault["block"])
    rows = [row for row in run.by_block.get(int(fault["block"]), []) if wanted(row)]
    harm = {row["index"]: _harm(row, torn, run.slo_s) for row in rows}
    window = _window(fault, rows, harm)
    exposure = {row["index"]: window.exposure(row) for row in rows}
    exposed = [index for index, how in exposure.items() if how]
    kinds = Counter(harm[index] for index in exposed if harm[index])
    lost = sum(1 for row in rows if row["status"] == "open")
    control = _control(run, block, torn)
    return {
        "arm": fault["arm"],
        "fault": fault["fault"],
        "target": fault["target"],
        "block": fault["block"],
        "rate": block.get("rate"),
        "fault_s": _seconds(window.onset_ms, window.end_ms),
        "exposed": len(exposed),
        "harmed": sum(kinds.values()),
        "by_kind": {kind: kinds[kind] for kind in KINDS},
        "by_exposure": {how: _split(how, exposure, harm) for how in EXPOSURES},
        "control": _beside(control, exposed),
        "goodput_lost": _goodput_lost(control, harm, exposed),
        "recovery_s": None if window.well_ms is None else _seconds(window.end_ms, window.well_ms),
        "self_healed": lost == 0 and window.well_ms is not None,
        "series": _series(rows, harm, exposure, block, fault),
        "control_series": _series(control.rows, control.harm, {}, control.block, None) if control else None,
        "goodput": _goodput(rows, harm, block),
        "control_goodput": _goodput(control.rows, control.harm, control.block) if control else None,
    }


@dataclass(frozen=True, slots=True)
class Control:
    """The arm's fault-free block of the same seed."""

    block: Row
    rows: list[Row]
    harm: Mapping[int, str | None]


def _control(run: Run, block: Row, torn: AbstractSet[str]) -> Control | None:
    twins = [twin for twin in run.blocks_of(block["arm"], "control") if twin["seed"] == block["seed"]]
    if not twins:
        return None
    rows = [row for row in run.by_block.get(int(twins[0]["block"]), []) if wanted(row)]
    return Control(twins[0], rows, {row["index"]: _harm(row, torn, run.slo_s) for row in rows})


def _harm(row: Row, torn: AbstractSet[str], slo_s: float) -> str | None:
    """The worst that happened to an order, None when it was served well (or rightly refused) in time."""
    if row.get("order_id") in torn:
        return "torn"
    if row.get("accepted_ms") is None or (row["status"] == "cancelled" and row.get("reason") == "deadline"):
        return "refused"
    if row.get("closed_ms") is None:
        return "lost_or_open"
    return "late" if float(row["closed_ms"]) - float(row["due_ms"]) > slo_s * 1000 else None


def _window(fault: Row, rows: Sequence[Row], harm: Mapping[int, str | None]) -> Window:
    """All is well when the last order that waited longer than the SLO is closed and nobody is refused any more."""
    onset_ms, end_ms = float(fault["onset_ms"]), end_of(fault)
    met = [row for row in rows if harm[row["index"]] and _seen_off(row) > onset_ms]
    if any(harm[row["index"]] == "lost_or_open" for row in met):
        return Window(onset_ms, end_ms, None)
    return Window(onset_ms, end_ms, max([end_ms, *(_seen_off(row) for row in met)]))


def end_of(fault: Row) -> float:
    """When the process was started again; of one that never was, when it should have been."""
    if fault.get("end_ms") is not None:
        return float(fault["end_ms"])
    return float(fault["onset_ms"]) + float(fault.get("hold_s") or 0) * 1000


def _seen_off(row: Row) -> float:
    """When the order was off the books: closed, or never taken in."""
    return float(row["closed_ms"] if row.get("closed_ms") is not None else row["due_ms"])


def _split(how: str, exposure: Mapping[int, str | None], harm: Mapping[int, str | None]) -> dict[str, int]:
    met = [index for index, seen in exposure.items() if seen == how]
    return {"exposed": len(met), "harmed": sum(1 for index in met if harm[index])}


def _beside(control: Control | None, exposed: Sequence[int]) -> dict[str, Any] | None:
    """The same orders where nothing was broken."""
    if control is None:
        return None
    same = [index for index in exposed if index in control.harm]
    return {"exposed": len(same), "harmed": sum(1 for index in same if control.harm[index])}


def _goodput_lost(control: Control | None, harm: Mapping[int, str | None], exposed: Sequence[int]) -> int | None:
    """Of the exposed: served in time in the control and not under the fault, less the other way round.

    Unknown when the control was not asked for all of them.
    """
    if control is None or not set(exposed) <= set(control.harm):
        return None
    return sum(bool(harm[index]) - bool(control.harm[index]) for index in exposed)


def _series(
    rows: Sequence[Row],
    harm: Mapping[int, str | None],
    exposure: Mapping[int, str | None],
    block: Row,
    fault: Row | None,
) -> dict[str, Any]:
    """Orders for a picture: [due s since the block began, closed ms since due or null, harm, exposure]."""
    start_ms = float(block["started_ms"])
    fault_s = [_seconds(start_ms, at_ms) for at_ms in (float(fault["onset_ms"]), end_of(fault))] if fault else None
    return {
        "fault_s": fault_s,
        "orders": [
            [_seconds(start_ms, row["due_ms"]), _latency_ms(row), harm[row["index"]], exposure.get(row["index"])]
            for row in rows
        ],
    }


def _goodput(rows: Sequence[Row], harm: Mapping[int, str | None], block: Row) -> list[list[int]]:
    """[second, orders closed in it within the SLO] for the block's whole seconds; seconds without any are 0."""
    start_ms = float(block["started_ms"])
    good = Counter(int(second) for second in _closed_at(rows, harm, start_ms) if second >= 0)
    last_due_s = (float(rows[-1]["due_ms"]) - start_ms) / 1000 if rows else 0.0
    return [[second, good[second]] for second in range(int(block.get("seconds") or last_due_s))]


def _closed_at(rows: Sequence[Row], harm: Mapping[int, str | None], start_ms: float) -> Iterator[float]:
    for row in rows:
        if harm[row["index"]] is None:
            yield (float(row["closed_ms"]) - start_ms) / 1000


def _latency_ms(row: Row) -> float | None:
    closed_ms = row.get("closed_ms")
    return None if closed_ms is None else round(float(closed_ms) - float(row["due_ms"]), 2)


def _seconds(start_ms: float, end_ms: float) -> float:
    return round((float(end_ms) - start_ms) / 1000, 3)
