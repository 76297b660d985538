"""`harmony trace`: what happened to an order, from what the processes wrote of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import FLAG, Json

if TYPE_CHECKING:
    from benchmarks.traces.journey import Journey

HELP = """Show what happened to an order: as a waterfall, or as a sequence diagram.

Without ORDER: the latest traced orders of each arm. ORDER is an id, or as much of its beginning or its end as is
clear; several are shown side by side. They are looked for in the running lab, else in runs/latest.

\b
Examples:
  harmony trace
  harmony trace 01a2160b067b3e6c5d01bc22768bd13d
  harmony trace bd13d 22c17 --sequence
  harmony trace bd13d 22c17 --html order.html
  harmony trace --run runs/latest
"""
Orders = Annotated[list[str] | None, typer.Argument(metavar="ORDER", help="Ids of orders.", show_default=False)]
Run = Annotated[Path | None, typer.Option("--run", metavar="RUN", help="Look in this run's folder.")]
Sequence_ = Annotated[bool, typer.Option("--sequence", metavar=FLAG, help="As a sequence diagram: who told whom what.")]
Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write a picture instead.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page with both pictures instead.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trace", help=HELP)(trace)


def trace(
    orders: Orders = None,
    run: Run = None,
    sequence: Sequence_ = False,
    json: Json = False,
    svg: Svg = None,
    html: Html = None,
) -> None:
    """See HELP."""
    from benchmarks.commands import tracing

    if not orders:
        if svg or html or sequence:
            raise options.wrong("Which order? `harmony trace` lists the traced ones.")
        _list(run, json)
        return
    found = tracing.found(orders, run)
    if svg or html:
        _write(found, svg, html, sequence)
    if json:
        from benchmarks.traces.told import told

        screen.data([told(each) for each in found])
    elif not svg and not html:
        _show(found, sequence)


def _list(run: Path | None, json: bool) -> None:
    from benchmarks.commands import tracing
    from benchmarks.traces.list_text import table

    listed = tracing.listed(run)
    if json:
        screen.data([brief.told() for brief in listed.orders])
        return
    screen.out().print(table(listed.orders, screen.out().width, listed.shown))
    some = len(listed.orders) < listed.total
    many = (
        f"{len(listed.orders)} of {listed.total:,} traced orders, of each arm in turn" if some else "All traced orders"
    )
    screen.say(
        f"{many}, the newest on top, from {listed.path}. `harmony trace ORDER` shows one; the end of its id will do."
    )


def _write(found: Sequence[Journey], svg: Path | None, html: Path | None, sequence: bool) -> None:
    from benchmarks.charts import stories

    if svg:
        svg.write_text(stories.file(found, sequence), encoding="utf-8")
        screen.say(f"drawn: {svg}")
    if html:
        from benchmarks.report import trace_page

        html.write_text(trace_page(found), encoding="utf-8")
        screen.say(f"written: {html}")


def _show(found: Sequence[Journey], sequence: bool) -> None:
    from benchmarks.traces.beside import beside

    screen.out().print(beside(found, sequence))
