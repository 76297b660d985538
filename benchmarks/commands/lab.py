"""`harmony up`, `down`, `status`: a lab that stays, for trying things out."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import DEFAULT_ARMS, FLAG, Arms, Json, RedisUrl, Replicas, Seed

UP = """Start the lab and leave it running: a door, the services and a Redis for each arm.

\b
Examples:
  harmony up
  harmony up --arms choreography-streams --foreground
  harmony up --replicas payment=2,orchestrator=2,order=2
  harmony up --arms all --observability
  harmony up --redis-url choreography-streams=redis://127.0.0.1:6379/0
"""
DOWN = """Stop the running lab. Nothing stays behind; when nothing runs, that is fine too.

\b
Example:
  harmony down
"""
STATUS = """Show what runs, and where, and where the logs are.

\b
Examples:
  harmony status
  harmony status --json
"""
PortBase = Annotated[
    int, typer.Option("--port-base", metavar="N", help="The first door's port, 1024 to 32767; 0 finds free ones.")
]
Observability = Annotated[
    bool,
    typer.Option("--observability", metavar=FLAG, help="With Prometheus and what feeds it beside the lab."),
]
Foreground = Annotated[bool, typer.Option("--foreground", metavar=FLAG, help="Stay until Ctrl-C, then stop the lab.")]


def enroll(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up", help=UP)(up)
    app.command("down", help=DOWN)(down)
    app.command("status", help=STATUS)(status)


def up(
    arms: Arms = DEFAULT_ARMS,
    seed: Seed = 7,
    json: Json = False,
    redis_url: RedisUrl = None,
    replicas: Replicas = None,
    foreground: Foreground = False,
    port_base: PortBase = 18_100,
    observability: Observability = False,
) -> None:
    """See UP."""
    from benchmarks.commands import labs, standing

    chosen = options.arms(arms)
    parts = labs.built(chosen, options.replicas(replicas, chosen))
    urls = options.redis_urls(redis_url, chosen)
    base = options.port_base(port_base, len(chosen))
    beside = standing.observed() if observability else standing.nobody
    standing.up(parts, seed, urls, foreground, base, lambda shape: _show(shape, json, hints=True), beside)


def down(json: Json = False) -> None:
    """See DOWN."""
    from benchmarks.commands import labs
    from compose.local.client import LabClient, NoLab

    try:
        LabClient.connect(labs.home()).stop()
        stopped = True
    except NoLab:
        stopped = False
    if json:
        screen.data({"stopped": stopped})
    else:
        screen.out().print("The lab is stopped." if stopped else "No lab was running.")


def status(json: Json = False) -> None:
    """See STATUS."""
    from benchmarks.commands import labs

    _show(labs.running().status(), json, hints=False)


def _show(shape: dict[str, Any], json: bool, hints: bool) -> None:
    from benchmarks.commands import status_text

    if json:
        screen.data(shape)
        return
    screen.out().print(status_text.table(shape))
    if shape["beside"]:
        screen.out().print(status_text.beside(shape))
    screen.out().print(status_text.logs(shape), soft_wrap=True)
    if unsafe := status_text.unsafe(shape):
        screen.out().print(unsafe, soft_wrap=True)
    if hints:
        screen.out().print(status_text.hints(shape), soft_wrap=True)
