"""The rows of a report's tables, put in order: checks, ledger, conditions, edges. What is in them was judged before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.findings.names import CHECKS
from benchmarks.findings.words import Summary

COLUMNS_MAX = 2  # arms: up to so many are told as two columns, more as a square of patterns and wires
WIRES = ("http", "streams")  # any other transport stands beside the square
BESIDE = ("closed_ms_p50", "closed_ms_p99", "cpu_ms_per_order")
"""What is told of every condition."""

SHORTLY = ("closed_ms_p50", "cpu_ms_per_order", "coordination_closed_ms_p50")
"""What a text for a pull request has room for."""

COORDINATION = ("coordination_closed_ms_p50", "coordination_decided_ms_p50")


def by_check(checks: Sequence[Mapping[str, Any]], arms: Sequence[str]) -> list[dict[str, Any]]:
    """One row per check, with a cell per arm, or one for all together."""
    rows: dict[str, dict[str, Any]] = {}
    for check in checks:
        name = check["id"]
        row = rows.setdefault(
            name, {"id": name, "means": CHECKS.get(name, name), "cells": dict.fromkeys(arms), "all": None}
        )
        if check.get("arm") in row["cells"]:
            row["cells"][check["arm"]] = check
        else:
            row["all"] = check
    return list(rows.values())


def ledger(ledger: Mapping[str, Any], arms: Sequence[str]) -> list[dict[str, Any]]:
    """One row per condition, marked where the arms differ."""
    names = dict.fromkeys(name for arm in arms for name in ledger.get(arm) or {})
    rows = [{"name": name, "values": [(ledger.get(arm) or {}).get(name) for arm in arms]} for name in names]
    return [row | {"differs": any(value != row["values"][0] for value in row["values"])} for row in rows]


def declared(ledger: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(arm, condition, reason) for what is another in an arm by its nature."""
    declared = ((arm, row.get("declared_differences") or {}) for arm, row in ledger.items())
    return [(arm, name, reason) for arm, reasons in declared for name, reason in reasons.items()]


def square(arms: Mapping[str, Any]) -> dict[str, Any] | None:
    """Patterns down, wires across, the arm in each corner (None where it was not run); None under three arms."""
    if len(arms) <= COLUMNS_MAX:
        return None
    corners = {(each["pattern"], each["transport"]): arm for arm, each in arms.items()}
    patterns = list(dict.fromkeys(pattern for pattern, _ in corners))
    wires = sorted({wire for _, wire in corners}, key=lambda wire: (wire not in WIRES, wire))
    return {"wires": wires, "rows": [(each, [corners.get((each, wire)) for wire in wires]) for each in patterns]}


def agreed(rows: Sequence[Mapping[str, Any]]) -> str:
    """The verdict that all rows share, to be said once; empty when they do not, or are too few for it to matter."""
    verdicts = {str(row["verdict"]) for row in rows}
    return verdicts.pop() if len(verdicts) == 1 and len(rows) > 1 else ""


def kinds(arms: Mapping[str, Any]) -> list[str]:
    """The kinds of messages that any arm sends."""
    kinds = (figures["cost"].get("messages_per_order_by_kind") or {} for figures in arms.values())
    return list(dict.fromkeys(kind for each in kinds for kind in each))


def tried(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, int]]]:
    """Arm -> (edge in words, how often it was seen over all starts)."""
    seen: dict[str, dict[str, int]] = {}
    for row in rows:
        of_arm = seen.setdefault(
            row["arm"], {f"{a} \N{RIGHTWARDS ARROW} {b}, {kind}": 0 for kind, a, b in row["declared"]}
        )
        for kind, source, target, count in row["edges"] or ():
            edge = f"{source} \N{RIGHTWARDS ARROW} {target}, {kind}"
            of_arm[edge] = of_arm.get(edge, 0) + count
    return {arm: list(edges.items()) for arm, edges in seen.items()}


def beside(summary: Summary) -> list[dict[str, Any]]:
    """Couple by couple: a row per measure, with the comparison of each condition in a cell (None where there is none).

    Measures of injected work have rows of their own, and only that condition's cell.
    """
    conditions = summary.get("conditions") or ()
    couples = dict.fromkeys((row["a"], row["b"]) for each in conditions for row in each["comparisons"])
    told = []
    for a, b in couples:
        rows = [(measure, [_cell(each["comparisons"], measure, a, b) for each in conditions]) for measure in
                (*BESIDE, *COORDINATION)]  # fmt: skip
        told.append({"a": a, "b": b, "rows": [(measure, cells) for measure, cells in rows if any(cells)]})
    return told


def effects_beside(summary: Summary) -> list[tuple[str, str, list[Mapping[str, Any] | None]]]:
    """(measure, factor, the effect in each condition), where the square of patterns and wires is whole."""
    conditions = summary.get("conditions") or ()
    named = dict.fromkeys((row["measure"], row["factor"]) for each in conditions for row in each["effects"])
    return [
        (measure, factor, [_effect(each["effects"], measure, factor) for each in conditions])
        for measure, factor in named
    ]


def _cell(rows: Sequence[Mapping[str, Any]], measure: str, a: str, b: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if (row["measure"], row["a"], row["b"]) == (measure, a, b)), None)


def _effect(rows: Sequence[Mapping[str, Any]], measure: str, factor: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if (row["measure"], row["factor"]) == (measure, factor)), None)


def places(arms: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    """Arm -> its row and column among patterns and wires, counted from 1; empty where two arms stand side by side."""
    laid = square(arms)
    rows = enumerate(laid["rows"], 1) if laid else ()
    return {arm: (row, column) for row, (_, each) in rows for column, arm in enumerate(each, 1) if arm}
