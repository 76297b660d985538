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
from benchmarks.seeded.provoked import happened, name_of, wanted
from benchmarks.seeded.running import chosen, run_seeded
from benchmarks.seeded.trial import Outcome
from common.crash import POINTS
from common.unsafe import SWITCHES
from compose.arm import places
from compose.arms import ARMS
from tests.benchmarks.histories import good

INVARIANTS = {check.id for check in checkers.check(good().events, good().state(), [])}


def row(**changes: Any) -> dict[str, Any]:
    whole = {"switch": "no-dedupe", "what": "w", "how": "h", "arm": "orchestration-http", "invariant": "money"}
    fired = [{"id": "money", "detail": "too much"}]
    control = {"ok": True, "orders": 6, "fired": [], "untried": ""}
    found = {"caught": True, "ok": True, "orders": 6, "fired": fired, "untried": "", "control": control}
    return whole | found | changes


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
    control = {"ok": False, "orders": 6, "fired": [{"id": "stock", "detail": "short"}], "untried": ""}
    assert "The control of no-dedupe broke stock: short" in shown(row(ok=False, control=control))


def test_what_was_never_provoked_is_neither_caught_nor_a_control() -> None:
    why = "crash charge at payment-1 never happened"
    assert f"no-dedupe was not caught: not tried: {why}." in shown(row(caught=False, ok=False, untried=why))
    control = {"ok": False, "orders": 6, "fired": [], "untried": why}
    assert f"The control of no-dedupe proves nothing: {why}." in shown(row(ok=False, control=control))
    outcome = Outcome(fired={"money": "too much"}, happened={"crash charge at payment-1": 0, "orders came": 4})
    assert outcome.untried == why
    assert Outcome(rested=False, happened={"orders came": 4}).untried == "orders were still under way at the audit"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.switch)
def test_nothing_happened_where_nobody_came_and_nothing_was_broken(bug: Bug) -> None:
    found = happened(bug, {}, {}, 0.0, [], [])
    assert wanted(bug)
    assert not any(found[name] for name in wanted(bug))


def test_a_slow_operation_counts_when_orders_came_while_it_was_slow() -> None:
    bug = next(bug for bug in BUGS if bug.switch == "no-undo-marks")
    [slow] = bug.troubles
    came = {"order_id": "a", "told": ["a"], "taken_ms": 500.0}
    assert happened(bug, {slow: 2.0}, {slow: 5.0}, 0.0, [came], [])[name_of(slow)] == 3
    assert happened(bug, {slow: 2.0}, {slow: 5.0}, 0.0, [came | {"taken_ms": 1_001.0}], [])[name_of(slow)] == 0


def test_the_table_fits_a_narrow_terminal_with_every_name_whole() -> None:
    page_ = StringIO()
    Console(width=80, file=page_).print(page.table([row(switch=bug.switch, arm=bug.arm) for bug in BUGS]))
    assert all(bug.switch in page_.getvalue() and bug.arm in page_.getvalue() for bug in BUGS)


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
    assert caught["happened"] == {"orders came": caught["orders"]}
    [folder] = tmp_path.iterdir()
    assert json.loads((folder / "seeded.json").read_text())["seeded_bugs"] == told["seeded_bugs"]
    assert "1 of 1 seeded bugs caught" in (folder / "seeded.md").read_text()
    assert said[-1].startswith("  xadd-retry: no_ghosts")
