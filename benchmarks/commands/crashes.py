"""Crash points for `harmony fault`: which there are, which one was meant, and how a process is told to die there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from rich import box
from rich.table import Table

from benchmarks.commands import options
from benchmarks.commands.asking import Unanswered, asked
from compose.local.errors import Trouble

ARMED_S = 60  # what every fault must say: a crash itself waits until it is reached
CREATED = 201
SOME_MAX = 8  # names in a sentence


class Point(Protocol):
    """One single crash of an arm: this process, at this point, with this operation."""

    @property
    def process(self) -> str: ...
    @property
    def point(self) -> str: ...
    @property
    def operation(self) -> str: ...
    @property
    def name(self) -> str:
        """`payment-1/commit.after/charge`"""


def meant(points: Sequence[Point], text: str, operation: str | None) -> Point:
    """The one crash that a text means: its name, or a part of it (`commit.after`, `payment-1/commit.after`).

    Raises a usage error when there is none, or when there are several.
    """
    known = [each for each in points if operation in (None, each.operation)]
    if operation is not None and not known:
        raise options.unknown("operation", operation, (each.operation for each in points))
    same = [each for each in known if f"/{text}/" in f"/{each.name}/"]
    if not same:
        longer = (name for each in known for name in (f"{each.process}/{each.point}", each.name))
        raise options.unknown("crash point", text, (each.point for each in known), longer=longer)
    if len(same) > 1:
        raise options.wrong(f"{text} is {len(same)} crash points, so say which: {_some(same)}.")
    return same[0]


def _some(points: Sequence[Point]) -> str:
    more = len(points) - SOME_MAX
    return ", ".join(each.name for each in points[:SOME_MAX]) + (f" and {more} more" if more > 0 else "")


def arm(url: str, token: str, point: Point, nth: int) -> None:
    """Tell the process to die when the operation comes by the point for the nth time. Raises Trouble."""
    fault = {
        "fault": "crash",
        "operation": point.operation,
        "point": point.point,
        "nth": nth,
        "for_s": ARMED_S,
    }
    try:
        answer = asked("POST", f"{url}/faults", token, fault)
    except Unanswered as error:
        raise Trouble(f"{point.process} does not answer ({error}): `harmony status` shows whether it runs.") from error
    if answer.status != CREATED:
        raise Trouble(f"{point.process} cannot be told to crash at {point.name}: {answer.words}.")


def table(described: Mapping[str, str], arms: Mapping[str, Sequence[Point]]) -> Table:
    """Every point that these arms have, what is true when a process dies there, and how many single crashes it is."""
    counts = Counter(point.point for points in arms.values() for point in points)
    rows = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    rows.add_column("crash point", no_wrap=True)
    rows.add_column("what is true when a process dies there")
    rows.add_column("crashes", justify="right")
    for name in (name for name in described if counts[name]):
        rows.add_row(name, described[name], str(counts[name]))
    return rows


def singles(points: Sequence[Point]) -> Table:
    """Every single crash of an arm: a row for each process and point, with the operations that come by there."""
    operations: dict[tuple[str, str], list[str]] = {}
    for each in points:
        operations.setdefault((each.process, each.point), []).append(each.operation)
    rows = Table.grid(padding=(0, 2))
    for (process, point), names in operations.items():
        rows.add_row(f"{process}/{point}", " ".join(names))
    return rows
