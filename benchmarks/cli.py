"""`harmony`: the one way in. Here the commands meet and trouble becomes a sentence and an exit code.

0 fine, 1 an invariant is violated or a check failed, 2 usage, 3 something of the environment is missing,
130 interrupted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path

import typer

from benchmarks.commands import audit, demo, dlq, doctor, fault, flow, lab, order, run
from benchmarks.commands.troubles import sentence

app = typer.Typer(
    name="harmony",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="The same five services, orchestrated and choreographed, side by side.",
    epilog="Start with [bold]harmony demo[/]. Every answer can be had as data: [bold]--json[/].",
)

for room in (demo, lab, order, flow, run, audit, fault, dlq, doctor):
    room.enroll(app)


def main() -> None:
    """Run `harmony`. Trouble is told in one sentence; HARMONY_DEBUG=1 shows where it came from."""
    try:
        app(prog_name="harmony")
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        sys.exit(_told(error))


def _told(error: Exception) -> int:
    """Say it on stderr, and return the exit code."""
    if os.environ.get("HARMONY_DEBUG"):
        traceback.print_exception(error)
    known = sentence(error)
    if known is not None:
        sys.stderr.write(f"harmony: {known}\n")
        return 3
    sys.stderr.write(
        f"harmony: something broke that should not: {type(error).__name__}: {error}\n"
        f"  where it happened is in {_kept(error)}; HARMONY_DEBUG=1 shows it at once\n"
    )
    return 1


def _kept(error: Exception) -> Path:
    """Write the traceback to a file of its own, and say which."""
    handle, path = tempfile.mkstemp(prefix="harmony-", suffix=".log")
    with os.fdopen(handle, "w") as file:
        traceback.print_exception(error, file=file)
    return Path(path)
