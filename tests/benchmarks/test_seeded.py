"""Seeded bugs: every unsafe switch has a plan that shows it, what is not caught is said, and one is caught for real."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks import checkers
from benchmarks.seeded import page
from benchmarks.seeded.bugs import BUGS, Bug
from benchmarks.seeded.running import chosen, run_seeded
from common.crash import POINTS
from common.unsafe import SWITCHES
from compose.arm import places
from compose.arms import ARMS
from tests.benchmarks.histories import good

INVARIANTS = {check.id for check in checkers.check(good().events, good().state(), [])}


def row(**changes: Any) -> dict[str, Any]:
    whole = {"switch": "no-dedupe", "what": "w", "how": "h", "arm": "orchestration-http", "invariant": "money"}
    fired = [{"id": "money", "detail": "too much"}]
    control = {"ok": True, "orders": 6, "fired": []}
    return whole | {"caught": True, "ok": True, "orders": 6, "fired": fired, "control": control} | changes


def shown(*rows: dict[str, Any]) -> str:
    page_ = StringIO()
    Console(width=200, file=page_).print(page.table(rows))
    return page_.getvalue()


def test_every_switch_has_one_plan() -> None:
    assert sorted(bug.switch for bug in BUGS) == sorted(SWITCHES)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.switch)
def test_a_plan_names_only_what_there_is(bug: Bug) -> None:
    names = {place.name for place in places(ARMS[bug.arm].with_replicas(bug.replicas), 20_000)}
    assert {trouble.process for trouble in bug.troubles} | {pause.process for pause in bug.pauses} <= names
    assert {trouble.point for trouble in bug.troubles if trouble.fault == "crash"} <= set(POINTS)
    assert bug.invariant in INVARIANTS


def test_one_bug_can_be_tried_alone_and_a_wrong_name_finds_the_nearest() -> None:
    assert [bug.switch for bug in chosen(["no-journal"])] == ["no-journal"]
    assert chosen([]) == list(BUGS)
    with pytest.raises(ValueError, match="did you mean no-journal"):
        chosen(["no-jurnal"])


def test_a_bug_that_was_not_caught_is_said() -> None:
    missed = row(caught=False, ok=False, fired=[])
    assert "no-dedupe was not caught: nothing, not money." in shown(missed)
    assert "0 of 1 seeded bugs caught, 1 of 1 controls clean." in shown(missed)


def test_another_invariant_than_the_one_that_must_fire_is_no_catch() -> None:
    other = row(caught=False, ok=False, fired=[{"id": "stock", "detail": "short"}])
    assert "no-dedupe was not caught: stock, not money." in shown(other)


def test_a_control_that_is_not_clean_is_said() -> None:
    control = {"ok": False, "orders": 6, "fired": [{"id": "stock", "detail": "short"}]}
    assert "The control of no-dedupe broke stock: short" in shown(row(ok=False, control=control))


def test_the_page_has_a_line_for_each_bug() -> None:
    text = page.markdown([row(), row(switch="no-journal")], seed=7)
    assert "| no-dedupe | w | h | orchestration-http | money | 6 | clean, 6 orders |" in text
    assert "| no-journal |" in text


def test_a_bug_is_caught_and_its_control_is_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    code = run_seeded(7, tmp_path, json=True, say=said.append, only=("xadd-retry",))
    told = json.loads(capsys.readouterr().out)
    assert (code, told["ok"]) == (0, True), told
    [caught] = told["seeded_bugs"]
    assert "no_ghosts" in {each["id"] for each in caught["fired"]}
    assert caught["orders"] > 0
    assert caught["control"]["orders"] > 0
    [folder] = tmp_path.iterdir()
    assert json.loads((folder / "seeded.json").read_text())["seeded_bugs"] == told["seeded_bugs"]
    assert "1 of 1 seeded bugs caught" in (folder / "seeded.md").read_text()
    assert said[-1].startswith("  xadd-retry: no_ghosts")
