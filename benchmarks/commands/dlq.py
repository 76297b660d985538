"""`harmony dlq`: what was set aside for a person to look at, in any arm, and what that person then wants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import FLAG, Json

if TYPE_CHECKING:
    from benchmarks.commands.burial import What
    from benchmarks.commands.letters import Letter
    from compose.local.client import LabClient

HELP = """Look after the dead letters of the running lab: what could not be read, or failed for the last time.

A replayed letter is done after all, by the process that has set it aside, and removed; if it fails again it stays.
A dropped one is gone for good.

\b
Examples:
  harmony dlq list
  harmony dlq show 1700000000000-0
  harmony dlq replay 1700000000000-0 --arm choreography-streams
  harmony dlq drop --all --service payment
"""
WORDS = ("list", "show", "replay", "drop")
ACTS: dict[str, What] = {"replay": "replay", "drop": "drop"}

Word = Annotated[str, typer.Argument(metavar="WHAT", help=f"{', '.join(WORDS[:-1])} or {WORDS[-1]}.")]
Id = Annotated[str | None, typer.Argument(metavar="ID", help="Such as 1700000000000-0; `list` shows them.")]
All = Annotated[bool, typer.Option("--all", metavar=FLAG, help="Replay or drop every letter, oldest first.")]
Arms = Annotated[str | None, typer.Option("--arms", "--arm", metavar="A,B", help="Only letters of these running arms.")]
Service = Annotated[str | None, typer.Option("--service", metavar="NAME", help="Only letters of this service.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dlq", help=HELP)(dlq)


def dlq(
    what: Word = "list",
    letter: Id = None,
    everything: All = False,
    arms: Arms = None,
    service: Service = None,
    json: Json = False,
) -> None:
    """See HELP. Exit 1 when a letter failed again or is gone, 3 when one could not be asked about."""
    from benchmarks.commands import labs, letters

    if what not in WORDS:
        raise options.unknown("dlq command", what, WORDS)
    if what == "list" and (letter is not None or everything):
        raise options.wrong("dlq list takes no ID and no --all: `harmony dlq show ID` prints one letter whole.")
    if what == "show" and (letter is None or everything):
        raise options.wrong("dlq show takes the ID of one letter: `harmony dlq list` shows them.")
    client = labs.running()
    chosen = labs.running_arms(client, arms)
    known = [name for arm in chosen for name in letters.services(client, arm)]
    found = letters.of_service(letters.letters(client, chosen), service, known)
    if what == "list":
        _list(found, chosen, json)
    elif what == "show":
        _show(letters.one(found, letter or ""), json)
    else:
        _act(client, ACTS[what], letters.chosen(found, letter, everything), json)


def _list(found: list[Letter], arms: tuple[str, ...], json: bool) -> None:
    from benchmarks.commands import dlq_text

    if json:
        screen.data({arm: [letter.as_row() for letter in found if letter.arm == arm] for arm in arms})
    else:
        screen.out().print(dlq_text.listed(found) if found else "No dead letters.", soft_wrap=True)


def _show(letter: Letter, json: bool) -> None:
    from benchmarks.commands import dlq_text

    if json:
        screen.data(dlq_text.whole(letter))
    else:
        screen.out().print(dlq_text.shown(letter), soft_wrap=True)


def _act(client: LabClient, what: What, chosen: list[Letter], json: bool) -> None:
    from benchmarks.commands import burial, dlq_text

    token, told = client.token(), []
    for letter in chosen:
        told.append(burial.act(what, letter, burial.urls(client.status(), letter), token))
        if not json:
            screen.out().print(dlq_text.fared(what, told[-1]), soft_wrap=True)
    if json:
        screen.data([each.as_row() for each in told])
    elif not told:
        screen.out().print("No dead letters.")
    if code := burial.exit_code(told):
        raise typer.Exit(code)
