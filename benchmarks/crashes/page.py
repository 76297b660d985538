"""What a crash test shows: how far it is, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.crashes.outcome import ArmOutcome
from benchmarks.rows import Rows

SAY_EVERY_S = 10.0
LEGEND = (
    "reached: the process died there. closed: its order ended as it should have without the crash, or broken.\n"
    "to close: seconds from the death to the order's close, p50/max; moved on: from when the process was ready again."
)


class Watcher:
    """Shows how far the arms are, with a bar for a person, a plain line now and then for everybody else; and keeps a
    row of each crash, so that what was found is there even if the rest is interrupted."""

    def __init__(self, console: Console, asked: Mapping[str, int], kept: Rows) -> None:
        self._kept = kept
        columns = (TextColumn("crash points"), BarColumn(24), TextColumn("{task.fields[stand]}"))
        self._progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._plain = not console.is_terminal
        self._asked, self._arms = dict(asked), dict[str, ArmOutcome]()
        self._task = self._progress.add_task("", total=sum(asked.values()), stand="starting")
        self._began = self._said = time.monotonic()
        self._lock = Lock()

    def __enter__(self) -> Watcher:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def hear(self, arm: ArmOutcome) -> None:
        """A crash more. To be called from any thread."""
        with self._lock:
            self._arms[arm.arm], last = arm, arm.outcomes[-1]
            self._kept.keep({"arm": arm.arm} | last.as_row())
            self._kept.flush()
            if last.wrong:
                screen.say(f"  {arm.arm}: {last.case.name}: {'; '.join(last.wrong)}")
            done = sum(len(each.outcomes) for each in self._arms.values())
            stand = self._stand(done)
            self._progress.update(self._task, completed=done, stand=stand)
            if self._plain and time.monotonic() - self._said >= SAY_EVERY_S:
                self._said = time.monotonic()
                screen.say(f"  {stand}")

    def _stand(self, done: int) -> str:
        wrong = sum(len(each.unreached) + len(each.broken) + len(each.violated) for each in self._arms.values())
        bad = f", {wrong} wrong" if wrong else ""
        return f"{done} of {sum(self._asked.values())}{bad}, about {self._left_s():.0f} s left"

    def _left_s(self) -> float:
        """The arms go beside each other: as long as the slowest needs."""
        passed_s = time.monotonic() - self._began
        return max(
            passed_s / len(arm.outcomes) * (self._asked[name] - len(arm.outcomes)) for name, arm in self._arms.items()
        )


def told(arms: Sequence[ArmOutcome], logs: Path) -> RenderableType:
    """The table, and what is wrong."""
    lines: list[RenderableType] = [_table(arms), Text(LEGEND, "dim"), Text()]
    lines += [Text(f"✗ {sentence}", "bold red") for arm in arms for sentence in arm.complaints(logs)]
    lines += [Text(f"✗ {sentence}", "bold red") for arm in arms for sentence in arm.overdue()]
    done, asked = sum(len(arm.outcomes) for arm in arms), sum(arm.asked for arm in arms)
    if all(arm.ok and not arm.late for arm in arms):
        lines.append(Text(f"{done} of {asked} crashes: each reached, each order as it should be.", "bold"))
    return Group(*lines)


def _table(arms: Sequence[ArmOutcome]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 1))
    table.add_column("arm", no_wrap=True)
    for name in ("points", "crashes", "reached", "closed", "broken", "late", "to close (s)", "moved on (s)"):
        table.add_column(name, justify="right", no_wrap=True)
    for arm in arms:
        row = arm.as_row()
        points = len({each.case.point for each in arm.outcomes})
        counts = [str(row[name]) for name in ("asked", "reached", "closed")]
        bad = [Text(str(count), "bold red" if count else "green") for count in (row["broken"], row["late"])]
        times = [_p50_max(arm.seconds(name)) for name in ("closed_s", "moved_on_s")]
        table.add_row(screen.heading(arm.arm), str(points), *counts, *bad, *times)
    return table


def _p50_max(seconds: tuple[float, float] | None) -> str:
    return "–" if seconds is None else f"{seconds[0]:.2f}/{seconds[1]:.2f}"
