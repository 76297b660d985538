"""What was recorded beside the orders: faults, processor time, messages, what the judge found, what the lab was set to.

Counters that were read now and then stand still in between: what they were then nobody has written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks import checkers
from benchmarks.replay.records import Run
from benchmarks.replay.series import Change, Metric, by_process, by_watcher, watchers
from benchmarks.watcher import metrics
from compose.arm import Arm

MESSAGES = Metric("harmony_messages_total", "counter", "Messages between services, by edge, as read after each load")
FAULT, CPU = watchers(metrics.FAULT), watchers(metrics.CPU)
SLO, DEADLINE = watchers(metrics.SLO), watchers(metrics.DEADLINE)
VIOLATIONS, LOOKED_AT, AUDITED_AT = map(watchers, (metrics.VIOLATIONS, metrics.LOOKED_AT, metrics.AUDITED_AT))
DEAD_LETTERS = watchers(metrics.DEAD_LETTERS)
INVARIANTS = frozenset(each.__name__ for each in (*checkers.AT_ANY_TIME, *checkers.AT_REST))
WRONG = re.compile(r"([\d,]+) wrong")


def changes(run: Run) -> Iterator[Change]:
    """All of it. What is known of the whole run from its beginning is told at time 0, and moved to where it begins."""
    arms = {arm.name: arm for arm in run.arms}
    yield from _faults(run, arms)
    yield from _cpu(run, arms)
    yield from _messages(run, arms)
    yield from _settings(run)
    if run.ended_ms is not None:
        yield from _found(run, arms, run.ended_ms)


def _faults(run: Run, arms: dict[str, Arm]) -> Iterator[Change]:
    for row in run.rows["faults"]:
        if (arm := arms.get(row["arm"])) is not None:
            target = str(row["target"])
            about = {"fault": str(row["fault"]), "process": target, "service": target.rpartition("-")[0]}
            labels = by_watcher(arm, **about)
            yield Change(float(row["onset_ms"]), FAULT, labels, 1, sets=True)
            over_ms = row.get("ready_ms") or row.get("end_ms")
            if over_ms is not None:
                yield Change(float(over_ms), FAULT, labels, 0, sets=True)


def _cpu(run: Run, arms: dict[str, Arm]) -> Iterator[Change]:
    for block in run.rows["blocks"]:
        if (arm := arms.get(block["arm"])) is not None:
            for process, used_ms in (block.get("cpu_ms") or {}).items():
                if used_ms is not None:
                    labels = by_watcher(arm, process=process, service=process.rpartition("-")[0] or process)
                    yield Change(float(block["ended_ms"]), CPU, labels, used_ms / 1000)


def _messages(run: Run, arms: dict[str, Arm]) -> Iterator[Change]:
    """Each start of the lab counts from 0; here the starts are added up."""
    ended: dict[tuple[str, int], float] = {}
    for block in run.rows["blocks"]:
        start = block["arm"], int(block.get("restart", 0))
        ended[start] = max(ended.get(start, 0.0), float(block["ended_ms"]))
    for row in run.rows["conformance"]:
        arm, at_ms = arms.get(row["arm"]), ended.get((row["arm"], int(row["start"])))
        if arm is not None and at_ms is not None:
            for kind, source, target, count in row.get("under_load") or ():
                service = source if kind == "job" or (kind == "command" and arm.transport != "streams") else target
                about = {"kind": kind, "source": source, "target": target}
                yield Change(at_ms, MESSAGES, by_process(arm, run.process(arm.name, service), service, **about), count)


def _settings(run: Run) -> Iterator[Change]:
    settings = run.manifest.get("settings", {})
    for arm in run.arms:
        for metric, name in ((SLO, "slo_s"), (DEADLINE, "deadline_s")):
            if name in settings:
                yield Change(0.0, metric, by_watcher(arm), float(settings[name]), sets=True)


def _found(run: Run, arms: dict[str, Arm], at_ms: float) -> Iterator[Change]:
    """What was found when all was collected, and judged then or later."""
    for row in run.rows["state"]:
        if row["kind"] == "dead" and (arm := arms.get(row["arm"])) is not None:
            labels = by_watcher(arm, service=str(row["service"]))
            yield Change(at_ms, DEAD_LETTERS, labels, float(row["count"]), sets=True)
    for check in run.summary.get("checks", ()):
        if (arm := arms.get(check.get("arm"))) is not None and check["id"] in INVARIANTS:
            labels, wrong = by_watcher(arm, invariant=check["id"]), WRONG.match(check["detail"])
            yield Change(at_ms, AUDITED_AT, by_watcher(arm), at_ms / 1000, sets=True)
            yield Change(at_ms, LOOKED_AT, labels, float(check["looked_at"]), sets=True)
            if check["ok"] or wrong:
                found = float(wrong[1].replace(",", "")) if wrong and not check["ok"] else 0.0
                yield Change(at_ms, VIOLATIONS, labels, found, sets=True)
