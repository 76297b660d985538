"""Whether the arms carried the rates that they were asked at. Where they did not, their figures are not compared: what
was measured then is how long the queue had become."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.judge.run import Run, wanted
from benchmarks.plan import carried
from benchmarks.rows import Row

FAILED_SHARE_MAX = 0.01  # of the orders that ought to be accepted; more, and a p99 is one of those that were let in


def not_carried(run: Run) -> list[str]:
    """A sentence for each arm, rate and what shows it; of a run that was cut short, nothing is said."""
    if run.partial:
        return []
    told = [_told(run, arm) for arm in run.arms]
    return [*(sentence for sentence in told if sentence), *_work_lost(run)]


def _told(run: Run, arm: str) -> str | None:
    blocks = run.blocks_of(arm, run.measured_phase)
    rates = " and ".join(f"{rate:g}/s" for rate in dict.fromkeys(float(block.get("rate") or 0) for block in blocks))
    if late := [block for block in blocks if not _in_time(block)]:
        seen = f"in {len(late)} of {len(blocks)} blocks orders were not all closed soon after the load ended"
        return f"{rates} is more than {arm} carries on this machine: {seen}"
    orders = [row for block in blocks for row in run.by_block.get(int(block["block"]), []) if wanted(row)]
    failed = sum(1 for row in orders if row.get("accepted_ms") is None)
    if failed > FAILED_SHARE_MAX * len(orders):
        return (
            f"{rates} is more than {arm} carries on this machine: {failed:,} of {len(orders):,} orders were not let in"
        )
    return _unsent(blocks, arm)


def _in_time(block: Row) -> bool:
    """Of older runs it is not known how long a block was planned to be."""
    if not block.get("drained", True):
        return False
    seconds = block.get("seconds")
    return seconds is None or carried(float(seconds), float(block["started_ms"]), float(block["ended_ms"]))


def _unsent(blocks: Sequence[Row], arm: str) -> str | None:
    skipped = sum(int(block.get("skipped") or 0) for block in blocks)
    return f"{skipped:,} arrivals at {arm} could not be sent in time" if skipped else None


def _work_lost(run: Run) -> list[str]:
    """Where the work that was to be subtracted was not on to the end."""
    worked = any(block.get("work") for block in run.blocks if block["phase"] == run.measured_phase)
    return [str(sentence) for sentence in run.manifest.get("work_lost") or ()] if worked else []
