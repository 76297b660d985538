"""Counts what an arm's processes say of their messages, edge by edge, around the traced block of a run.

It listens to the recording's own events, and asks the processes when an arm's block is over: what they have counted
more at the end of the traced block than at the end of the arm's block before it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.rows import Row
from benchmarks.traffic import COUNTS, Edge, edges
from compose.local.client import LabClient

FILE = "messages.ndjson"
PHASE, BEFORE = "measure", ("warmup",)

Counted = Mapping[str, dict[Edge, float] | None]


@dataclass(slots=True)
class Counting:
    """`rows`: per traced block and edge, messages and bytes (null when a process would not say), and orders sent."""

    lab: LabClient
    onwards: Callable[[dict[str, Any]], None]
    rows: list[Row] = field(default_factory=list)
    _before: dict[str, Counted] = field(default_factory=dict)

    def hear(self, event: dict[str, Any]) -> None:
        """An event of the recording, passed on."""
        self.onwards(event)
        if event["event"] == "ended" and event["phase"] in BEFORE:
            self._before[event["arm"]] = self._counts(event["arm"])
        elif event["event"] == "ended" and event["phase"] == PHASE:
            accepted = int(event["sent"]) - int(event["refused"]) - int(event["failed"])
            before = self._before.get(event["arm"], {})
            self.rows += _rows(event, accepted, before, self._counts(event["arm"]))

    def _counts(self, arm: str) -> Counted:
        status = self.lab.status()
        return {name: edges(status, arm, COUNTS[name]) for name in ("messages", "bytes")}


def _rows(event: Mapping[str, Any], accepted: int, before: Counted, after: Counted) -> list[Row]:
    """One for each edge that was used."""
    whole = {"arm": event["arm"], "block": event["block"], "orders": accepted}
    messages, size = (_more(before.get(name), after.get(name)) for name in ("messages", "bytes"))
    if messages is None:
        return [whole | {"kind": None, "source": None, "target": None, "messages": None, "bytes": None}]
    return [
        whole
        | {"kind": kind, "source": source, "target": target, "messages": count}
        | {"bytes": None if size is None else size.get((kind, source, target), 0.0)}
        for (kind, source, target), count in sorted(messages.items())
        if count
    ]


def _more(before: dict[Edge, float] | None, after: dict[Edge, float] | None) -> dict[Edge, float] | None:
    if before is None or after is None:
        return None
    return {edge: count - before.get(edge, 0.0) for edge, count in after.items()}
