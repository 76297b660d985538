"""Who names whom, read off the sources: what the lab's own code says, and what a changed copy of it says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.coupling.martin import measured
from benchmarks.coupling.needs import expected, needs
from benchmarks.coupling.sources import ROOT, Sources
from benchmarks.coupling.static import Dependency, static
from compose.arms import ARMS, SERVICES

NOBODY = {"ca": 0, "ce": 0, "instability": None}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A source tree of one's own, as far as it is looked into."""
    for house in ("common/domain", "orchestration", "choreography"):
        shutil.copytree(ROOT / house, tmp_path / house, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "compose").mkdir()
    shutil.copy(ROOT / "compose" / "arms.py", tmp_path / "compose")
    return tmp_path


OURS = Sources()


def view(arm: str, root: Path | None = None) -> dict[str, Any]:
    return static(ARMS[arm], Sources(root) if root else OURS)


def named(seen: dict[str, Any], source: str, *kinds: str) -> set[tuple[str, str]]:
    """(whom, what) that it names."""
    return {
        (each["target"], each["what"])
        for each in seen["dependencies"]
        if each["source"] == source and each["kind"] in kinds
    }


def changed(copy: Path, file: str, old: str, new: str) -> Path:
    """The copy with one place in it rewritten."""
    text = (copy / file).read_text(encoding="utf-8")
    assert old in text
    (copy / file).write_text(text.replace(old, new), encoding="utf-8")
    return copy


@pytest.mark.parametrize("arm", ["orchestration-http", "orchestration-streams"])
def test_the_orchestrator_depends_on_five_and_no_service_on_anybody(arm: str) -> None:
    measures = view(arm)["measures"]
    assert measures["orchestrator"]["contracts"] == {"ca": 0, "ce": 5, "instability": 1.0}
    assert measures["orchestrator"]["addresses"] == {"ca": 0, "ce": 5, "instability": 1.0}
    assert all(measures[each]["together"] == {"ca": 1, "ce": 0, "instability": 0.0} for each in SERVICES)


def test_behind_a_queue_the_worker_names_the_services_and_the_orchestrator_only_the_job() -> None:
    seen = view("orchestration-rq")
    assert {whom for whom, _ in named(seen, "worker", "operation")} == set(SERVICES)
    assert named(seen, "orchestrator", "operation", "address") == set()
    assert {whom for whom, _ in named(seen, "orchestrator", "job")} == {"worker"}
    assert {whom for whom, _ in named(seen, "worker", "store")} == {"orchestrator"}


def test_a_choreographed_service_names_the_events_that_it_reacts_to_and_no_address() -> None:
    seen = view("choreography-streams")
    assert named(seen, "inventory", "event") == {
        ("order", "OrderPlaced"),
        ("payment", "PaymentDeclined"),
        ("payment", "PaymentRefunded"),
    }
    assert not [each for each in seen["dependencies"] if each["kind"] in ("operation", "address", "handed")]
    assert all(each["addresses"] == NOBODY for each in seen["measures"].values())


def test_over_http_addresses_are_handed_over_and_the_contracts_stay_the_same() -> None:
    seen, streams = view("choreography-http"), view("choreography-streams")
    assert named(seen, "order", "handed") == {
        ("inventory", "address for OrderPlaced"),
        ("shipping", "address for OrderExpired"),
    }
    assert not [each for each in seen["dependencies"] if each["kind"] == "address"]
    contracts = [{name: each["contracts"] for name, each in one["measures"].items()} for one in (seen, streams)]
    assert contracts[0] == contracts[1]


def test_every_dependency_has_a_line_that_says_so() -> None:
    for arm in ("orchestration-streams", "choreography-http"):
        for each in view(arm)["dependencies"]:
            file, _, line = each["at"].partition(":")
            text = (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1]
            said = "EVENTS" in text or each["what"] in text
            assert said or each["kind"] in ("address", "handed", "stream"), (each, text)


