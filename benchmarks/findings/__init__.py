"""What a run found, in plain words with its doubt. Sentences are made from the summary by rule, never by hand.

Latency and cost are told in `measured` and `parts`, other rates and injected work in `conditions`, faults in `faults`,
warnings and invariants in `records`. Which to choose, and how far that carries, is in `choosing` and `carrying`.
"""

from __future__ import annotations

from typing import Any

from benchmarks.findings.choosing import choosing
from benchmarks.findings.conditions import conditions
from benchmarks.findings.faults import blast
from benchmarks.findings.measured import cost, doubts, latency
from benchmarks.findings.parts import accounts, effects
from benchmarks.findings.records import checks, warnings
from benchmarks.findings.words import Summary, count, duration

__all__ = ["count", "duration", "told"]


def told(summary: Summary) -> dict[str, Any]:
    """`headline`: the few sentences of the first screen; `findings`: all of them, each with its kind; `choosing`."""
    measured = [*latency(summary), *cost(summary), *effects(summary), *conditions(summary), *accounts(summary)]
    measured += doubts(summary)
    asked, aside = [*measured, *blast(summary)], []
    if summary["phase"] != "measure":  # the question is the fault; its control says something of latency, aside
        asked, aside = [*blast(summary)], [each | {"headline": False} for each in measured]
    findings = [*warnings(summary), *asked, *checks(summary), *aside]
    headline = [each["text"] for each in findings if each["headline"]]
    return {"headline": headline, "findings": findings, "choosing": choosing(summary)}
