"""`harmony demo`: the tour."""

from __future__ import annotations

from pathlib import Path

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import DEFAULT_ARMS, Arms, Json, RedisUrl, Replicas, Seed
from benchmarks.commands.run import Out

HELP = """The tour: how an order travels, load, a killed service, the invariants, the report.

About 50 seconds, or 100 with --arms all.

\b
Examples:
  harmony demo
  harmony demo --seed 11 --json
"""


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", help=HELP)(demo)


def demo(
    arms: Arms = DEFAULT_ARMS,
    seed: Seed = 7,
    json: Json = False,
    redis_url: RedisUrl = None,
    replicas: Replicas = None,
    out: Out = Path("runs"),
) -> None:
    """See HELP. Exit 1 when an invariant is violated."""
    from benchmarks import demo as tour

    chosen = options.arms(arms)
    console = screen.err() if json else screen.out()
    urls, counts = options.redis_urls(redis_url, chosen), options.replicas(replicas, chosen)
    summary = tour.tour(chosen, seed, out, urls, console, counts)
    if json:
        screen.data(summary)
    if not summary["ok"]:
        raise typer.Exit(1)