def test_a_reaction_more_is_a_dependency_more(copy: Path) -> None:
    page = "choreography/payment.py"
    changed(copy, page, "import InventoryUpdated, ", "import CustomerNotified, InventoryUpdated, ")
    changed(copy, page, "REACTIONS = {\n", "REACTIONS = {\n    CustomerNotified: payment.charge,\n")
    seen = view("choreography-streams", copy)
    assert ("notification", "CustomerNotified") in named(seen, "payment", "event")
    assert seen["measures"]["payment"]["contracts"]["ce"] == 3
    assert seen["measures"]["notification"]["contracts"]["ca"] == 2
    place = next(each for each in seen["flow"] if each["file"] == page)
    assert place["operations"].count("charge") == 2


def test_a_step_less_is_a_dependency_less(copy: Path) -> None:
    root = changed(copy, "orchestration/saga.py", "    Step(shipping.ship, undo=shipping.recall),\n", "")
    seen = view("orchestration-http", root)
    assert ("shipping", "ship") not in named(seen, "orchestrator", "operation")
    assert seen["measures"]["orchestrator"]["contracts"]["ce"] == 4


def test_what_is_imported_and_not_used_is_not_named(copy: Path) -> None:
    page = "choreography/payment.py"
    root = changed(copy, page, "import InventoryUpdated, ", "import CustomerNotified, InventoryUpdated, ")
    assert ("notification", "CustomerNotified") not in named(view("choreography-streams", root), "payment", "event")


def test_a_service_that_asks_another_is_caught(copy: Path) -> None:
    page = "choreography/payment.py"
    changed(copy, page, "import payment\n", "import payment, shipping\n")
    root = changed(copy, page, "InventoryUpdated: payment.charge", "InventoryUpdated: shipping.ship")
    assert ("shipping", "ship") in named(view("choreography-streams", root), "payment", "operation")


def test_the_flow_stands_on_one_page_or_in_many_places() -> None:
    one, many = view("orchestration-http")["flow"], view("choreography-streams")["flow"]
    assert [each["file"] for each in one] == ["orchestration/saga.py"]
    assert {f"choreography/{each}.py" for each in SERVICES} < {each["file"] for each in many}
    doors = [each for each in many if each["file"] in ("choreography/entry.py", "choreography/deadlines.py")]
    assert [each["components"] for each in doors] == [["order"], ["order"]]  # who has no door does not build it


def test_code_that_cannot_be_found_is_unknown_and_not_independent() -> None:
    arm = ARMS["choreography-streams"]
    elsewhere = replace(arm, roles=(replace(arm.roles[0], main="nowhere.at_all:run"), *arm.roles[1:]))
    assert "nowhere.at_all:run" in static(elsewhere, OURS)["unknown"]


def test_instability_counts_others_once_however_often_they_are_named() -> None:
    dependencies = [
        Dependency("a", "b", "event", "One", "x:1"),
        Dependency("a", "b", "event", "Two", "x:2"),
        Dependency("c", "a", "event", "Three", "x:3"),
        Dependency("a", "a", "event", "Own", "x:4"),
    ]
    found = measured(("a", "b", "c", "d"), dependencies, {"contracts": ("event",)})
    assert found["a"]["contracts"] == {"ca": 1, "ce": 1, "instability": 0.5}
    assert found["b"]["contracts"] == {"ca": 1, "ce": 0, "instability": 0.0}
    assert found["d"]["contracts"] == NOBODY


def test_what_an_order_needs_is_read_off_the_flow() -> None:
    rq, events = needs(ARMS["orchestration-rq"]), needs(ARMS["choreography-http"])
    assert rq["accept"] == ["orchestrator"]
    assert rq["decide"] == ["orchestrator", "worker", "order", "inventory", "payment"]
    assert events["decide"] == ["order", "inventory", "payment"]
    assert set(events["close"]) == set(SERVICES)
    assert expected(events, "shipping", "redis") == {"accept": "yes", "decide": "yes", "close": "no"}
    assert set(expected(events, "redis", "redis").values()) == {"no"}
