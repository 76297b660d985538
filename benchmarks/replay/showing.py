"""A run in a Prometheus of its own: backfilled, with the rules of the house, on the loopback, while it is wanted."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.replay import metrics, openmetrics
from benchmarks.replay.records import read
from compose.local import prometheus
from compose.local.errors import Trouble
from compose.local.pids import Pids, start_watcher
from compose.local.ports import HOST
from compose.local.readiness import is_ready

READY_S, LOOK_S, LEAVE_S = 20.0, 0.05, 5.0
TOOL_S = 600.0
EVERY_S = 2  # how often the rules are evaluated
CONFIG = "global: {evaluation_interval: 1h}\n"
KEEP = "--storage.tsdb.retention.time=100y"  # a run of last year is not to be dropped at once

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a run can be looked at, and its time."""

    url: str
    start_s: int
    end_s: int
    series: int
    argv: Sequence[str]


@dataclass(frozen=True, slots=True)
class Converted:
    """A run as blocks of a Prometheus, in `data`."""

    data: Path
    start_s: int
    end_s: int
    series: int


def convert(run: Path, folder: Path, promtool: Path, say: Say) -> Converted:
    """Read the records and have promtool make blocks of them. Raises Unreplayable, Trouble."""
    say(f"Reading {run}")
    found = metrics.changes(read(run))
    start_s, end_s = metrics.span(found)
    text, data = folder / "run.openmetrics", folder / "data"
    with text.open("w", encoding="utf-8") as file:
        series = openmetrics.write(metrics.samples(found), file)
    say(f"{len(found):,} changes in {end_s - start_s} s became {series:,} series")
    _tool(promtool, "tsdb", "create-blocks-from", "openmetrics", str(text), str(data))
    text.unlink()
    return Converted(data, start_s, end_s, series)


@contextmanager
def shown(run: Path, folder: Path, port: int, say: Say) -> Iterator[Shown]:
    """A Prometheus with this run, for the length of a `with` block; it dies with us, however we do.

    Its data stay in the folder. Raises Unreplayable, Trouble.
    """
    binary = prometheus.find()
    promtool = binary.promtool()
    converted = convert(run, folder, promtool, say)
    (folder / "prometheus.yml").write_text(CONFIG, encoding="utf-8")
    argv = (*binary.argv(folder / "prometheus.yml", converted.data, port), KEEP)
    url = f"http://{HOST}:{port}"
    if prometheus.rules():
        say("Evaluating the rules of the house over the run")
    for _ in range(2 if prometheus.rules() else 0):  # some rules use what others have recorded
        with _serving(argv, folder, port):
            _evaluate(promtool, converted, url)
    with _serving(argv, folder, port):
        yield Shown(url, converted.start_s, converted.end_s, converted.series, argv)


def _evaluate(promtool: Path, converted: Converted, url: str) -> None:
    """Record what the rules would have recorded. Alerts are not among it: they are looked at, not kept."""
    span = (f"--start={converted.start_s}", f"--end={converted.end_s}", f"--eval-interval={EVERY_S}s")
    where = (f"--url={url}", f"--output-dir={converted.data}")
    _tool(promtool, "tsdb", "create-blocks-from", "rules", *span, *where, *prometheus.rules())


def _tool(promtool: Path, *words: str) -> None:
    try:
        done = subprocess.run(
            [promtool, *words], capture_output=True, text=True, check=False, timeout=TOOL_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Trouble(f"{promtool} cannot be used ({error}).") from error
    if done.returncode:
        last = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()][-1:]
        raise Trouble(f"{promtool} {' '.join(words[:3])} failed: {' '.join(last) or 'without a word'}.")


@contextmanager
def _serving(argv: Sequence[str], folder: Path, port: int) -> Iterator[None]:
    """Run it until the block ends. A watcher kills it when we are killed."""
    log = folder / "prometheus.log"
    pids = Pids(folder / "pids")
    watcher = start_watcher(folder / "pids")
    try:
        with log.open("ab") as said:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
        pids.add(process.pid, "prometheus")
        try:
            _until_ready(process, port, log)
            yield
        finally:
            _end(process)
            pids.remove(process.pid)
    finally:
        if watcher.stdin is not None:
            watcher.stdin.close()
        watcher.wait()
        (folder / "pids").unlink(missing_ok=True)


def _until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    give_up = time.monotonic() + READY_S
    while not asyncio.run(is_ready(port, "/-/ready")):
        if process.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            raise Trouble(f"Prometheus left while it was starting: {' '.join(said) or 'without a word'}")
        if time.monotonic() > give_up:
            raise Trouble(f"Prometheus is not ready after {READY_S:.0f} s: {log} may say why.")
        time.sleep(LOOK_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(LEAVE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
