"""The arm suite, where processes die: at every single crash point, a part of them each day, and none is survived by
luck."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from benchmarks.crashes.campaign import crash_all, crash_lab, too_many
from benchmarks.crashes.cases import Part, cases, part, part_of_day
from benchmarks.history import Snapshot
from tests.arms.chosen import ARMS
from tests.benchmarks.histories import FORWARD, History

PARTS = 1  # the whole needs about a minute; with more, one of them is taken by the date
SEED = 7


def part_of_today() -> Part:
    """As HARMONY_CRASH_PART says (1/1 is the whole), or as the date says."""
    said = os.environ.get("HARMONY_CRASH_PART")
    return part(said) if said else part_of_day(datetime.now(UTC).date().toordinal(), PARTS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("taken", [part_of_today()], ids=lambda taken: f"part {taken}".replace("/", " of "))
def test_every_crash_point_is_reached_and_survived(tmp_path: Path, taken: Part) -> None:
    """How late an order was closed is told and not asserted: `make crash-test` fails on it, a busy machine may."""
    asked = {name: cases(arm, taken, SEED) for name, arm in ARMS.items()}
    with crash_lab(ARMS, SEED, tmp_path / "logs") as lab:
        arms = crash_all(lab, asked, Event(), lambda arm: None)
    told = [sentence for arm in arms for sentence in arm.complaints(tmp_path / "logs")]
    print(*(sentence for arm in arms for sentence in arm.overdue()), sep="\n")
    assert not told, "\n".join([*told, f"Again: HARMONY_CRASH_PART={taken}, or one alone: benchmarks.crashes --only"])
    assert all(arm.outcomes for arm in arms)


def test_more_orders_than_customers_placed_are_objected_to() -> None:
    history = History().order("told", *FORWARD).order("second", *FORWARD)
    snapshot = Snapshot(history.events, history.state())
    placed = {"index": 0, "order_id": "told", "told": ["told", "told"], "expected": "completed", "refused": False}
    unsure: dict[str, Any] = {"index": 1, "order_id": None, "told": [], "expected": "completed", "refused": False}
    [sentence] = too_many(snapshot, [placed])
    assert "no customer was told of (second)" in sentence
    assert too_many(snapshot, [placed, unsure]) == []
    assert too_many(snapshot, [placed, unsure | {"refused": True}])


def test_the_parts_are_the_whole_and_share_nothing() -> None:
    for arm in ARMS.values():
        whole = {case.name for case in cases(arm, Part(), SEED)}
        parts = [case.name for day in range(PARTS) for case in cases(arm, part_of_day(day, PARTS), seed=day)]
        assert len(parts) == len(whole)
        assert set(parts) == whole


@pytest.mark.parametrize("text", ["0/4", "5/4", "2", "2/", "a/b", "-1/4"])
def test_a_part_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a part is written as 2/4"):
        part(text)


def test_every_process_dies_in_turn() -> None:
    """Whoever dies again and again is taken to be in a crash loop, and started ever later."""
    for arm in ARMS.values():
        every = [case.point.process for case in cases(arm, Part(), SEED)]
        few = min(set(every), key=every.count)
        apart = len(every) // every.count(few)
        for process in set(every):
            assert process in every[: 2 * apart], f"{process} of {arm.name} comes late"
