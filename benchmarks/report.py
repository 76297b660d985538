"""Tells a run: its folder and summary become `report.html` (one file, nothing loaded from elsewhere) and `report.md`.

Computes nothing: what it prints was judged before. Words and layout are in `templates/`, pictures in `charts`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from benchmarks.charts import album, stories
from benchmarks.charts.looks import looks
from benchmarks.findings import duration
from benchmarks.rows import read_rows
from benchmarks.traces.examples import examples
from benchmarks.traces.journey import Journey

HTML_FILE, MARKDOWN_FILE = "report.html", "report.md"
TEMPLATES = Path(__file__).parent / "templates"
COLUMNS_MAX = 2  # arms: up to so many are told as two columns, more as a square of patterns and wires
WIRES = ("http", "streams")  # of the square; all others stand beside it

CHECKS = {
    "never_below_zero": "No counter of stock, money or parcels fell below zero",
    "single_charge": "Nobody was charged twice, nobody refunded without a charge",
    "all_or_nothing": "Completed orders have all their parts, cancelled ones none left",
    "given_back_fits": "What was undone gave back exactly what had been done",
    "no_ghosts": "Every event has its state change",
    "no_zombies": "Every state change has its event",
    "legal_history": "Every order's events came in a legal order",
    "one_order": "No order changed on its way",
    "closed_in_time": "No order was given up before its deadline, or left open long after it",
    "stock": "Stock taken is the stock of completed orders, item by item",
    "money": "Money taken is the price of completed orders",
    "parcels": "Parcels out are those of completed orders",
    "told_once": "Customers were told once",
    "every_order_closed": "Every accepted order was closed",
    "one_history": "Every journal tells an operation once, and as its store does",
    "dead_letters": "No parked message belongs to an open order",
    "honest_refusals": "Who was refused had to be, for the reason given",
    "as_asked": "Every customer holds an order of their own, at the price they were told",
    "asked_again": "Who asked again with the same key was told the same order",
    "same_answer": "Every arm answered the same orders alike",
    "load_kept_up": "No arrival of the load was skipped",
    "came_to_rest": "The arm was at rest when its records were read",
    "clocks_agree": "The clocks agree: no order ended before it was sent",
    "told_alike": "The door tells the closing times that the figures are made of",
    "equal_conditions": "The arms ran under equal conditions",
    "conforms": "The arm is what its name says",
}
"""What a check means, in a line; one that is not here goes by its id."""

MEASURES = {
    "closed_ms": "closed",
    "decided_ms": "decided",
    "accepted_ms": "accepted",
    "cpu_ms_per_order": "processor time per order",
}
STORY_KEY = (
    "Waterfall: a row is one step, indented beneath the step that led to it; its bars are when it was waited for, in "
    "hand and committed. Sequence: a solid arrow tells or asks, a dashed one answers; a label on a service's lifeline "
    "is what it did, outlined in red if it refused or failed; a white frame on a lifeline waits for an "
    "answer. Violet is the way back. Times count from the first span; long times in which nothing was done are folded. "
    "An answer is drawn when its caller had it: the span of whoever answered may be ended a moment later. "
    "Pictures on this page have one scale of time, unless one says that it has not."
)
FLOW_KEY = "(In the picture of how an order travels, further up, the way back is dark red and dashed.)"
FACTORS = {"pattern": "the pattern", "transport": "the wire", "interaction": "both together: the pattern's part"}


class NotJudged(Exception):
    """The folder has no summary yet: judge it first."""


def tell(folder: Path) -> Path:
    """Write both reports and return the path of the HTML one. Raises NotJudged when there is no summary."""
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NotJudged(f"{folder} has no summary to tell: {error}") from error
    told = _told(folder, summary, manifest)
    for file in (HTML_FILE, MARKDOWN_FILE):
        page = _environment().get_template(f"{file}.j2").render(told)
        (folder / file).write_text(page, encoding="utf-8")
    return folder / HTML_FILE


def trace_page(journeys: Sequence[Journey]) -> str:
    """A page of its own about these orders, self-contained."""
    told = {
        "rows": stories.drawn(journeys, "story", paired=False),
        "arms": list(dict.fromkeys(journey.arm for journey in journeys)),
        "ids": list(dict.fromkeys(journey.order_id for journey in journeys)),
        "key": STORY_KEY,
    }
    return _environment().get_template("trace.html.j2").render(told)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html.j2",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"ms": _ms, "figure": _figure, "plain": _plain, "measure": _measure, "about": _about}
    return environment


def _told(folder: Path, summary: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    look = looks({arm: figures["pattern"] for arm, figures in summary["arms"].items()})
    order = _json(folder / "order.json")
    pictures = album.drawn(summary, look, order)
    return {
        "summary": summary,
        "manifest": manifest,
        "folder": folder.resolve().name,
        "looks": look,
        "checks": _by_check(summary["checks"], list(look)),
        "ledger": _ledger(manifest.get("ledger") or {}, list(look)),
        "declared": _declared(manifest.get("ledger") or {}),
        "square": square(summary["arms"]),
        "tried": _tried(list(read_rows(folder / "conformance.ndjson"))),
        "factors": FACTORS,
        "agreed": agreed([*summary["effects"], *summary["comparisons"]]),
        "kinds": _kinds(summary["arms"]),
        "machine": _machine(manifest.get("machine") or {}),
        "flow_svg": _inline(_text(folder / "flow.svg")),
        "flow_text": _text(folder / "flow.txt"),
        "pictures": pictures,
        "journeys": [arm for arm in look if f"journey-{arm}" in pictures],
        "stories": [(each, stories.drawn(each.journeys, each.kind)) for each in examples(folder, list(look), order)],
        "story_key": f"{STORY_KEY} {FLOW_KEY}",
    }


def _by_check(checks: Sequence[Mapping[str, Any]], arms: Sequence[str]) -> list[dict[str, Any]]:
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


def _ledger(ledger: Mapping[str, Any], arms: Sequence[str]) -> list[dict[str, Any]]:
    """One row per condition, marked where the arms differ."""
    names = dict.fromkeys(name for arm in arms for name in ledger.get(arm) or {})
    rows = [{"name": name, "values": [(ledger.get(arm) or {}).get(name) for arm in arms]} for name in names]
    return [row | {"differs": any(value != row["values"][0] for value in row["values"])} for row in rows]


def _declared(ledger: Mapping[str, Any]) -> list[tuple[str, str, str]]:
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


def _kinds(arms: Mapping[str, Any]) -> list[str]:
    """The kinds of messages that any arm sends."""
    kinds = (figures["cost"].get("messages_per_order_by_kind") or {} for figures in arms.values())
    return list(dict.fromkeys(kind for each in kinds for kind in each))


def _tried(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, int]]]:
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


def _machine(machine: Mapping[str, Any]) -> str:
    memory = f"{machine['memory_mib'] / 1024:.0f} GiB" if machine.get("memory_mib") else None
    cores = f"{machine['cores']} cores" if machine.get("cores") else None
    parts = [machine.get("cpu"), cores, memory, machine.get("architecture"), machine.get("system")]
    return ", ".join(str(part) for part in parts if part) or "unknown machine"


def _json(path: Path) -> Any:
    written = _text(path)
    return json.loads(written) if written else None


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _inline(svg: str) -> str:
    """A picture of its own as a part of the page: without prolog and namespace, which are for files."""
    return re.sub(r"""\sxmlns=(["']).*?\1""", "", svg[svg.find("<svg") :]) if "<svg" in svg else ""


def _ms(value: float | None) -> str:
    return "not reached" if value is None else duration(value)


def _figure(value: float | None, digits: int = 1) -> str:
    return "unknown" if value is None else f"{value:,.{digits}f}"


def _plain(value: Any) -> str:
    """A condition of the ledger as a person writes it."""
    if value in ("", {}):
        return "none"
    if isinstance(value, list):
        return " and ".join(_plain(each) for each in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    if value is None:
        return "\N{EN DASH}"
    return f"{value:,.4g}" if isinstance(value, float) else str(value)


def _measure(name: str) -> str:
    """`closed_ms_p50` as `closed, median`."""
    clock, _, share = name.partition("_p5") if name.endswith("p50") else name.rpartition("_")
    if name in MEASURES:
        return MEASURES[name]
    return f"{MEASURES.get(clock.rstrip('_'), clock)}, {'median' if name.endswith('p50') else share}"


def _about(row: Mapping[str, Any]) -> str:
    """A difference with its interval."""
    if row["difference"] is None:
        return "unknown"
    if not row["interval"]:
        return f"{row['difference']:+.3g} ms"
    low, high = row["interval"]
    return f"{row['difference']:+.3g} ms ({low:+.3g} to {high:+.3g})"
