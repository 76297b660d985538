"""`harmony`: the one way in. Here the commands meet and trouble becomes a sentence and an exit code (see `ending`)."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands import (
    audit,
    compare,
    demo,
    dlq,
    doctor,
    ending,
    fault,
    flow,
    lab,
    order,
    replay,
    run,
    screen,
    trace,
)
from benchmarks.commands.options import FLAG
from benchmarks.commands.programs import typable
from benchmarks.commands.troubles import exit_code, sentence

EPILOG = """Start with [bold]harmony demo[/]. Every answer can be had as data: [bold]--json[/].

Exit codes: 0 fine; 1 an invariant is violated, a check failed, or records cannot be used;
2 usage; 3 something of the environment is missing ([bold]harmony doctor[/] says what); 130 interrupted."""

app = typer.Typer(
    name="harmony",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The same five services, orchestrated and choreographed, side by side.",
    epilog=EPILOG,
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"harmony {version('harmony-lab')}\n")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", metavar=FLAG, callback=_tell_version, is_eager=True, help="Show the version.")
]


@app.callback()
def _before(version: Version = False) -> None:
    """What comes before the command."""


for room in (demo, lab, order, trace, flow, run, compare, replay, audit, fault, dlq, doctor):
    room.enroll(app)


def main() -> None:
    """Run `harmony`. Trouble is told in one sentence; HARMONY_DEBUG=1 shows where it came from."""
    ending.show_what_can_be_shown()
    how = ending.Ending()
    how.listen()
    sys.exit(_read_to_the_end(_carried_out(how)))


def _carried_out(how: ending.Ending) -> int:
    """Do what the command line says. Returns the exit code; what went wrong has been told by then."""
    try:
        app(prog_name="harmony")
    except SystemExit as left:
        return _left(left, how)
    except KeyboardInterrupt:
        return _also_as_data("interrupted", how.interrupted())
    except Exception as error:
        return _told(error)
    return ending.FINE


def _left(left: SystemExit, how: ending.Ending) -> int:
    """Typer has left. What it left from says why: a usage error, Ctrl-C, nobody who reads on, a command's answer."""
    code = left.code if isinstance(left.code, int) else ending.FINE
    if isinstance(left.__context__, BrokenPipeError):
        return ending.NOBODY_READS
    if code == ending.INTERRUPTED:
        return _also_as_data("interrupted", how.interrupted())
    return _also_as_data(str(getattr(left.__context__, "message", "")), code)


def _told(error: Exception) -> int:
    """Say it on stderr, and return the exit code."""
    if os.environ.get("HARMONY_DEBUG"):
        traceback.print_exception(error)
    known = sentence(error)
    if known is not None:
        sys.stderr.write(f"harmony: {typable(known)}\n")
        return _also_as_data(typable(known), exit_code(error))
    broken = f"something broke that should not: {type(error).__name__}: {error}"
    where = f"where it happened is in {_kept(error)}; HARMONY_DEBUG=1 shows it at once"
    sys.stderr.write(f"harmony: {broken}\n  {where}\n")
    return _also_as_data(f"{broken}; {where}", ending.FAILED)


def _also_as_data(message: str, code: int) -> int:
    """With --json a failure is data, too: who reads stdout alone must learn of it."""
    if message and "--json" in sys.argv:
        screen.data({"error": {"message": message, "exit_code": code}})
    return code


def _read_to_the_end(code: int) -> int:
    """Write out what is still to be written; when nobody reads any more, that is no trouble of ours."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains when it leaves
        return ending.NOBODY_READS
    return code


def _kept(error: Exception) -> Path:
    """Write the traceback to a file of its own, and say which."""
    handle, path = tempfile.mkstemp(prefix="harmony-", suffix=".log")
    with os.fdopen(handle, "w") as file:
        traceback.print_exception(error, file=file)
    return Path(path)
