"""The blast radius of one fault: harmed orders of those exposed, against the same orders where nothing was broken.

Exposed: in flight at onset, arriving during the fault, arriving after it until the backlog is drained. Harmed, by the
worst that happened: torn, lost or open, refused by failure, late. The control has the same seed, order by order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from benchmarks.judge.run import Run, wanted
from benchmarks.judge.series import end_of, goodput, seconds, series
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
    not_seen = _not_seen(run, fault)
    rows = [row for row in run.by_block.get(int(fault["block"]), []) if wanted(row)]
    harm = {row["index"]: _harm(row, torn, run.slo_s) for row in rows}
    window = _window(fault, rows, harm)
    exposure = {row["index"]: window.exposure(row) for row in rows}
    exposed = [index for index, how in exposure.items() if how]
    kinds = Counter(harm[index] for index in exposed if harm[index])
    lost = sum(1 for row in rows if row["status"] == "open")
    healed = None if not_seen else lost == 0 and window.well_ms is not None
    control = _control(run, block, torn)
    return {
        "arm": fault["arm"],
        "fault": fault["fault"],
        "target": fault["target"],
        "block": fault["block"],
        "rate": block.get("rate"),
        "fault_s": seconds(window.onset_ms, window.end_ms),
        "exposed": len(exposed),
        "harmed": sum(kinds.values()),
        "by_kind": {kind: kinds[kind] for kind in KINDS},
        "by_exposure": {how: _split(how, exposure, harm) for how in EXPOSURES},
        "control": _beside(control, exposed),
        "goodput_lost": _goodput_lost(control, harm, exposed),
        "recovery_s": None if not_seen or window.well_ms is None else seconds(window.end_ms, window.well_ms),
        "self_healed": healed,
        "not_seen": not_seen,
        "series": series(rows, harm, exposure, block, fault),
        "control_series": series(control.rows, control.harm, {}, control.block, None) if control else None,
        "goodput": goodput(rows, harm, block),
        "control_goodput": goodput(control.rows, control.harm, control.block) if control else None,
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
    """All is well when every order due until the fault's end is off the books, and so is the backlog behind them.

    The backlog: harmed orders that were due before those ahead of them were through. One that is late later, when
    all was well, is no part of it. Never, when an order is still open.
    """
    onset_ms, end_ms = float(fault["onset_ms"]), end_of(fault)
    if any(how == "lost_or_open" for how in harm.values()):
        return Window(onset_ms, end_ms, None)
    well_ms = end_ms
    for row in sorted(rows, key=lambda row: float(row["due_ms"])):
        due_ms, harmed = float(row["due_ms"]), harm[row["index"]]
        if due_ms <= end_ms or (due_ms <= well_ms and harmed):
            well_ms = max(well_ms, _seen_off(row))
    return Window(onset_ms, end_ms, well_ms)


def _not_seen(run: Run, fault: Row) -> str | None:
    """Why nobody can say whether all was well again; None when it was seen, the one way or the other."""
    if all(fault.get(name) is None for name in ("end_ms", "restarted_ms", "ready_ms")):
        return f"{fault['target']} was never seen to come back"
    if not run.at_rest(fault["arm"]):
        return "the run was interrupted"
    return None


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
