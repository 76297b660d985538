"""`harmony replay RUN`: a recorded run in Prometheus, without a lab."""

from __future__ import annotations

import shlex
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.commands import options, screen
from benchmarks.commands.options import FLAG, Json

if TYPE_CHECKING:
    from benchmarks.replay.showing import Shown

HELP = """Show a recorded run in Prometheus, as if it had been looked at while it ran.

Its records become metrics with the times and the names that they had; then a Prometheus of this machine serves them
until Ctrl-C. What no record tells is missing: retries, orders in hand, what waited in streams, journals and queues.
With --json it stays until its standard input ends. Quantiles are read off a histogram here, so they are as exact as
its buckets are wide: a p99 of 4.9 s may be a slowest order of 3.3 s. The exact ones are in the run's report.

\b
Examples:
  harmony replay runs/latest
  harmony replay runs/latest --keep /tmp/kept
"""
QUERIES = (
    "sum by (pattern, transport) (rate(harmony_order_closed_seconds_count[4s]))",
    "sum by (pattern, transport) (harmony_orders_open)",
    "max by (pattern, transport, fault, process) (harmony_process_fault_active)",
)
MARGIN_S = 20
Run = Annotated[Path, typer.Argument(metavar="RUN", help="The run's folder.")]
Port = Annotated[
    int,
    typer.Option("--port", metavar="N", help="Where Prometheus listens; 0: 18090, or a free port when that is taken."),
]
Keep = Annotated[Path | None, typer.Option("--keep", metavar="DIR", help="Keep what Prometheus has there.")]
UntilReady = Annotated[
    bool, typer.Option("--until-ready", metavar=FLAG, help="Leave as soon as it can be looked at, for scripts.")
]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay", help=HELP)(replay)


def replay(run: Run, port: Port = 0, keep: Keep = None, until_ready: UntilReady = False, json: Json = False) -> None:
    """See HELP. Exit 1 when the records cannot be used, 3 when there is no Prometheus."""
    if not (run / "manifest.json").is_file():
        raise options.wrong(f"{run} is no run: it has no manifest.json. The newest run is runs/latest.")
    from benchmarks.commands.troubles import Unusable
    from benchmarks.replay.records import Unreplayable
    from benchmarks.replay.showing import shown

    try:
        with _folder(keep) as folder, shown(run, folder, _port(port), screen.say) as there:
            _tell(there, run, keep, json, until_ready)
            if not until_ready:
                _stay(until_input_ends=json)
    except Unreplayable as error:
        raise Unusable(f"{error}.") from error


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where Prometheus has its data: kept when somebody named a folder, which must be a new one or empty."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="harmony-replay-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    keep.mkdir(parents=True, exist_ok=True)
    if any(keep.iterdir()):
        raise options.wrong(f"--keep wants a folder that is new or empty, and {keep} is not.")
    yield keep.absolute()


def _port(asked: int) -> int:
    from compose.local.companion import free_ports
    from compose.local.ports import is_free
    from compose.local.prometheus import PORT

    if asked and not (1 <= asked <= 65_535 and is_free(asked)):
        raise options.wrong(f"--port {asked} cannot be had: name a free one, or 0.")
    return asked or free_ports([PORT])[0]


def _tell(there: Shown, run: Path, keep: Path | None, json: bool, until_ready: bool) -> None:
    from benchmarks.commands.status_text import link

    graph = link(there.url, *QUERIES, range_s=there.end_s - there.start_s, end_s=there.end_s)
    since_s = there.start_s - MARGIN_S
    told: dict[str, Any] = {"url": there.url, "run": str(run), "series": there.series, "graph": graph}
    told |= {"from_ms": since_s * 1000, "to_ms": there.end_s * 1000}
    told |= {"preview": f"make preview PROMETHEUS={there.url} FROM={since_s} TO={there.end_s}"}
    told |= {"kept": str(keep) if keep else None, "prometheus": list(there.argv)}
    if json:
        screen.data(told)
        sys.stdout.flush()
        return
    lines = _left(there, run) if until_ready else _ready(there, run, told)
    lines += [f"Kept: {shlex.join(there.argv)}"] if keep else []
    screen.out().print("\n".join(lines), soft_wrap=True, markup=False)


def _left(there: Shown, run: Path) -> list[str]:
    """No address: nobody is there any more when it is read."""
    return ["", f"{run} can be looked at: {there.series:,} series. Prometheus leaves now, as --until-ready says."]


def _ready(there: Shown, run: Path, told: dict[str, Any]) -> list[str]:
    end = datetime.fromtimestamp(there.end_s, UTC)
    return [
        "",
        f"{there.url}  Prometheus with {run}: {there.series:,} series, up to {end:%Y-%m-%d %H:%M:%S} UTC",
        f"{told['graph']}",
        "    orders closed a second, orders open, and the faults",
        "",
        "All dashboards as one page, from another terminal:",
        f"    {told['preview']}",
        f"In a Grafana: data source {there.url}, scrape interval 1s; then",
        f"    /d/harmony-overview?from={told['from_ms']}&to={told['to_ms']}",
        "Quantiles are as exact as a histogram's buckets are wide; the exact ones are in the run's report.",
    ]


def _stay(until_input_ends: bool) -> None:
    if until_input_ends:
        sys.stdin.read()
        return
    screen.say("Running until Ctrl-C.")
    threading.Event().wait()
