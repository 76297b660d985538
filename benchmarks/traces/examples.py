"""Which orders of a run are shown: the one that was placed to be shown, one that was undone, one that met trouble.

Each is of the same kind in every arm that has one, and neither the quickest nor the slowest of its kind.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.traces.journey import PATTERNS, Journey, Key
from benchmarks.traces.listing import Brief, briefs
from benchmarks.traces.reading import Damaged, NoTraces, Traces

FILE, FOLDER = "traces.ndjson", "traces"
UNDONE = ("undeliverable", "payment_declined", "deadline", "out_of_stock")  # the longest way back first
TROUBLED = ("dead-lettered", "redelivered", "retried")
HELD_UP_MS = 1000.0  # the SLO: whatever took so long met something
WAITED = "asked to wait"  # another kind of order, to be shown where there is none that is ordinary


@dataclass(frozen=True, slots=True)
class Example:
    """One kind of order, in the arms that have one."""

    kind: str
    title: str
    journeys: tuple[Journey, ...]


def of_run(folder: Path) -> Traces:
    """The traces of a run: merged into one file, or still as the processes wrote them."""
    return Traces(folder / FILE if (folder / FILE).exists() else folder / FOLDER)


def examples(folder: Path, arms: Sequence[str], shown: Mapping[str, Any] | None = None) -> list[Example]:
    """Of a run's traces; none when it has none. `shown`: arm -> the order that was placed to be shown."""
    traces = of_run(folder)
    try:
        listed = [brief for brief in briefs(traces.spans()) if brief.arm in arms]
        chosen = _chosen(listed, shown or {})
        keys = {brief.key for _, _, found in chosen for brief in found}
        journeys = {(each.arm, each.order_id): each for each in traces.journeys(keys)} if keys else {}
    except (NoTraces, Damaged):
        return []
    return [Example(kind, title, _in_order(found, journeys, arms)) for kind, title, found in chosen]


def in_the_report(folder: Path, listed: Sequence[Brief]) -> dict[Key, str]:
    """Of a run's orders those that its report shows -> as what."""
    try:
        arms = json.loads((folder / "summary.json").read_text(encoding="utf-8"))["arms"]
        order = folder / "order.json"
        shown = json.loads(order.read_text(encoding="utf-8")) if order.exists() else {}
    except (OSError, ValueError, KeyError):
        return {}
    known = [brief for brief in listed if brief.arm in arms]
    return {brief.key: kind for kind, _, found in reversed(_chosen(known, shown or {})) for brief in found}


def _chosen(listed: Sequence[Brief], shown: Mapping[str, Any]) -> list[tuple[str, str, list[Brief]]]:
    """(kind, title, an order for each arm that has one), without what no arm has."""
    reason = _widest(listed)
    undone = f"An order that had to be undone: {reason.replace('_', ' ')}"
    found = [
        ("shown", "An order that went well", _placed(listed, shown) or _typical(listed, _went_well)),
        ("undone", undone, _typical(listed, lambda brief: brief.reason == reason and not _troubled(brief))),
        ("troubled", "An order that met a fault", _troubled_ones(listed)),
    ]
    return [each for each in found if each[2]]


def _placed(listed: Iterable[Brief], shown: Mapping[str, Any]) -> list[Brief]:
    ids = {(arm, str(each.get("order_id"))) for arm, each in shown.items()}
    return [brief for brief in listed if brief.key in ids]


def _went_well(brief: Brief) -> bool:
    return brief.ending == "completed" and set(brief.remarks) <= {WAITED}


def _troubled(brief: Brief) -> bool:
    return brief.duration_ms > HELD_UP_MS or any(remark in brief.remarks for remark in TROUBLED)


def _troubled_ones(listed: Sequence[Brief]) -> list[Brief]:
    """Rather such as ended well all the same."""
    well = [brief for brief in listed if brief.ending == "completed"]
    return _typical(well, _troubled) or _typical(listed, _troubled)


def _widest(listed: Sequence[Brief]) -> str:
    """The reason for undoing that most arms have an ordinary order of; of those that as many have, the longest way."""
    arms = {reason: {brief.arm for brief in listed if brief.reason == reason} for reason in UNDONE}
    ordinary = {each: {b.arm for b in listed if b.reason == each and WAITED not in b.remarks} for each in UNDONE}
    return max(UNDONE, key=lambda reason: (len(ordinary[reason]), len(arms[reason]), -UNDONE.index(reason)))


def _typical(listed: Iterable[Brief], fits: Callable[[Brief], bool]) -> list[Brief]:
    """For each arm the one in the middle, by how long it took: of the ordinary ones, where it has any."""
    by_arm: dict[str, list[Brief]] = {}
    for brief in listed:
        if fits(brief):
            by_arm.setdefault(brief.arm, []).append(brief)
    return [_middle([brief for brief in each if WAITED not in brief.remarks] or each) for each in by_arm.values()]


def _middle(fitting: Sequence[Brief]) -> Brief:
    return sorted(fitting, key=lambda brief: brief.duration_ms)[len(fitting) // 2]


def _in_order(found: Iterable[Brief], journeys: Mapping[Key, Journey], arms: Sequence[str]) -> tuple[Journey, ...]:
    there = {brief.arm: journeys[brief.key] for brief in found if brief.key in journeys}
    return tuple(there[arm] for arm in arms if arm in there)


def side_by_side(journeys: Sequence[Journey]) -> list[tuple[Journey, ...]]:
    """Rows of two, both patterns in each as far as they reach, over the same wire where there is one."""
    rows: list[tuple[Journey, ...]] = []
    left = {pattern: [each for each in journeys if each.pattern == pattern] for pattern in PATTERNS}
    for same_wire in (True, False):
        for one in list(left[PATTERNS[0]]):
            fitting = (each for each in left[PATTERNS[1]] if each.transport == one.transport or not same_wire)
            if (other := next(fitting, None)) is not None:
                rows.append((one, other))
                left[PATTERNS[0]].remove(one)
                left[PATTERNS[1]].remove(other)
    rest = [each for each in journeys if not any(each is shown for row in rows for shown in row)]
    return rows + rows_of_two(rest)


def rows_of_two(journeys: Sequence[Journey]) -> list[tuple[Journey, ...]]:
    """As they come."""
    return [tuple(journeys[n : n + 2]) for n in range(0, len(journeys), 2)]
