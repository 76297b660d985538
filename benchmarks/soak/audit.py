"""The arms audited at the end: the invariants over what is still remembered, and every order of the whole run accounted
for, dropped ones too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import checkers
from benchmarks.checkers import Check
from benchmarks.checkers.records import BARE_REASONS, stories
from benchmarks.history import Snapshot
from benchmarks.rows import Row

SHOWN = 3


def checks_of(arm: str, snapshot: Snapshot, rows: Sequence[Row], manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One arm's, as rows of the summary."""
    rested = bool((manifest.get("at_rest") or {}).get(arm))  # a whole run must have come to rest
    judged_at_rest = rested or not manifest["partial"]
    told = stories(snapshot.events, snapshot.state)
    retention_ms = float(manifest["soak"]["retention_s"]) * 1000
    dropped_ms = float((manifest.get("read_ms") or {}).get(arm) or 0) - retention_ms
    there = [row for row in rows if not _dropped(row, told, dropped_ms)]
    found = checkers.check(snapshot.events, snapshot.state, there, judged_at_rest, ())
    found += [] if manifest["partial"] else [_came_to_rest(rested, rows)]
    found += [_ended(rows, judged_at_rest), _not_restarted(arm, manifest)]
    return [check.as_row() | {"arm": arm} for check in found]


def together(rows: Sequence[Row], manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is asked of all arms at once."""
    sent = [row | {"seed": manifest["seed"]} for row in rows if row.get("sent_ms") is not None]
    found = [_kept_up(rows, manifest)]
    if len(manifest["arms"]) > 1:
        found.append(checkers.same_answer(sent, () if manifest["partial"] else manifest["arms"]))
        found.append(_equal_conditions(manifest))
    return [check.as_row() | {"arm": None} for check in found]


def _dropped(row: Row, told: Mapping[str, Any], dropped_ms: float) -> bool:
    """Whether it is rightly not there any more: seen closed, long enough ago."""
    order_id, closed_ms = row.get("order_id"), row.get("closed_ms")
    return bool(order_id) and order_id not in told and closed_ms is not None and float(closed_ms) <= dropped_ms


def _came_to_rest(rested: bool, rows: Sequence[Row]) -> Check:
    told = "nothing was open when the records were read" if rested else "still at work when it was read"
    return Check("came_to_rest", rested, sum(1 for row in rows if row.get("order_id")), told)


def _ended(rows: Sequence[Row], rested: bool) -> Check:
    """Of the whole run: the invariants see only what is not dropped yet."""
    accepted = [row for row in rows if row.get("order_id")]
    closed = [row for row in accepted if row.get("closed_ms") is not None]
    wrong = [f"order {row['index']} ended as {_end(row)}, not {row['expected']}" for row in closed if _otherwise(row)]
    if rested:
        unseen = (row for row in accepted if row.get("closed_ms") is None)
        wrong += [f"order {row['index']} was accepted and never seen closed" for row in unseen]
    bare = sum(1 for row in closed if row.get("reason") in BARE_REASONS)
    fine = f"{len(closed):,} accepted orders ended as their customers, items and addresses demand"
    fine += f"; {bare:,} were given up at their deadlines" if bare else ""
    detail = f"{len(wrong):,} of {len(accepted):,}: {'; '.join(wrong[:SHOWN])}" if wrong else fine
    return Check("whole_run_ended", bool(accepted) and not wrong, len(accepted), detail)


def _end(row: Row) -> str:
    return str(row["status"] if row["status"] == "completed" else row.get("reason"))


def _otherwise(row: Row) -> bool:
    return row.get("reason") not in BARE_REASONS and _end(row) != row["expected"]


def _not_restarted(arm: str, manifest: Mapping[str, Any]) -> Check:
    """Who was started anew in the middle is not the one whose memory was looked at before."""
    deaths = Counter(str(each["process"]) for each in manifest.get("deaths") or () if each["arm"] == arm)
    told = ", ".join(f"{name} {count} times" for name, count in deaths.items())
    detail = f"these went down under the load: {told}" if deaths else "every process lived through the whole run"
    return Check(
        "nobody_restarted", not deaths, int((manifest.get("ledger") or {}).get(arm, {}).get("processes") or 0), detail
    )


def _kept_up(rows: Sequence[Row], manifest: Mapping[str, Any]) -> Check:
    skipped = sum(1 for row in rows if row.get("sent_ms") is None)
    if manifest.get("spoiled"):
        return Check("load_kept_up", False, len(rows), str(manifest["spoiled"]))
    told = f"{skipped:,} of {len(rows):,} arrivals could not be sent in time"
    return Check("load_kept_up", bool(rows) and not skipped, len(rows), told)


def _equal_conditions(manifest: Mapping[str, Any]) -> Check:
    differences = manifest.get("ledger_differences") or {}
    looked_at = len(manifest.get("ledger_compared") or ())
    told = f"{looked_at} conditions must not differ, and none does"
    return Check("equal_conditions", not differences, looked_at, "; ".join(map(str, differences.values())) or told)
