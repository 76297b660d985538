"""An arm that the lab does not know, from its entry point on: as sound as the lab's own, and as strictly judged.

The whole suite for it, when it is installed: HARMONY_TEST_ARMS=orchestration-taskiq pytest tests/arms
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import checkers, history, runner
from benchmarks.commands import options
from benchmarks.conformance import claim
from benchmarks.conformance_orders import MIX
from benchmarks.ledger import Told, differences, ledger
from benchmarks.plan import Experiment, Phase
from benchmarks.servers import Observed
from common.settings import Settings
from compose.arm import Arm
from compose.arms import ARMS, OWN
from compose.crashes import crash_points
from compose.local.client import LabClient, start_lab
from tests.arms.registered import registered
from tests.arms.test_door import BODY, PATIENT, place
from tests.arms.test_kills import orders_with_a_kill
from tests.arms.test_undoing import eventually, put_on

NAME, FALSE = "orchestration-taskiq", "orchestration-http"
SETTINGS = Settings(seed=7)
SHORT = Experiment("short", "Is it taken as any other?", (Phase("measure", seconds=0.3, rate=20),))


@pytest.fixture(scope="module")
def arm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arm]:
    with registered("taskiq_arm", tmp_path_factory.mktemp("site")):
        yield ARMS[NAME]


@pytest.fixture(scope="module")
def lab(arm: Arm) -> Iterator[LabClient]:
    """The outside arm, and a copy of it that says that it is one of the lab's own."""
    with start_lab([arm, replace(arm, name=FALSE, transport="http")], SETTINGS) as client:
        yield client


def test_a_run_takes_it_as_any_other_and_refuses_a_copy_under_another_name(lab: LabClient, tmp_path: Path) -> None:
    folder = runner.run(SHORT, [NAME, FALSE], 7, out=tmp_path, settings=SETTINGS, lab=lab)
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    failed = {(check["id"], check["arm"]): check["detail"] for check in summary["checks"] if not check["ok"]}
    assert list(failed) == [("conforms", FALSE)], failed
    assert "never seen: orchestrator -command-> inventory" in failed["conforms", FALSE]
    assert "orchestrator -job-> worker" in failed["conforms", FALSE], "what a copy of it does under a name of the lab"
    conforms = {check["arm"]: check["looked_at"] for check in summary["checks"] if check["id"] == "conforms"}
    assert conforms[NAME] == sum(MIX.values()), "orders of every outcome"
    assert summary["arms"][NAME]["transport"] == "taskiq"
    assert all(row["verdict"].startswith("refused") for row in summary["comparisons"])


def test_what_it_declares_with_its_reason_is_no_reason_to_refuse(arm: Arm) -> None:
    told = Told({"worker-1": {}}, ["worker"])
    ledgers = {each.name: ledger(each, told, Observed()) for each in (arm, OWN[FALSE])}
    (declared,) = arm.differs
    assert ledgers[NAME]["declared_differences"] == {declared.condition: declared.reason}
    assert ledgers[NAME]["orders_at_once"] != ledgers[FALSE]["orders_at_once"]
    assert "orders_at_once" not in differences(ledgers)


def test_its_queue_keeps_nothing_that_is_done(lab: LabClient) -> None:
    door = lab.status()["arms"][NAME]["door"]
    assert {place(door, PATIENT, **BODY).json()["status"] for _ in range(3)} == {"completed"}
    with history.reading(lab.credentials(NAME, "auditor")) as redis:
        eventually(lambda: redis.xlen("{orchestrator}:jobs") <= 1, "jobs that are done are still there")


def test_a_worker_that_is_asked_to_stop_under_load_leaves_what_it_has_in_hands_to_others(lab: LabClient) -> None:
    door = lab.status()["arms"][NAME]["door"]
    put_on(lab, NAME, "payment", fault="slow", operation="charge", delay_ms=1_000, for_s=4)
    placed = [place(door, **BODY).json()["order_id"] for _ in range(10)]
    with history.reading(lab.credentials(NAME, "auditor")) as redis:
        eventually(lambda: _in_hands(redis) == len(placed), "the jobs are in hands")
        lab.signal(NAME, "worker-1", "stop")
        eventually(lambda: _state(lab, "worker-1") == "stopped", "it has left")
        log = (lab.home / "logs" / NAME / "worker-1.log").read_text(encoding="utf-8")
        assert "Traceback" not in log, log
        assert _in_hands(redis) == 0, "they wait for the lease of whoever has left"
        lab.signal(NAME, "worker-1", "start")
    eventually(lambda: not history.open_orders(lab.credentials(NAME, "auditor")), "the orders are closed")


def _in_hands(redis: Any) -> int:
    return sum(redis.scard(each) for each in redis.scan_iter("{orchestrator}:owned:worker-*"))


def _state(lab: LabClient, process: str) -> str:
    return next(str(each["state"]) for each in lab.status()["arms"][NAME]["processes"] if each["name"] == process)


@pytest.mark.parametrize("victim", ["worker-1", "orchestrator-1"])
def test_a_kill_under_load_loses_nothing(lab: LabClient, victim: str) -> None:
    accepted = orders_with_a_kill(lab, NAME, victim, seed=len(victim))
    assert accepted
    auditor = lab.credentials(NAME, "auditor")
    eventually(lambda: not history.open_orders(auditor), "orders are open long after their deadline")
    snapshot = history.collect(auditor, NAME)
    checks = checkers.check(snapshot.events, snapshot.state, None, at_rest=True)
    assert [check for check in checks if not check.ok] == []
    closed = {row["order_id"] for row in snapshot.state if row["kind"] == "order" and row["service"] == "order"}
    assert set(accepted) <= closed


def test_it_is_asked_for_by_its_name_and_all_are_the_labs_own(arm: Arm) -> None:
    assert options.arms("all") == tuple(OWN)
    assert options.arms(f"{FALSE},{arm.name}") == (FALSE, NAME)
    assert options.arms(f"all,{arm.name}") == (*OWN, NAME)


def test_its_crash_points_are_enumerated(arm: Arm) -> None:
    names = {point.name for point in crash_points(arm)}
    assert {"orchestrator-1/enqueue.after/job", "worker-1/journal.before/charge"} <= names
    assert "payment-1/reply.before/refund" in names


def test_what_it_claims_follows_from_its_description(arm: Arm) -> None:
    assert claim(NAME).edges == claim("orchestration-rq").edges, "another library, and the same pattern"
    assert claim(NAME).carriers == {("{orchestrator}:jobs", "orchestrator", "worker")}
