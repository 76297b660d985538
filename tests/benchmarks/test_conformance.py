"""An arm that is not what its name says is refused: by its messages, and by the server's word."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import conformance_run, runner
from benchmarks.conformance import claim
from benchmarks.conformance_orders import MIX
from benchmarks.judge import judge
from benchmarks.judge.conformance import objections
from benchmarks.plan import Experiment, Phase
from benchmarks.report import tell
from benchmarks.rows import read_rows, write_rows
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab
from tests.benchmarks.synthetic import FIVE, Shape, tried, write

Row = dict[str, Any]
SEED = 7
ORCHESTRATED, CHOREOGRAPHED = "orchestration-http", "choreography-streams"
MISLABELLED = (
    replace(ARMS[CHOREOGRAPHED], name=ORCHESTRATED, pattern="orchestration", transport="http"),
    replace(ARMS[ORCHESTRATED], name=CHOREOGRAPHED, pattern="choreography", transport="streams"),
)
OTHER_WIRES = {
    "orchestration-http": "orchestration-streams",
    "orchestration-streams": "orchestration-http",
    "choreography-http": "choreography-streams",
    "choreography-streams": "choreography-http",
}
"""What an arm is called -> what it really is: the pattern is right, and the wire is not."""
HONEST = tuple(arm for name, arm in ARMS.items() if name not in (ORCHESTRATED, CHOREOGRAPHED))


SHORT = Experiment("short", "Are they what they say?", (Phase("measure", seconds=0.3, rate=20),))


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    """All arms in one lab, two of which bear each other's name."""
    with start_lab([*MISLABELLED, *HONEST], Settings(seed=SEED)) as client:
        yield client


@pytest.fixture(scope="module")
def seen(lab: LabClient) -> dict[str, Row]:
    """What is seen of each."""
    rows = conformance_run.look(lab, [arm.name for arm in (*MISLABELLED, *HONEST)], SEED, Settings(seed=SEED), start=0)
    return {row["arm"]: row for row in rows}


@pytest.fixture(scope="module")
def miswired() -> dict[str, Row]:
    """What is seen of arms that bear the name of the other wire; their processes say that name, too."""
    arms = [replace(ARMS[real], name=name, transport=ARMS[name].transport) for name, real in OTHER_WIRES.items()]
    with start_lab(arms, Settings(seed=SEED)) as client:
        rows = conformance_run.look(client, list(OTHER_WIRES), SEED, Settings(seed=SEED), start=0)
    return {row["arm"]: row for row in rows}


def wrong(row: Row) -> str:
    """Everything that is held against an arm."""
    return "; ".join(objections(row, row["arm"].partition("-")[0]))


def changed(arm: str, **fields: Any) -> Row:
    return whole(arm) | fields


def whole(arm: str) -> Row:
    """A row with the words of every witness, of an arm that is what its name says."""
    row, wanted = tried(arm), claim(arm)
    said = arm.split("-")
    return row | {
        "wanted": dict(row["outcomes"]),
        "recalled": 8,
        "said": {"order-1": said, "payment-1": said},
        "performed": {"order": 20, "payment": 20},
        "quiet_readers": sorted(list(each) for each in wanted.quiet),
        "declared_carriers": sorted(list(each) for each in wanted.carriers),
        "carriers": [[stream.replace("*", "A"), group, f"{by}-1"] for stream, group, by in sorted(wanted.carriers)],
        "under_load": row["edges"],
    }


def test_a_choreography_that_is_called_an_orchestration_is_refused(seen: dict[str, Row]) -> None:
    told = wrong(seen[ORCHESTRATED])
    assert "not orchestration: commands are sent by nobody" in told
    assert "services talk to each other: inventory -event-> notification" in told
    assert "declared and never seen: orchestrator -command-> inventory" in told
    assert "by the server's word, and not declared: " in told
    assert "shipping reads {order}:events:OrderExpired" in told


def test_an_orchestration_that_is_called_a_choreography_is_refused(seen: dict[str, Row]) -> None:
    told = wrong(seen[CHOREOGRAPHED])
    assert "not choreography: there is command, reply" in told
    assert "orchestrator takes part" in told
    assert "declared, and by the server's word never read" in told


