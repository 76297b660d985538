"""`harmony order`: one order in each arm, and what happened to it."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import FLAG, Arms, Json, RedisUrl, Replicas, Seed

HELP = """Place one order in each arm and show what happened, side by side.

Uses the lab that `harmony up` started, else a temporary one.
Times count from the customer's 202; with --json from the sending.

\b
Examples:
  harmony order
  harmony order --like declined --trace
  harmony order --arms choreography-streams --json
"""

ID_END = 7  # letters of an id that tell it from others
Trace = Annotated[bool, typer.Option("--trace", metavar=FLAG, help="Show its traces, too: who asked or told whom.")]
Like = Annotated[str, typer.Option("--like", help="How it shall end: completed, declined, sold-out, undeliverable.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("order", help=HELP)(order)


def order(
    arms: Arms = "",
    seed: Seed = 7,
    json: Json = False,
    redis_url: RedisUrl = None,
    replicas: Replicas = None,
    like: Like = "completed",
    trace: Trace = False,
) -> None:
    """See HELP. Exit 1 when an order is still open after its deadline."""
    from benchmarks import story
    from benchmarks.commands.labs import any_lab, running_or_default
    from benchmarks.conformance_traces import written
    from benchmarks.story_text import side_by_side
    from benchmarks.traces.beside import beside
    from benchmarks.traces.told import told

    if like not in story.LIKES:
        raise options.unknown("ending", like, story.LIKES)
    chosen = options.arms(arms) if arms else running_or_default()
    urls, counts = options.redis_urls(redis_url, chosen), options.replicas(replicas, chosen)
    with any_lab(chosen, seed, urls, counts) as lab:
        stories = {arm: lab.placed(arm, like) for arm in chosen}
        traces = written(lab.client, [(arm, each.order_id) for arm, each in stories.items()]) if trace else []
        lasting = not lab.temporary
    if json:
        traced = {each.arm: {"trace": told(each)} for each in traces}
        screen.data({arm: each.told() | traced.get(arm, {}) for arm, each in stories.items()})
    else:
        screen.out().print(side_by_side(stories))
        if traces:
            screen.out().print()
            screen.out().print(beside(traces, sequence=False))
        elif lasting:
            shown = " ".join(each.order_id[-ID_END:] for each in stories.values())
            screen.say(f"The way it took: `harmony trace {shown}`")
    if any(each.status == "open" for each in stories.values()):
        screen.say(
            "An order is still open after its deadline: `harmony dlq` lists what was set aside, the logs tell more."
        )
        raise typer.Exit(1)
