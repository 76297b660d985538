"""`harmony fault`: do something to a process of the running lab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import Json

if TYPE_CHECKING:
    from compose.local.client import What

HELP = """Do something to a process of the running lab: kill, pause, resume; or list the processes.

A killed process is started again after half a second, or after --hold.
A paused one stays alive and silent until it is resumed.

\b
Examples:
  harmony fault list
  harmony fault kill payment-1 --arm choreography-streams --hold 3
  harmony fault pause redis --arm orchestration-http
"""
DONE: dict[str, What] = {"kill": "kill", "pause": "pause", "resume": "resume"}

Word = Annotated[str, typer.Argument(metavar="WHAT", help="list, kill, pause or resume.")]
Process = Annotated[str | None, typer.Argument(metavar="PROCESS", help="Such as payment-1; `list` shows them.")]
Arm = Annotated[str | None, typer.Option("--arm", metavar="ARM", help="Needed when the lab has several.")]
Hold = Annotated[float | None, typer.Option("--hold", metavar="S", min=0, help="How long it stays down, or paused.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fault", help=HELP)(fault)


def fault(what: Word, process: Process = None, arm: Arm = None, hold: Hold = None, json: Json = False) -> None:
    """See HELP."""
    from benchmarks.commands import labs

    if what != "list" and what not in DONE:
        raise options.unknown("fault", what, ("list", *DONE))
    client = labs.running()
    there = {name: [each["name"] for each in told["processes"]] for name, told in client.status()["arms"].items()}
    if what == "list":
        _list(there, json)
        return
    target_arm, target = _target(there, arm, process)
    client.signal(target_arm, target, DONE[what], hold_s=hold)
    done = {"arm": target_arm, "process": target, "fault": what, "hold_s": hold}
    if json:
        screen.data(done)
    else:
        screen.out().print(f"{what}: {target} of {screen.heading(target_arm)}")


def _list(there: dict[str, list[str]], json: bool) -> None:
    if json:
        screen.data(there)
        return
    for arm, names in there.items():
        screen.out().print(f"{screen.heading(arm)}  {' '.join(names)}")


def _target(there: dict[str, list[str]], arm: str | None, process: str | None) -> tuple[str, str]:
    if arm is None and len(there) > 1:
        raise options.wrong(f"Say which arm: --arm {' or --arm '.join(there)}.")
    chosen = arm or next(iter(there))
    if chosen not in there:
        raise options.unknown("running arm", chosen, there)
    if process is None:
        raise options.wrong(f"Say which process: {', '.join(there[chosen])}.")
    if process not in there[chosen]:
        raise options.unknown("process", process, there[chosen])
    return chosen, process