@pytest.mark.parametrize(
    ("arm", "told"),
    [
        ("orchestration-http", "streams for commands that are not declared: {inventory}:commands"),
        ("orchestration-streams", "by the server's word never read: inventory reads {inventory}:commands"),
        ("choreography-http", "and not declared: notification reads {inventory}:events:InventoryReleased for notif"),
        ("choreography-streams", "and not declared: inventory reads {inventory}:events:InventoryReleased for notif"),
    ],
)
def test_an_arm_on_another_wire_than_it_says_is_refused(miswired: dict[str, Row], arm: str, told: str) -> None:
    row = miswired[arm]
    assert told in wrong(row)
    assert {(kind, source, target) for kind, source, target, _ in row["edges"]} == claim(arm).edges, "no edge tells"
    assert set(map(tuple, row["said"].values())) == {tuple(arm.split("-"))}, "nor does its label"


def test_a_run_of_mislabelled_arms_fails_and_compares_nothing(lab: LabClient, tmp_path: Path) -> None:
    names = [arm.name for arm in MISLABELLED]
    folder = runner.run(SHORT, names, SEED, out=tmp_path, settings=Settings(seed=SEED), lab=lab)
    summary = json.loads((folder / "summary.json").read_text())
    assert not summary["ok"], "so that the command ends with 1"
    assert {("conforms", name) for name in names} <= set(failed(summary))
    assert all(row["verdict"].startswith("refused") for row in summary["comparisons"])
    assert any("not compared" in sentence and "not what its name says" in sentence for sentence in summary["headline"])


@pytest.mark.parametrize("arm", [arm.name for arm in HONEST])
def test_an_arm_that_is_what_its_name_says_passes_on_orders_of_every_outcome(seen: dict[str, Row], arm: str) -> None:
    assert wrong(seen[arm]) == ""
    assert seen[arm]["outcomes"] == MIX, f"seed {SEED}"
    assert seen[arm]["recalled"] > 0, "a late order is undone from the shipment back"


def test_what_is_declared_is_read_off_the_code() -> None:
    assert ("event", "order", "inventory") in claim("choreography-http").edges
    http, streams = claim("choreography-http"), claim("choreography-streams")
    assert (http.edges, http.readers) == (streams.edges, streams.readers), "the pattern is the same"
    assert ("{order}:events:OrderPlaced", "inventory", "inventory") in streams.carriers - http.carriers
    assert ("{order}:events:OrderPlaced", "inventory", "order") in http.carriers - streams.carriers
    assert ("command", "orchestrator", "payment") in claim("orchestration-streams").edges
    assert ("job", "orchestrator", "worker") in claim("orchestration-rq").edges
    assert ("reply", "payment", "worker") in claim("orchestration-rq").edges
    assert claim("orchestration-http").readers == frozenset(), "over HTTP nobody reads a stream"


@pytest.mark.parametrize("arm", FIVE)
def test_a_missing_edge_is_refused(arm: str) -> None:
    assert wrong(whole(arm)) == ""
    assert wrong(tried(arm)) == "", "a record of a time when there were fewer witnesses"
    *rest, last = tried(arm)["edges"]
    kind, source, target, _ = last
    assert f"declared and never seen: {source} -{kind}-> {target}" in wrong(changed(arm, edges=rest))
    assert "never seen" in wrong(changed(arm, edges=[*rest, [kind, source, target, 0]])), "a count of 0 is not seen"


@pytest.mark.parametrize("arm", FIVE)
def test_an_edge_that_nobody_declared_is_refused(arm: str) -> None:
    edges = [*tried(arm)["edges"], ["event", "order", "payment", 1]]
    assert "seen and not declared: order -event-> payment" in wrong(changed(arm, edges=edges))


def test_two_nodes_that_send_commands_are_no_orchestration() -> None:
    edges = [*tried(ORCHESTRATED)["edges"], ["command", "order", "payment", 1]]
    assert "commands are sent by orchestrator, order, and not by one node" in wrong(changed(ORCHESTRATED, edges=edges))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"orders": 0, "closed": 0, "outcomes": {}}, "no order was tried"),
        ({"closed": 49}, "1 of 50 orders were not closed"),
        ({"outcomes": {"completed": 50}}, "no order ended as payment_declined"),
        ({"edges": None}, "a process would not say"),
        ({"readers": None}, "the server would not say"),
        ({"carriers": None}, "the server would not say who reads for whom"),
        ({"under_load": None}, "after the load a process would not say"),
        ({"under_load": [["command", "payment", "shipping", 1]]}, "under load and not declared: payment -command->"),
        ({"recalled": 0}, "undone from the shipment back"),
        ({"wanted": {"completed": 11, "deadline": 9}}, "10 completed and not 11"),
        ({"said": {"order-1": None}}, "order-1 would not say what it is part of"),
        ({"said": {"order-1": ["choreography", "rq"]}}, "order-1 says that it is part of choreography-rq"),
        ({"edges": []}, "declared and never seen"),
        ({"declared": [], "edges": []}, "nothing was declared"),
        ({"traced": None}, "no order was traced"),
        ({"traced": {"orders": 50, "connected": 3, "edges": []}}, "have no trace that hangs together"),
        ({"traced": {"orders": 50, "connected": 50, "edges": []}}, "declared and in no trace: "),
        (
            {"traced": {"orders": 50, "connected": 50, "edges": [["command", "payment", "shipping"]]}},
            "traced and not declared: payment -command-> shipping",
        ),
    ],
)
@pytest.mark.parametrize("arm", [ORCHESTRATED, CHOREOGRAPHED])
def test_what_was_not_seen_is_not_a_pass(arm: str, fields: Row, told: str) -> None:
    assert told in wrong(changed(arm, **fields))


