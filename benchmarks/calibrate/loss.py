"""A known loss: do the checkers find just those orders that are lost, and is their share the one that was planted?

Which orders are lost their ids decide, so the customers' rows alone tell the truth. Each order is then put before the
checker that must object, in groups that are halved until they are fine or one order; it knows nothing of the ids.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import checkers
from benchmarks.calibrate.figures import binomial_interval
from benchmarks.calibrate.plan import LOSS
from benchmarks.calibrate.records import Records
from benchmarks.checkers.book import Book
from benchmarks.checkers.customers import every_order_closed
from benchmarks.checkers.records import stories
from benchmarks.history import Snapshot
from benchmarks.rows import Row
from common.unsafe import LOST_ONE_IN, is_lost

MUST_FIRE = "every_order_closed"
CONFIDENCE = 0.9999  # of the check of the share: how many ids are such ids is chance, and no fault of the instrument
NAMED = 3


def losses(records: Records) -> list[dict[str, Any]]:
    """A row for each arm in which a loss was planted and whose records are there.

    `held` is None when no order was to be lost, by chance: then nothing was asked. The share is judged of all together.
    """
    snapshots = records.snapshots()
    whole = [each for each in records.manifest["parts"] if each["part"] == LOSS and each["whole"]]
    return [_row(arm, records.rows(LOSS, arm), snapshots[arm]) for arm in records.arms if whole and arm in snapshots]


def together(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The share over all arms: planted, seen, its interval, and whether that contains what was planted."""
    accepted, found = sum(row["accepted"] for row in rows), sum(row["found"] for row in rows)
    interval, wide = binomial_interval(found, accepted), binomial_interval(found, accepted, CONFIDENCE)
    if interval is None or wide is None:
        return None
    return {
        "planted": 1 / LOST_ONE_IN,
        "accepted": accepted,
        "lost": sum(row["lost"] for row in rows),
        "found": found,
        "share": found / accepted,
        "interval": [round(end, 5) for end in interval],
        "interval_of_the_check": [round(end, 5) for end in wide],
        "held": wide[0] <= 1 / LOST_ONE_IN <= wide[1],
    }


def _row(arm: str, rows: Sequence[Row], snapshot: Snapshot) -> dict[str, Any]:
    accepted = [row for row in rows if row.get("order_id")]
    lost = {str(row["order_id"]) for row in accepted if is_lost(str(row["order_id"]))}
    found = _found(snapshot, accepted)
    fired = [check.id for check in checkers.check(snapshot.events, snapshot.state, rows, True, ()) if not check.ok]
    others = [name for name in fired if name != MUST_FIRE]
    return {
        "arm": arm,
        "accepted": len(accepted),
        "lost": len(lost),
        "found": len(found),
        "missed": sorted(lost - found)[:NAMED],
        "wrongly": sorted(found - lost)[:NAMED],
        "fired": fired,
        "others": others,
        "held": found == lost and not others if {*lost, *found, *others} else None,
    }


def _found(snapshot: Snapshot, accepted: Sequence[Row]) -> set[str]:
    """The ids of the orders to which the checker objects."""
    told = stories(snapshot.events, snapshot.state)

    def objected(rows: Sequence[Row]) -> set[str]:
        if not rows or every_order_closed(Book(told, snapshot.events, snapshot.state, rows)).ok:
            return set()
        if len(rows) == 1:
            return {str(rows[0]["order_id"])}
        middle = len(rows) // 2
        return objected(rows[:middle]) | objected(rows[middle:])

    return objected(accepted)
