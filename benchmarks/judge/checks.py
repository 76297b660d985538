"""Every check of a run: the invariants arm by arm, the same answer in all arms, and whether the load kept its word."""

from __future__ import annotations

from typing import Any

from benchmarks import checkers
from benchmarks.judge.run import Run

BREAKS_AN_ORDER = (
    "single_charge",
    "all_or_nothing",
    "given_back_fits",
    "no_ghosts",
    "no_zombies",
    "legal_history",
    "one_order",
)
"""Checks that say which order is torn."""


def all_checks(run: Run) -> tuple[list[dict[str, Any]], dict[str, set[str]]]:
    """The checks as rows, each with its arm (null: all together); and arm -> ids of torn orders."""
    rows, torn = [], {}
    for arm in run.arms:
        snapshot = run.history.get(arm)
        events, state = (snapshot.events, snapshot.state) if snapshot else ([], [])
        checks = checkers.check(events, state, run.rows(arm), at_rest=run.at_rest(arm))
        torn[arm] = {order for check in checks if check.id in BREAKS_AN_ORDER for order in check.broken}
        rows += [check.as_row() | {"arm": arm} for check in checks]
    together = [_load_kept_up(run), _told_alike(run), _equal_conditions(run)]
    if len(run.arms) > 1:
        together.insert(0, _same_answer(run))
    rows += [check.as_row() | {"arm": None} for check in together if check]
    return rows + list(run.manifest.get("checks") or ()), torn


def _same_answer(run: Run) -> checkers.Check:
    """Over the blocks in which nothing was killed; both blocks of a pair have one seed."""
    seeds = {int(block["block"]): block["seed"] for block in run.blocks if block["phase"] != "fault"}
    rows = [row | {"seed": seeds[row["block"]]} for row in run.orders if row["block"] in seeds]
    return checkers.same_answer(row for row in rows if row.get("sent_ms") is not None)


def _load_kept_up(run: Run) -> checkers.Check:
    """An arrival that could not be sent spoils the run: then the load was not what it says."""
    skipped = sum(int(block.get("skipped") or 0) for block in run.blocks)
    due, spoiled = len(run.orders), run.manifest.get("spoiled")
    if spoiled:
        return checkers.Check("load_kept_up", False, due, str(spoiled))
    if skipped:
        return checkers.Check("load_kept_up", False, due, f"{skipped:,} of {due:,} arrivals could not be sent in time")
    return checkers.Check("load_kept_up", due > 0, due, f"all {due:,} arrivals were sent when they were due")


def _equal_conditions(run: Run) -> checkers.Check | None:
    """Arms are compared under conditions that differ in nothing but their pattern and wire."""
    ledgers = {arm: run.ledger(arm) for arm in run.arms}
    if len(ledgers) < 2 or not any(ledgers.values()):
        return None
    differences = list(run.manifest.get("ledger_differences") or ())
    looked_at = len({name for ledger in ledgers.values() for name in ledger})
    fine = f"{looked_at} conditions written down; none differs that must not"
    return checkers.Check("equal_conditions", not differences, looked_at, "; ".join(differences) or fine)


def _told_alike(run: Run) -> checkers.Check | None:
    """Some closed orders were looked up at the door as well; null when the run has no such sample."""
    checked = sum(int(block.get("checked") or 0) for block in run.blocks)
    contradicted = sum(int(block.get("contradicted") or 0) for block in run.blocks)
    if not checked:
        return None
    detail = f"{contradicted:,} of {checked:,} orders looked up at the door contradict the feed of closings"
    return checkers.Check("told_alike", not contradicted, checked, detail)
