"""In what two runs differ before anything is measured: code, machine, versions, settings, plan, each arm's ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.compare.side import Side

PARTS = {"code": "code", "machine": "machine", "versions": "version", "settings": "setting"}
"""Part of a manifest -> what one entry of it is."""

MEASURED = ("messages_per_order", "messages_per_order_by_kind", "bytes_per_order", "journal_writes_per_order")
SPANS = ("spans_told", "spans_lost")
NO_CONDITIONS = frozenset((*MEASURED, *SPANS))
"""Entries of a ledger that are results."""

SAID = {"dirty": "changed beside the commit", "seed": "seed of the catalogue"}
UNWRITTEN = "not written down"


def differences(a: Side, b: Side) -> list[dict[str, Any]]:
    """A row for each condition that differs: what kind, of which arm (null: of the run), its name, and both values.

    What only one of them wrote down may differ, so it is told, and says so. A setting is not told again for each arm.
    """
    of_the_run = list(_of_the_run(a, b))
    settings = [(row["name"], row["a"], row["b"]) for row in of_the_run if row["kind"] == "setting"]
    again = (row for row in _of_the_arms(a, b) if (row["name"], row["a"], row["b"]) not in settings)
    return [*of_the_run, *again]


def _of_the_run(a: Side, b: Side) -> Iterator[dict[str, Any]]:
    for part, kind in PARTS.items():
        yield from _apart(kind, None, _part(a, part), _part(b, part))
    yield from _apart("plan", None, _planned(a), _planned(b))


def _of_the_arms(a: Side, b: Side) -> Iterator[dict[str, Any]]:
    for arm in a.run.arms:
        if arm in b.run.arms:
            mine, theirs = (_conditions(side.run.ledger(arm)) for side in (a, b))
            yield from _apart("ledger", arm, mine, theirs)


def _apart(kind: str, arm: str | None, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in dict.fromkeys((*a, *b)):
        if a.get(name) != b.get(name):
            values = {side: _plain(of[name]) if name in of else UNWRITTEN for side, of in (("a", a), ("b", b))}
            yield {"kind": kind, "arm": arm, "name": name, **values, "written": name in a and name in b}


def _part(side: Side, name: str) -> Mapping[str, Any]:
    """A part of the manifest, its names as a person says them."""
    return {SAID.get(each, each): value for each, value in side.of(name).items()}


def _planned(side: Side) -> dict[str, Any]:
    """How often the lab was started, and each phase as one line."""
    plan = {f"{phase['kind']} blocks": _phase(phase) for phase in side.phase("warmup", "measure", "control", "fault")}
    restarts = side.run.manifest.get("restarts")
    return plan | ({} if restarts is None else {"starts of the lab": restarts})


def _phase(phase: Mapping[str, Any]) -> str:
    shape = f"{phase.get('pairs')} pairs of {phase.get('seconds')} s at {phase.get('rate')}/s, {phase.get('scenario')}"
    faults = [
        f"{each.get('what')} {each.get('target')} for {each.get('hold_s')} s" for each in phase.get("faults") or ()
    ]
    return ", ".join([shape, *faults, *(["every order traced"] if phase.get("traced") else [])])


def _conditions(ledger: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ledger.items() if name not in NO_CONDITIONS}


def _plain(value: Any) -> Any:
    """A value as one reads it in a cell."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return " and ".join(str(_plain(each)) for each in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else "none" if value == "" else value
