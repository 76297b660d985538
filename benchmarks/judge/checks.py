"""Every check of a run: the invariants arm by arm, the same answer in all arms, and whether the load kept its word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import checkers
from benchmarks.checkers.races import FIRST_COME
from benchmarks.judge.clocks import lateness
from benchmarks.judge.conditions import rates_carried
from benchmarks.judge.conformance import conforms
from benchmarks.judge.run import Run
from benchmarks.rows import Row

OFFSET_MS_MAX = 2.0  # half a round trip on a busy machine, and small beside the quickest order
DOOR_MS = 1.0  # the door may know the time of closing to the millisecond only

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
        checks = checkers.check(events, state, run.rows(arm), run.at_rest(arm), run.faults_of(arm))
        torn[arm] = {order for check in checks if check.id in BREAKS_AN_ORDER for order in check.broken}
        rows += [check.as_row() | {"arm": arm} for check in checks]
        rows += [check.as_row() | {"arm": arm} for check in (_came_to_rest(run, arm), conforms(run, arm)) if check]
    together = [_load_kept_up(run), rates_carried(run), _clocks_agree(run), _told_alike(run), _equal_conditions(run)]
    if len(run.arms) > 1:
        together.insert(0, _same_answer(run))
    rows += [check.as_row() | {"arm": None} for check in together if check]
    return rows + list(run.manifest.get("checks") or ()), torn


def _same_answer(run: Run) -> checkers.Check:
    """Over the blocks in which nothing was killed; both blocks of a pair have one seed.

    Where orders raced for last units in the other blocks too, what was left for these is no arm's fault: then races are
    judged arm by arm only, in `honest_refusals`.
    """
    seeds = _turns(run)
    rows = [row | {"seed": seeds[row["block"]]} for row in run.orders if row["block"] in seeds]
    if any(row["block"] not in seeds and row["expected"] == FIRST_COME for row in run.orders):
        rows = [row for row in rows if row["expected"] != FIRST_COME]
    named = () if run.partial else [str(arm) for arm in run.manifest.get("arms") or ()]  # cut short: not all were begun
    return checkers.same_answer((row for row in rows if row.get("sent_ms") is not None), [*run.arms, *named])


def _turns(run: Run) -> dict[int, str]:
    """Block without a fault -> its seed, with how many blocks of the same seed its arm has had before.

    Phases may ask for the same orders again, at another rate or in another scenario.
    """
    had: Counter[tuple[str, int]] = Counter()
    turns = {}
    for block in run.blocks:
        if block["phase"] != "fault":
            whose = (str(block["arm"]), int(block["seed"]))
            turns[int(block["block"])] = f"{block['seed']}, turn {had[whose] + 1}" if had[whose] else str(block["seed"])
            had[whose] += 1
    return turns


def _came_to_rest(run: Run, arm: str) -> checkers.Check | None:
    """A whole run is read at rest; null for one that was cut short before."""
    if run.partial:
        return None
    orders = sum(1 for row in run.rows(arm) if row.get("order_id"))
    told = "nothing was open when the records were read" if run.rested(arm) else "still at work when it was read"
    return checkers.Check("came_to_rest", run.rested(arm), orders, told)


def _load_kept_up(run: Run) -> checkers.Check:
    """An arrival that could not be sent spoils the run: then the load was not what it says.

    One that was sent late does not: it counts from when it was due. How late is told, for it is in every figure.
    """
    skipped = sum(int(block.get("skipped") or 0) for block in run.blocks)
    due, spoiled = len(run.orders), run.manifest.get("spoiled")
    if spoiled:
        return checkers.Check("load_kept_up", False, due, str(spoiled))
    if skipped:
        return checkers.Check("load_kept_up", False, due, f"{skipped:,} of {due:,} arrivals could not be sent in time")
    seen = {arm: lateness(run.rows(arm)) for arm in run.arms}
    worst = [float(block["late_ms_max"]) for block in run.blocks if block.get("late_ms_max") is not None]
    worst += [each["max"] for each in seen.values() if each["max"] is not None]
    shares = ", ".join(f"{arm} {each['p99']:.1f} ms" for arm, each in seen.items() if each["p99"] is not None)
    told = f"none of {due:,} arrivals was skipped; sent at most {max(worst, default=0):.1f} ms late, 99 of 100 within"
    return checkers.Check("load_kept_up", due > 0, due, f"{told}: {shares}")


def _clocks_agree(run: Run) -> checkers.Check:
    """Due and accepted are the load's times, decided and closed the server's: no order may end before it was sent."""
    sent = [row for row in run.orders if row.get("sent_ms") is not None]
    wrong = [row for row in sent if _backwards(row)]
    offsets = run.manifest.get("clock_offset_ms") or {}
    known = {arm: offsets[arm] for arm in run.arms if offsets.get(arm) is not None}
    ahead = ", ".join(f"{arm} {float(offset):+.3f} ms" for arm, offset in known.items()) or "not measured"
    apart = any(abs(float(offset)) > OFFSET_MS_MAX for offset in known.values())
    told = f"the servers' clocks less the load's: {ahead}; {len(wrong):,} of {len(sent):,} orders run backwards in time"
    return checkers.Check("clocks_agree", bool(sent) and not wrong and not apart, len(sent), told)


def _backwards(row: Row) -> bool:
    """Whether this order was decided or closed before it was sent, or decided after it was closed."""
    decided_ms, closed_ms = row.get("decided_ms"), row.get("closed_ms")
    ends = [float(end) for end in (decided_ms, closed_ms) if end is not None]
    undecided = decided_ms is not None and closed_ms is not None and float(decided_ms) > float(closed_ms)
    return undecided or any(end < float(row["sent_ms"]) for end in ends)


def _equal_conditions(run: Run) -> checkers.Check | None:
    """Arms are compared under conditions that differ in nothing but their pattern and wire."""
    ledgers = {arm: run.ledger(arm) for arm in run.arms}
    if len(ledgers) < 2 or not any(ledgers.values()):
        return None
    differences = run.unequal
    written = len({name for ledger in ledgers.values() for name in ledger})
    looked_at = len(run.manifest.get("ledger_compared") or ()) or written
    fine = f"{looked_at} of {written} conditions written down must not differ, and none does"
    if run.allowed:
        fine = f"{looked_at} conditions must not differ; some do, which was asked for by name: {'; '.join(run.allowed)}"
    return checkers.Check("equal_conditions", not differences, looked_at, "; ".join(differences) or fine)


def _told_alike(run: Run) -> checkers.Check | None:
    """Some closed orders were looked up at the door as well; null when the run has no such sample.

    The door's answers are compared with the closing times that the figures are made of.
    """
    samples = [sample for block in run.blocks for sample in block.get("samples") or ()]
    if samples:
        return _looked_up(run, samples)
    checked = sum(int(block.get("checked") or 0) for block in run.blocks)
    contradicted = sum(int(block.get("contradicted") or 0) for block in run.blocks)
    if not checked:
        return None
    detail = f"{contradicted:,} of {checked:,} orders looked up at the door contradict the feed of closings"
    return checkers.Check("told_alike", not contradicted, checked, detail)


def _looked_up(run: Run, samples: Sequence[Mapping[str, Any]]) -> checkers.Check:
    reported = {str(row["order_id"]): row.get("closed_ms") for row in run.orders if row.get("order_id")}
    answered = [sample for sample in samples if sample.get("closed_ms") is not None]
    wrong = [sample for sample in answered if _apart(sample, reported.get(str(sample["order_id"])))]
    silent = len(samples) - len(answered)
    beside = f"; of {silent:,} more the door knew no closing time" if silent else ""
    detail = f"{len(wrong):,} of {len(answered):,} orders looked up at the door contradict the figures{beside}"
    return checkers.Check("told_alike", bool(answered) and not wrong, len(answered), detail)


def _apart(sample: Mapping[str, Any], reported_ms: float | None) -> bool:
    return reported_ms is None or abs(float(sample["closed_ms"]) - float(reported_ms)) > DOOR_MS
