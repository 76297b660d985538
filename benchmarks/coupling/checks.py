"""What must hold for the three views to be worth reading, arm by arm. Nothing looked at is not a pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.checkers import Check
from benchmarks.coupling.plan import component_of
from benchmarks.judge.run import Run

READ, TRACED, COUNTED, PEACE, AWAY, CLOSED = (
    "coupling_code_read",
    "coupling_traced",
    "coupling_counted",
    "coupling_in_peace",
    "coupling_away",
    "coupling_closed_after",
)
TRACED_SHARE_MIN = 0.95  # of the traced block's accepted orders: spans of the last may not be written yet
APART_MAX = 0.05  # between messages counted and traced: a message may be counted as the block begins or ends


def of(arm: str, views: Mapping[str, Any], run: Run) -> list[dict[str, Any]]:
    """The checks of one arm, as rows of the summary."""
    return [each.as_row() | {"arm": arm} for each in _checks(arm, views, run)]


def _checks(arm: str, views: Mapping[str, Any], run: Run) -> Iterator[Check]:
    static, at_work, temporal = views["static"], views["runtime"], views["temporal"]
    yield _read(static)
    accepted = sum(row.get("accepted_ms") is not None for row in run.rows(arm, "measure"))
    yield _traced(at_work, accepted)
    yield _counted(at_work)
    if temporal["nobody"] is not None or not run.partial:
        yield _in_peace(temporal["nobody"])
    away = temporal["away"]
    if away or not run.partial:  # cut short before the first outage: nothing to hold, and the page says partial
        yield _away(away, set() if run.partial else _wanted(arm, run))
    if not run.partial:
        yield _closed(away)


def _read(static: Mapping[str, Any]) -> Check:
    """Of an arm from outside without sources, too: what cannot be read is not judged."""
    found = len(static.get("dependencies") or ())
    told = static["unknown"] or f"{found} dependencies of {len(static['components'])} components, each with its line"
    return Check(READ, static["unknown"] is None and found > 0, found, told)


def _traced(at_work: Mapping[str, Any], accepted: int) -> Check:
    traced = at_work["traced"]
    told = f"{traced:,} of {accepted:,} accepted orders left their traces"
    return Check(TRACED, traced > 0 and traced >= TRACED_SHARE_MIN * accepted, traced, told)


def _counted(at_work: Mapping[str, Any]) -> Check:
    counted, traced = at_work["messages_per_order"], at_work["traced_messages_per_order"]
    if not counted or not traced:
        return Check(COUNTED, False, 0, "nobody counted messages between components, or none was traced")
    told = f"{counted:.2f} messages an order by the processes' counts, {traced:.2f} by the traces"
    return Check(COUNTED, abs(counted - traced) <= APART_MAX * traced, at_work["traced"], told)


def _in_peace(nobody: Mapping[str, Any] | None) -> Check:
    """What does not get through while nobody is away says nothing of who was away."""
    cells = nobody["served"] if nobody else {}
    due = max((each["due"] for each in cells.values()), default=0)
    least = min((each["got"] for each in cells.values()), default=0)
    fine = f"with nobody away {least:,} of {due:,} orders were closed as soon"
    told = f"{fine}: the arm does not carry this rate here and now"
    ok = bool(cells) and all(each["verdict"] == "yes" for each in cells.values())
    return Check(PEACE, ok, due, fine if ok else told)


def _wanted(arm: str, run: Run) -> set[str]:
    """Whom the plan takes away from this arm."""
    phases = [each for each in run.manifest.get("plan") or () if each.get("faults")]
    its = [each for each in phases if not each.get("arms") or arm in each["arms"]]
    return {component_of(str(each["faults"][0]["target"])) for each in its}


def _away(away: Mapping[str, Mapping[str, Any]], wanted: set[str]) -> Check:
    missing = sorted(wanted - set(away))
    empty = [name for name, each in away.items() if not each["served"]["accept"]["due"]]
    due = sum(each["served"]["accept"]["due"] for each in away.values())
    wrong = [*(f"{each} was never away" for each in missing), *(f"no order was due while {name} was" for name in empty)]
    least = min((each["served"]["accept"]["due"] for each in away.values()), default=0)
    fine = f"{len(away)} outages, each with at least {least} orders to be served due in it"
    return Check(AWAY, bool(away) and not wrong, due, "; ".join(wrong) or fine)


def _closed(away: Mapping[str, Mapping[str, Any]]) -> Check:
    """Every order that was taken in and met an outage is closed in the end."""
    after = {name: each["after"] for name, each in away.items() if each["after"]}
    taken = sum(each["taken_in"] for each in after.values())
    open_ = {
        name: each["taken_in"] - each["closed"] for name, each in after.items() if each["taken_in"] > each["closed"]
    }
    told = "; ".join(f"{count} that met the outage of {name} are open" for name, count in open_.items())
    fine = f"all {taken:,} orders that were taken in and met an outage were closed after it"
    return Check(CLOSED, bool(after) and not open_, taken, told or fine)
