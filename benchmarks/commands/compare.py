"""`harmony compare A B`: two runs, of two commits or of one, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import Json
from benchmarks.commands.troubles import Unusable

HELP = """Compare two runs: what differed around them, and for each arm and measure B less A, with its doubt.

A and B are folders of runs, or commits: of two commits, the newest whole runs in --runs that asked the same.
Both are judged anew from their records; nothing is written into them.

They ran at different times, so the machine's drift is in every difference: what is to be compared closely belongs in
one run, interleaved.

\b
Examples:
  harmony compare runs/20261126T051251Z-latency runs/latest
  harmony compare HEAD~1 HEAD --md compare.md
  harmony compare runs/before runs/after --html compare.html --json
"""
RunA = Annotated[str, typer.Argument(metavar="A", help="A run's folder, or a commit: the one before.")]
RunB = Annotated[str, typer.Argument(metavar="B", help="Another run's folder, or commit: the one after.")]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Where to look for runs of a commit.")]
Html = Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page as well.")]
Markdown = Annotated[Path | None, typer.Option("--md", metavar="FILE", help="Write text for a pull request as well.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare", help=HELP)(compare)


def compare(
    a: RunA, b: RunB, json: Json = False, html: Html = None, md: Markdown = None, runs: Runs = Path("runs")
) -> None:
    """See HELP. Exit 1 when the two must not be compared, or a check of either failed."""
    comparison = _compared(*_found(a, b, runs))
    _write(comparison, html, md)
    if json:
        screen.data(comparison)
    else:
        from benchmarks.commands import compare_text

        console = screen.out()
        console.print(compare_text.drawn(comparison))
    if not comparison["ok"]:
        raise typer.Exit(1)


def _found(a: str, b: str, runs: Path) -> tuple[Path, Path]:
    from benchmarks.compare import finding

    try:
        return finding.found(a, b, runs)
    except finding.NotFound as error:
        raise options.wrong(str(error)) from error


def _compared(a: Path, b: Path) -> dict[str, Any]:
    from benchmarks.compare import compared
    from benchmarks.judge import RunUnusable

    try:
        return compared(a, b)
    except RunUnusable as error:
        raise Unusable(f"These runs cannot be compared: {error}") from error


def _write(comparison: dict[str, Any], html: Path | None, md: Path | None) -> None:
    if not html and not md:
        return
    from benchmarks.compare import page

    for file, rendered in ((html, page.html), (md, page.markdown)):
        if file:
            file.write_text(rendered(comparison), encoding="utf-8")
            screen.say(f"written: {file}")
