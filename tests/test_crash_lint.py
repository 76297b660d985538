"""Crash points are of no effect unless armed, and the list of them is what the code comes by."""

from __future__ import annotations

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from benchmarks.crashes.cases import Part, cases
from benchmarks.crashes.kinds import KINDS
from common.crash import POINTS, Crashes
from common.domain.effect import name_of
from common.domain.events import EVENTS
from compose.arms import OWN, SERVICES
from compose.crashes import crash_points
from tests.house_tree import ROOT

SHELLS = ("common", "orchestration", "choreography")
AFTERWARDS = "lived on"


def reached() -> Iterator[str]:
    """The first argument of every call of `reach` or `_reach`, all over the code that an arm runs."""
    for house in SHELLS:
        for file in sorted((ROOT / house).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _called(node.func) in ("reach", "_reach") and node.args:
                    where = f"{file.relative_to(ROOT)}:{node.lineno}"
                    assert isinstance(node.args[0], ast.Constant), f"{where}: name the point in so many words"
                    yield str(node.args[0].value)


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_point_of_the_list_is_come_by_and_no_other() -> None:
    assert set(reached()) == set(POINTS), "common.crash.POINTS is the list of the points that the code comes by"


def test_every_enumerated_crash_point_exists() -> None:
    for arm in OWN.values():
        processes = {f"{role.service}-1" for role in arm.roles}
        for each in crash_points(arm):
            assert each.process in processes, f"{arm.name} has no {each.process}"
            assert each.point in POINTS, f"{each.name} of {arm.name} is no point of common.crash"


def test_no_crash_point_is_enumerated_twice() -> None:
    for arm in OWN.values():
        names = [each.name for each in crash_points(arm)]
        assert len(names) == len(set(names))


def test_every_operation_is_crashed_at_its_own_commit() -> None:
    for arm in OWN.values():
        enumerated = {each.name for each in crash_points(arm)}
        for service in SERVICES:
            for operation in import_module(f"common.domain.{service}").OPERATIONS:
                for point in ("commit.before", "commit.after"):
                    assert f"{service}-1/{point}/{name_of(operation)}" in enumerated


def test_some_order_comes_by_every_crash_point() -> None:
    never = [
        f"{arm.name}: {case.point.name}" for arm in OWN.values() for case in cases(arm, Part(), 7) if case.kind is None
    ]
    assert not never, f"{never}: no kind of order (benchmarks.crashes.kinds) brings that operation there"


def test_the_kinds_of_orders_do_every_operation_and_announce_every_event() -> None:
    operations = {name_of(each) for s in SERVICES for each in import_module(f"common.domain.{s}").OPERATIONS}
    assert {operation for kind in KINDS for operation in kind.steps} == operations
    assert {event for kind in KINDS for event in kind.steps.values()} == {event.__name__ for event in EVENTS}


def ended(code: str) -> tuple[int, str]:
    """How a process ends that does this to its crashes, and what it still said."""
    script = f"from common.crash import Crashes\ncrashes = Crashes()\n{code}\nprint({AFTERWARDS!r})"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout.strip()


def test_a_point_is_of_no_effect_unless_armed() -> None:
    everywhere = f"for point in {tuple(POINTS)}: crashes.reach(point, ['charge'])"
    assert ended(everywhere) == (0, AFTERWARDS)


@pytest.mark.parametrize(("point", "operation"), [("commit.before", "charge"), ("commit.after", "refund")])
def test_it_dies_at_no_other_point_and_with_no_other_operation(point: str, operation: str) -> None:
    code = f"crashes.arm('commit.after', 'charge')\ncrashes.reach({point!r}, [{operation!r}, 'ship'])"
    assert ended(code) == (0, AFTERWARDS)


def test_a_disarmed_process_lives() -> None:
    code = "crashes.arm('commit.after', 'charge')\ncrashes.disarm()\ncrashes.reach('commit.after', ['charge'])"
    assert ended(code) == (0, AFTERWARDS)


def test_a_process_dies_at_once_where_it_was_told_to() -> None:
    code = "crashes.arm('commit.after', 'charge')\ncrashes.reach('commit.after', ['ship', 'charge'])"
    assert ended(code) == (-signal.SIGKILL, "")


@pytest.mark.parametrize(("times", "dies"), [(2, False), (3, True)])
def test_it_dies_the_nth_time(times: int, dies: bool) -> None:
    code = f"crashes.arm('ack.before', 'place', 3)\nfor _ in range({times}): crashes.reach('ack.before', ['place'])"
    assert ended(code) == ((-signal.SIGKILL, "") if dies else (0, AFTERWARDS))


def test_in_a_batch_every_operation_counts() -> None:
    code = "crashes.arm('ack.before', 'place', 3)\ncrashes.reach('ack.before', ['place', 'place', 'ship', 'place'])"
    assert ended(code) == (-signal.SIGKILL, "")


def test_an_unknown_point_is_refused_with_the_names_of_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"there is no crash point 'comit'.*commit\.before.*enqueue\.after"):
        Crashes().arm("comit", "charge")
