"""Two runs on a terminal of 80 columns: first what differs around them, then the figures, then what is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.compare import cells, words

Comparison = Mapping[str, Any]
Row = Mapping[str, Any]

PLAIN = ("as seen", "none shown", "unknown")  # shown without weight
COUNTED = ("messages_per_order", "bytes_per_order", "journal_writes_per_order", "memory_mib")


def drawn(of: Comparison) -> RenderableType:
    """All of it, most alarming first."""
    parts = [_runs(of), *_alarms(of), *_conditions(of), *_figures(of), *_gaps(of), *_faults(of), *_checks(of)]
    spaced = [each for part in (*parts, _found(of)) for each in (part, Text())]
    return Group(*spaced[:-1])


def _runs(of: Comparison) -> RenderableType:
    rows = Table.grid(padding=(0, 1))
    for side in ("a", "b"):
        rows.add_row(f"[bold]{side.upper()}[/]", Text(cells.named(of[side])))
    return rows


def _alarms(of: Comparison) -> Iterator[RenderableType]:
    lines = [Text(f"Not compared: {each}.", "bold red") for each in of["refusals"]]
    lines += [Text(f"No verdict: {each}.", "bold yellow") for each in of["withheld"]]
    lines += [Text(each, "yellow") for each in (*of["warnings"], *words.left_out(of))]
    if lines:
        yield Group(*lines)


def _conditions(of: Comparison) -> Iterator[RenderableType]:
    if not of["conditions"]:
        yield Text("Nothing that was written down of the conditions differs.")
        return
    yield Text(words.conditions_differ(of["conditions"]), "bold yellow")
    rows = _table("", "A", "B")
    for each in of["conditions"]:
        rows.add_row(Text(cells.condition(each)), *(Text(cells.value(each, side)) for side in ("a", "b")))
    yield rows


def _figures(of: Comparison) -> Iterator[RenderableType]:
    if not of["arms"]:
        return
    rows = _table("", "A", "B", "B less A, 95 %", "", right=(1, 2, 3))
    for arm in of["arms"]:
        rows.add_row(screen.heading(arm))
        for row in (each for each in of["measures"] if each["arm"] == arm):
            rows.add_row(*_cells(row, row["shows"]))
        for row in (each for each in of["counted"] if each["arm"] == arm and each["measure"] in COUNTED):
            rows.add_row(*_cells(row, ""))
    yield rows
    yield from (Text(line, "dim") for line in words.agreed(of))


def _cells(row: Row, shows: str) -> tuple[Text | str, ...]:
    values = (cells.figure(row[side], row["unit"]) for side in ("a", "b"))
    style = "dim" if shows in PLAIN else ""
    return (f" {cells.MEASURES[row['measure']]}", *values, Text(cells.difference(row), style), _mark(shows))


def _mark(shows: str) -> Text:
    return Text(shows, "dim" if shows in PLAIN else "bold")


def _gaps(of: Comparison) -> Iterator[RenderableType]:
    for pair, found in cells.by_pair(of["gaps"]):
        yield Text(pair, "bold")
        rows = _table("", "A", "B", "B to A, 95 %", "", right=(1, 2, 3))
        for row in found:
            told = (cells.times(row[side]) for side in ("a", "b"))
            rows.add_row(f" {cells.MEASURES[row['measure']]}", *told, cells.change(row), _mark(row["shows"]))
        yield rows
    if of["gaps"]:
        yield Text(words.GAPS, "dim")


def _faults(of: Comparison) -> Iterator[RenderableType]:
    if not of["faults"]:
        return
    rows = _table("a fault, once in each run", "A", "B", right=(1, 2))
    for row in of["faults"]:
        rows.add_row(f"{screen.heading(row['arm'])}: {row['fault']} {row['target']}")
        rows.add_row(" harmed of exposed", *(cells.harmed(row[side]) for side in ("a", "b")))
        rows.add_row(" all well again after", *(cells.recovery(row[side]) for side in ("a", "b")))
    yield rows


def _checks(of: Comparison) -> Iterator[RenderableType]:
    if not of["checks"]:
        yield Text("Every check gives the same answer in both, and none fails.")
        return
    rows = _table("checks that changed or fail", "A", "B")
    for row in of["checks"]:
        name = f" {row['id'].replace('_', ' ')}" + (f", {row['arm']}" if row["arm"] else "")
        rows.add_row(name, *(Text(row[side], "bold red" if row[side] == "failed" else "") for side in ("a", "b")))
    yield rows


def _found(of: Comparison) -> RenderableType:
    rows = Table.grid(padding=(0, 1))
    for sentence in (*of["headline"], of["drift"], of["method"]):
        rows.add_row("•", Text(sentence))
    return rows


def _table(*headings: str | Text, right: Sequence[int] = ()) -> Table:
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for number, heading in enumerate(headings):
        rows.add_column(heading, justify="right" if number in right else "left")
    return rows
