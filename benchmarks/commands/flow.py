"""`harmony flow`: both flows, drawn from the code."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands import screen
from benchmarks.commands.options import Json

Svg = Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Write a picture instead.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("flow", help=HELP)(flow)


HELP = """Draw both flows from the code: the saga's steps, and the five reaction lists joined.

\b
Examples:
  harmony flow
  harmony flow --svg flow.svg
"""


def flow(svg: Svg = None, json: Json = False) -> None:
    """See HELP."""
    from benchmarks import flow as flows
    from benchmarks.flow_svg import svg as picture
    from benchmarks.flow_text import drawn

    both = flows.flows()
    if svg is not None:
        svg.write_text(picture(*both), encoding="utf-8")
        screen.say(f"drawn: {svg}")
    if json:
        screen.data(flows.told(both))
    elif svg is None:
        for each in both:
            screen.out().print(drawn(each), end="\n\n")
