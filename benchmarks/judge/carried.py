"""Whether the arms carried the rates that they were asked at. Where they did not, their figures are not compared: what
was measured then is how long the queue had become.

What it is to keep up is defined in `keeping_up`. Blocks are short, and orders come in clusters: the share in time is of
all orders of a condition, and whether a backlog grows is decided by most of its blocks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.judge.run import Run
from benchmarks.judge.work import less_work, work_of
from benchmarks.keeping_up import GROWTH_S_MAX, LATE_S_MAX, SHARE_MIN, Outcome, outcome, real
from benchmarks.plan import carried
from benchmarks.rows import Row

STEADY = "steady"  # another scenario's backlog grows as its load does
CLUSTER = 3  # orders: half a short block brings so many more than the other half by chance
BLOCKS_MIN = 3  # of fewer, one hiccup would be the majority
FAILED_SHARE_MAX = 1 - SHARE_MIN  # of the orders that ought to be accepted; more: it is not told as late, but as this


def not_carried(run: Run) -> list[str]:
    """A sentence for each arm, rate and what shows it; of a run that was cut short, nothing is said.

    Injected work takes nobody's processor, so it is taken off first: what is left must be in time.
    """
    if run.partial:
        return []
    worked = any(block.get("work") for block in run.blocks if block["phase"] == run.measured_phase)
    work = work_of(run) if worked else None
    less = less_work(run, work) if work else run
    told = [_told(less, arm) for arm in run.arms]
    lost = [str(sentence) for sentence in run.manifest.get("work_lost") or ()] if worked else []
    return [*(sentence for sentence in told if sentence), *lost]


def _told(run: Run, arm: str) -> str | None:
    blocks = run.blocks_of(arm, run.measured_phase)
    if skipped := sum(int(block.get("skipped") or 0) for block in blocks):
        return f"{skipped:,} arrivals at {arm} could not be sent in time"
    rates = " and ".join(dict.fromkeys(block.get("condition") or f"{block.get('rate') or 0:g}/s" for block in blocks))
    seen = _failed(run, blocks) or _behind(run, blocks) or _late(blocks)
    if not seen:
        return None
    if late_s := _late_load(run, blocks):
        return (
            f"the load generator was late at {rates}: one in 100 orders to {arm} was sent {late_s:.1f} s late or more"
        )
    return f"{rates} is more than {arm} carries on this machine: {seen}"


def _failed(run: Run, blocks: Sequence[Row]) -> str:
    orders = _orders(run, blocks)
    failed = sum(1 for row in orders if row.get("accepted_ms") is None)
    return f"{failed:,} of {len(orders):,} orders were not let in" if failed > FAILED_SHARE_MAX * len(orders) else ""


def _behind(run: Run, blocks: Sequence[Row], since: str = "due_ms") -> str:
    """What shows that it does not keep up; "" when nothing does. `since`: from when an order counts."""
    each = [(block, _outcome(run, block, since)) for block in blocks]
    due, within = sum(seen.due for _, seen in each), sum(seen.within for _, seen in each)
    told = []
    if within < SHARE_MIN * due:
        needed = f"and {100 * SHARE_MIN:g} % must be"
        told.append(f"{within:,} of {due:,} orders were closed within {run.slo_s:g} s, {needed}")
    steady = [(block, seen) for block, seen in each if block.get("scenario", STEADY) == STEADY]
    grew = sum(seen.growth_s > _growth_s_max(block) for block, seen in steady)
    if len(steady) >= BLOCKS_MIN and 2 * grew > len(steady):
        told.append(f"in {grew} of {len(steady)} blocks its backlog grew to the end of the load")
    return "; ".join(told)


def _outcome(run: Run, block: Row, since: str) -> Outcome:
    rows = [row | {"due_ms": row[since]} for row in run.by_block.get(int(block["block"]), []) if row.get(since)]
    rate, seconds = float(block.get("rate") or 1), float(block.get("seconds") or 1)
    return outcome(rows, rate, seconds, float(block["started_ms"]), run.slo_s)


def _growth_s_max(block: Row) -> float:
    """Of older runs it is not known how long a block was planned to be, so not when its second half began."""
    known = block.get("rate") and block.get("seconds")
    return max(GROWTH_S_MAX, CLUSTER / float(block["rate"])) if known else math.inf


def _late(blocks: Sequence[Row]) -> str:
    late = sum(not _in_time(block) for block in blocks)
    return f"in {late} of {len(blocks)} blocks orders were not all closed soon after the load ended" if late else ""


def _in_time(block: Row) -> bool:
    if not block.get("drained", True):
        return False
    seconds = block.get("seconds")
    return seconds is None or carried(float(seconds), float(block["started_ms"]), float(block["ended_ms"]))


def _late_load(run: Run, blocks: Sequence[Row]) -> float:
    """How late (s) the load generator was, where that alone is to blame; else 0."""
    late = sorted(float(row["sent_ms"]) - float(row["due_ms"]) for row in _orders(run, blocks))
    late_s = late[max(0, math.ceil(0.99 * len(late)) - 1)] / 1000 if late else 0.0
    alone = late_s > LATE_S_MAX and not (_failed(run, blocks) or _behind(run, blocks, "sent_ms"))
    return late_s if alone else 0.0


def _orders(run: Run, blocks: Sequence[Row]) -> list[Row]:
    """Those that were sent and had to be taken in."""
    rows = real(row for block in blocks for row in run.by_block.get(int(block["block"]), []))
    return [row for row in rows if row.get("sent_ms") is not None]
