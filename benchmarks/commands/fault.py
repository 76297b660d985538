"""`harmony fault`: do something to a process of the running lab."""

from __future__ import annotations

from collections.abc import ItemsView
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands import crash, options, screen, spoiling
from benchmarks.commands.options import Json
from benchmarks.commands.programs import typable

if TYPE_CHECKING:
    from compose.local.client import LabClient, What

HELP = """Do something to a process of the running lab: kill, pause, resume, start, crash; or to
an operation: slow, fail.

A killed process is started again after half a second, or after --hold, or when it is started.
A paused one stays alive and silent until it is resumed, or for --hold.
One that is to crash dies by itself at a crash point, which `points` lists, when an order comes by within a minute.
An operation that fails is tried again, and set aside in the end: see `harmony dlq`. `clear` ends what is left.

\b
Examples:
  harmony fault list
  harmony fault kill payment-1 --arm choreography-streams --hold 3
  harmony fault start payment-1 --arm choreography-streams
  harmony fault pause redis --arm orchestration-http
  harmony fault fail refund --arm choreography-http --for 20
  harmony fault slow charge --delay-ms 300
  harmony fault clear
  harmony fault points
  harmony fault crash orchestration-http payment-1/commit.after/charge
  harmony fault crash choreography-streams commit.after --operation charge --nth 3
"""
DONE: dict[str, What] = {"kill": "kill", "pause": "pause", "resume": "resume", "start": "start"}
HOLDABLE = ("kill", "pause")
DOWN = ("held", "stopped", "down")
SPOILING = ("slow", "fail")
OTHERS = ("list", "points", "crash", *SPOILING, "clear")

Word = Annotated[
    str, typer.Argument(metavar="WHAT", help="list, kill, pause, resume, start, slow, fail, clear, points, crash.")
]
Process = Annotated[
    str | None,
    typer.Argument(
        metavar="PROCESS",
        help="Such as payment-1; `list` shows them. For crash: the arm. For slow, fail: the operation.",
    ),
]
Point = Annotated[str | None, typer.Argument(metavar="POINT", help="For crash: where; `points` shows them.")]
Operation = Annotated[str | None, typer.Option("--operation", metavar="OP", help="For crash: such as charge.")]
Nth = Annotated[
    int, typer.Option("--nth", metavar="N", min=1, max=100_000, help="For crash: the nth time it is reached.")
]
Delay = Annotated[float, typer.Option("--delay-ms", metavar="MS", min=1, max=60_000, help="For slow: by how much.")]
For = Annotated[float, typer.Option("--for", metavar="S", min=0.1, max=600, help="For slow and fail: how long.")]
Arm = Annotated[str | None, typer.Option("--arm", metavar="ARM", help="Needed when the lab has several.")]
Hold = Annotated[float | None, typer.Option("--hold", metavar="S", min=0, help="How long it stays down, or paused.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fault", help=HELP)(fault)


def fault(
    what: Word,
    process: Process = None,
    point: Point = None,
    arm: Arm = None,
    hold: Hold = None,
    operation: Operation = None,
    nth: Nth = 1,
    delay_ms: Delay = spoiling.DELAY_MS,
    for_s: For = spoiling.LASTS_S,
    json: Json = False,
) -> None:
    """See HELP."""
    _check(what, point, hold, operation, nth)
    if what == "points":
        crash.points(process or arm, json)
    elif what in SPOILING:
        spoiling.spoil(what, process, arm, delay_ms, for_s, json)
    elif what == "clear":
        if process is not None:
            raise options.wrong("clear takes no operation: it ends all faults of an arm (--arm), or of all.")
        spoiling.clear(arm, json)
    elif what == "crash":
        crash.crash(process or arm, point, operation, nth, json)
    else:
        _signal(what, process, arm, hold, json)


def _check(what: str, point: str | None, hold: float | None, operation: str | None, nth: int) -> None:
    """Raises a usage error for words that do not go together."""
    if what not in (*DONE, *OTHERS):
        raise options.unknown("fault", what, (*DONE, *OTHERS))
    if hold is not None and what not in HOLDABLE:
        raise options.wrong(f"--hold goes with {' and '.join(HOLDABLE)}, not with {what}.")
    if what != "crash" and (point is not None or operation is not None or nth != 1):
        raise options.wrong(f"A crash point, --operation and --nth go with crash, not with {what}.")


def _signal(what: str, process: str | None, arm: str | None, hold: float | None, json: bool) -> None:
    from benchmarks.commands import fault_text, labs
    from compose.local.errors import Trouble

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
