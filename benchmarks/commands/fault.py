"""`harmony fault`: do something to a process of the running lab."""

from __future__ import annotations

from collections.abc import ItemsView
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import Json
from benchmarks.commands.programs import typable

if TYPE_CHECKING:
    from compose.local.client import LabClient, What

HELP = """Do something to a process of the running lab: kill, pause, resume, start; or list the processes.

A killed process is started again after half a second, or after --hold, or when it is started.
A paused one stays alive and silent until it is resumed, or for --hold.

\b
Examples:
  harmony fault list
  harmony fault kill payment-1 --arm choreography-streams --hold 3
  harmony fault start payment-1 --arm choreography-streams
  harmony fault pause redis --arm orchestration-http
"""
DONE: dict[str, What] = {"kill": "kill", "pause": "pause", "resume": "resume", "start": "start"}
HOLDABLE = ("kill", "pause")
DOWN = ("held", "stopped", "down")

Word = Annotated[str, typer.Argument(metavar="WHAT", help="list, kill, pause, resume or start.")]
Process = Annotated[str | None, typer.Argument(metavar="PROCESS", help="Such as payment-1; `list` shows them.")]
Arm = Annotated[str | None, typer.Option("--arm", metavar="ARM", help="Needed when the lab has several.")]
Hold = Annotated[float | None, typer.Option("--hold", metavar="S", min=0, help="How long it stays down, or paused.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fault", help=HELP)(fault)


def fault(what: Word, process: Process = None, arm: Arm = None, hold: Hold = None, json: Json = False) -> None:
    """See HELP."""
    from benchmarks.commands import fault_text, labs
    from compose.local.errors import Trouble

    if what != "list" and what not in DONE:
        raise options.unknown("fault", what, ("list", *DONE))
    if hold is not None and what not in HOLDABLE:
        raise options.wrong(f"--hold goes with {' and '.join(HOLDABLE)}, not with {what}.")
    client = labs.running()
    states = {arm: {each["name"]: each["state"] for each in told["processes"]} for arm, told in _arms(client)}
    there = {name: list(processes) for name, processes in states.items()}
    if what == "list":
        _list(there, json)
        return
    target_arm, target = _target(there, arm, process)
    before = states[target_arm][target]
    if before in DOWN and what != "start":
        raise Trouble(
            f"{target} of {target_arm} is not running ({before}):"
            f" `harmony fault start {target} --arm {target_arm}` starts it now."
        )
    client.signal(target_arm, target, DONE[what], hold_s=hold)
    done = {"arm": target_arm, "process": target, "fault": what, "hold_s": hold, "before": before}
    if json:
        screen.data(done)
    else:
        told = fault_text.told(what, target, target_arm, hold, before)
        screen.out().print(f"{target} of {screen.heading(target_arm)} {typable(told)}", soft_wrap=True)


def _arms(client: LabClient) -> ItemsView[str, dict[str, Any]]:
    arms: dict[str, dict[str, Any]] = client.status()["arms"]
    return arms.items()


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