def test_whoever_is_asked_by_somebody_who_does_not_count_it_is_a_witness() -> None:
    row = changed(ORCHESTRATED, performed={"payment": 21})
    assert "payment performed 21 operations on 20 commands: somebody else asked it" in wrong(row)
    assert "would not say what it performed" in wrong(changed(ORCHESTRATED, performed=None))
    assert wrong(changed(CHOREOGRAPHED, performed={"payment": 21})) == "", "the door and the clock ask there, too"


def test_a_load_that_nobody_looked_at_is_not_a_pass(tmp_path: Path) -> None:
    write(tmp_path, Shape(pairs=2, block_s=0.5, fault_s=4.0, starts=2))
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"conformance_loads": 2}))
    assert failed(judge(tmp_path)) == [("conforms", ORCHESTRATED), ("conforms", CHOREOGRAPHED)]


def test_the_server_is_a_witness_of_its_own() -> None:
    readers = tried(CHOREOGRAPHED)["readers"]
    still = [readers[0] | {"moved": False}, *readers[1:]]
    assert "never read" in wrong(changed(CHOREOGRAPHED, readers=still)), "a group that reads nothing hears nothing"
    stranger = readers[0] | {"stream": "{payment}:events:OrderPayed", "group": "order"}
    assert "order reads {payment}" in wrong(changed(CHOREOGRAPHED, readers=[*readers, stranger]))
    commands = readers[0] | {"stream": "{payment}:commands", "group": ""}
    assert "streams for commands that are not declared" in wrong(changed(CHOREOGRAPHED, readers=[*readers, commands]))


def run_with(folder: Path, change: Callable[[Row], Row | None]) -> dict[str, Any]:
    """The summary of a made-up run whose rows were changed, or left out where the change says None."""
    write(folder, Shape(pairs=2, block_s=0.5, fault_s=4.0, starts=2))
    rows = [change(row) for row in read_rows(folder / conformance_run.FILE)]
    write_rows(folder / conformance_run.FILE, [row for row in rows if row is not None])
    return judge(folder)


def failed(summary: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(check["id"], check["arm"]) for check in summary["checks"] if not check["ok"]]


def test_a_run_whose_arm_is_not_what_it_says_fails_is_not_compared_and_says_so(tmp_path: Path) -> None:
    seen = run_with(tmp_path, lambda row: row | {"edges": row["edges"][1:]} if row["arm"] == ORCHESTRATED else row)
    assert not seen["ok"], "so that the command ends with 1"
    assert failed(seen) == [("conforms", ORCHESTRATED)]
    assert all(row["verdict"] == f"refused: {ORCHESTRATED} is not what its name says" for row in seen["comparisons"])
    assert any(f"VIOLATED in {ORCHESTRATED}: conforms" in sentence for sentence in seen["headline"])
    assert "declared and never seen" in tell(tmp_path).read_text(encoding="utf-8")


def test_every_start_of_the_lab_is_tried(tmp_path: Path) -> None:
    seen = run_with(tmp_path, lambda row: None if row["start"] == 1 and row["arm"] == CHOREOGRAPHED else row)
    assert failed(seen) == [("conforms", CHOREOGRAPHED)]


def test_a_run_in_which_nobody_looked_is_not_a_pass(tmp_path: Path) -> None:
    assert failed(run_with(tmp_path, lambda _: None)) == [("conforms", ORCHESTRATED), ("conforms", CHOREOGRAPHED)]
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(manifest | {"conformance_starts": None}))
    older = judge(tmp_path)
    assert older["ok"], "a run of a time when nobody could look"
    assert any("was not checked in this run" in sentence for sentence in older["headline"])
