"""A recorded run in Prometheus: it tells what the records tell, under the names of a live run, and leaves nothing."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import replay
from benchmarks.checkers.records import DECIDED_BY
from benchmarks.replay import commits, metrics, openmetrics
from benchmarks.rows import read_rows, write_rows
from benchmarks.watcher.metrics import METRICS
from common.domain.events import EVENTS
from common.domain.milestones import milestone
from common.telemetry.meters import Meters
from tests.benchmarks import synthetic
from tests.orders import an_order
from tests.test_cli import MAIN, ROOT, told

SHAPE = synthetic.Shape(pairs=1, starts=1, fault_s=8.0)
ARM = "choreography-streams"
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not on PATH (Debian: apt-get install prometheus)"
)


def written(folder: Path) -> Path:
    """A made-up run with a fault, a count of messages, and a judge's word."""
    synthetic.write(folder, SHAPE)
    tried = list(read_rows(folder / "conformance.ndjson"))
    write_rows(folder / "conformance.ndjson", (row | {"under_load": row["edges"]} for row in tried))
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(manifest | {"ended": "2026-11-23T02:42:10.000000Z"}))
    checks = [
        {"id": "money", "ok": False, "looked_at": 90, "detail": "1,002 wrong. cents are missing", "arm": ARM},
        {"id": "stock", "ok": True, "looked_at": 91, "detail": "3 units taken", "arm": ARM},
        {"id": "conforms", "ok": True, "looked_at": 5, "detail": "it is what it says", "arm": ARM},
    ]
    (folder / "summary.json").write_text(json.dumps({"checks": checks}))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def samples(run: Path) -> list[replay.Sample]:
    return list(replay.samples(metrics.changes(replay.read(run))))


def last(samples: list[replay.Sample], name: str, suffix: str = "", **labels: str) -> float:
    """What a metric came to in the end, its series added up."""
    found: dict[object, float] = {}
    for sample in samples:
        if (sample.metric.name, sample.suffix) == (name, suffix) and labels.items() <= dict(sample.labels).items():
            found[sample.labels] = sample.value
    assert found, f"{name}{suffix} {labels} is not told"
    return sum(found.values())


def closed(run: Path, **fields: object) -> int:
    rows = read_rows(run / "orders.ndjson")
    return sum(row["closed_ms"] is not None and fields.items() <= row.items() for row in rows)


def test_it_counts_what_the_records_count(run: Path, samples: list[replay.Sample]) -> None:
    for status in ("completed", "cancelled"):
        found = last(samples, "harmony_order_closed_seconds", "_count", arm=ARM, outcome=status)
        assert found == closed(run, arm=ARM, status=status) > 0
    answered = [row for row in read_rows(run / "orders.ndjson") if row["arm"] == ARM]
    for code in (202, 422):
        expected = sum(row["http_status"] == code for row in answered)
        assert last(samples, "harmony_door_requests_total", arm=ARM, code=str(code)) == expected > 0
    charged = sum(row["arm"] == ARM and row["type"] == "OrderPayed" for row in read_rows(run / "events.ndjson"))
    assert last(samples, "harmony_operations_total", arm=ARM, operation="charge", outcome="accepted") == charged > 0
    cpu_ms = sum(row["cpu_ms"]["payment-1"] for row in read_rows(run / "blocks.ndjson") if row["arm"] == ARM)
    used_s = last(samples, "harmony_process_cpu_seconds_total", process="payment-1", pattern="choreography")
    assert used_s == pytest.approx(cpu_ms / 1000)
    assert last(samples, "harmony_messages_total", arm=ARM, source="payment", target="shipping") == 20


def test_an_order_that_no_customer_recorded_was_asked_for_all_the_same(run: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(run, tmp_path / "run")
    rows = list(read_rows(folder / "events.ndjson"))
    placed = next(row for row in rows if row["arm"] == ARM and row["type"] == "OrderPlaced")
    warm_up = placed | {"subject": "warm-up", "data": {"order": {"placed_ms": placed["time_ms"]}}}
    write_rows(folder / "events.ndjson", [*rows, warm_up])
    found = list(replay.samples(metrics.changes(replay.read(folder))))
    assert last(found, "harmony_door_requests_total", arm=ARM, code="2xx") == 1


def test_orders_are_open_while_payment_is_down_and_none_is_in_the_end(samples: list[replay.Sample]) -> None:
    open_now = [s for s in samples if s.metric is commits.OPEN and dict(s.labels)["arm"] == ARM]
    down = [
        s
        for s in samples
        if s.metric.name == "harmony_process_fault_active" and "choreography" in dict(s.labels).values()
    ]
    assert [s.value for s in down] == [0, 1, 0, 0]  # before, from the onset, from the end, and once more at the end
    during = [s.value for s in open_now if down[1].at_s + 2 <= s.at_s <= down[2].at_s]
    assert min(during) > 50
    assert open_now[-1].value == 0


def test_the_judges_word_stands_at_the_end_and_says_how_many_are_wrong(samples: list[replay.Sample]) -> None:
    assert last(samples, "harmony_invariant_violations", invariant="money") == 1_002
    assert last(samples, "harmony_invariant_violations", invariant="stock") == 0
    assert last(samples, "harmony_audit_looked_at", invariant="stock") == 91
    told = {value for s in samples for name, value in s.labels if name == "invariant"}
    assert told == {"money", "stock"}  # what is no invariant of the lab is not told as one


def test_names_kinds_and_labels_are_those_of_a_live_lab(samples: list[replay.Sample]) -> None:
    meters = Meters("choreography", "streams", "order")
    meters.operation("place", "accepted")
    meters.message("event", "payment", "shipping", 1)
    meters.answered(202)
    for clock, outcome in (("accepted", {}), ("decided", {"outcome": "x"}), ("closed", {"outcome": "x"})):
        meters.clock(clock, 0.1, **outcome)
    page, _ = meters.page()
    families = list(text_string_to_metric_families(page.decode()))
    live = {(f.name, f.type, frozenset(s.labels)) for f in families for s in f.samples if "created" not in s.name}
    ours = {each.name: each for each in METRICS}
    for sample in samples:
        labels, metric = dict(sample.labels), sample.metric
        job = labels.pop("job")
        labels.pop("instance")
        if job == "watcher":
            assert ours[metric.name].kind == metric.kind
            assert set(labels) == {"pattern", "transport", *ours[metric.name].labels}
        else:
            assert labels.pop("arm")
            assert (metric.name.removesuffix("_total"), metric.kind, frozenset(labels)) in live, sample
    bounds = {
        s.labels["le"]
        for f in families
        for s in f.samples
        if f.name == "harmony_order_closed_seconds" and "le" in s.labels
    }
    assert {value for s in samples for name, value in s.labels if name == "le"} == bounds


def test_the_clocks_stop_where_those_of_services_do() -> None:
    for kind in EVENTS:
        amount = [field.name for field in fields(kind) if field.name not in ("order", "reason")]
        event = kind(an_order(), "", *[3 for _ in amount])
        assert commits.MILESTONES.get(kind.__name__) == milestone(event)
        assert DECIDED_BY[kind.__name__] == (kind.source, kind.by)


def test_undoing_that_gave_nothing_back_was_not_accepted_and_settles_nothing() -> None:
    def released(quantity: int) -> dict[str, Any]:
        return {"type": "InventoryReleased", "data": {"quantity": quantity}}

    assert commits.accepted(released(2))
    assert not commits.accepted(released(0))


def test_every_series_is_told_in_every_second_so_that_a_rate_of_seconds_has_an_answer(
    samples: list[replay.Sample], tmp_path: Path
) -> None:
    with (tmp_path / "text").open("w") as file:
        openmetrics.write(samples, file)
    text = (tmp_path / "text").read_text()
    assert text.endswith("# EOF\n")
    name = f'harmony_orders_open{{arm="{ARM}"'
    seconds = [int(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name)]
    assert seconds == list(range(seconds[0], seconds[-1] + 1))
    assert len(seconds) > 20


@pytest.mark.parametrize(
    ("spoil", "code", "says"),
    [
        (lambda run: (run / "manifest.json").unlink(), 2, "is no run"),
        (lambda run: (run / "events.ndjson").unlink(), 1, "ended before its records were collected"),
        (lambda run: (run / "orders.ndjson").open("a").write('{"arm": '), 1, r"orders.ndjson is damaged in line "),
        (lambda run: (run / "summary.json").write_text("["), 1, "summary.json is damaged"),
        (lambda run: (run / "events.ndjson").write_text('{"arm": "choreography-streams"}\n'), 1, "not as this version"),
        (lambda run: (run / "manifest.json").write_text('{"arms": ["x"]}'), 1, "not known here: x"),
    ],
)
def test_a_damaged_run_is_told_in_one_sentence(run: Path, tmp_path: Path, spoil: Any, code: int, says: str) -> None:
    folder = shutil.copytree(run, tmp_path / "run")
    spoil(folder)
    refused = told(tmp_path / "home", "replay", str(folder), "--until-ready")
    assert refused.returncode == code, refused.stderr
    assert says in " ".join(refused.stderr.replace("\N{BOX DRAWINGS LIGHT VERTICAL}", " ").split())
    assert "Traceback" not in refused.stderr


def test_without_prometheus_it_is_said_what_to_install(run: Path, tmp_path: Path) -> None:
    refused = told(tmp_path / "home", "replay", str(run), knobs={"PATH": str(tmp_path)})
    assert refused.returncode == 3
    assert "apt install prometheus" in refused.stderr


class Replayed:
    """`harmony replay --json` while it shows a run."""

    def __init__(self, run: Path, folder: Path) -> None:
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
        command = [sys.executable, "-c", MAIN, "replay", str(run), "--json"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
        assert self.process.stdout is not None
        text = b""
        while line := self.process.stdout.readline():
            text += line
            if line == b"}\n":
                break
        self.told = json.loads(text)
        self.family = psutil.Process(self.process.pid).children(recursive=True)

    def value(self, query: str, at_s: float | None = None) -> float:
        asked = {"query": query, "time": at_s or self.told["to_ms"] / 1000}
        answer = httpx.get(f"{self.told['url']}/api/v1/query", params=asked, trust_env=False).json()
        assert answer["status"] == "success", answer
        return sum(float(each["value"][1]) for each in answer["data"]["result"])

    def gone(self) -> bool:
        return not psutil.wait_procs(self.family, timeout=10)[1]


@pytest.fixture
def replayed(run: Path) -> Iterator[Replayed]:
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        shown = Replayed(run, Path(folder))
        yield shown
        shown.process.kill()
        shown.process.wait()
        assert shown.gone()


@needs_prometheus
def test_prometheus_answers_as_if_it_had_been_there_and_leaves_with_its_reader(run: Path, replayed: Replayed) -> None:
    span_s = (replayed.told["to_ms"] - replayed.told["from_ms"]) / 1000
    count = closed(run, arm=ARM)
    assert replayed.value(f'sum(increase(harmony_order_closed_seconds_count{{arm="{ARM}"}}[{span_s:.0f}s]))') == (
        pytest.approx(count, rel=0.05)
    )
    (fault,) = [row for row in read_rows(run / "faults.ndjson") if row["arm"] == ARM]
    active = 'sum(harmony_process_fault_active{pattern="choreography"})'
    assert replayed.value(active, fault["onset_ms"] / 1000 + 2) == 1
    assert replayed.value(active, fault["ready_ms"] / 1000 + 2) == 0
    assert replayed.value("count(arm:harmony_orders_closed:rate15s)", fault["onset_ms"] / 1000) > 0
    assert replayed.process.stdin is not None
    replayed.process.stdin.close()
    assert replayed.process.wait(10) == 0
    assert replayed.gone()


@needs_prometheus
def test_when_the_replay_is_killed_its_prometheus_goes_too(replayed: Replayed) -> None:
    assert any("prometheus" in each.name() for each in replayed.family)
    replayed.process.send_signal(signal.SIGKILL)
    assert replayed.gone()


@needs_prometheus
def test_what_is_kept_can_be_served_again_and_is_never_overwritten(run: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = told(tmp_path / "home", "replay", str(run), "--until-ready", "--keep", str(kept))
    assert first.returncode == 0, first.stderr
    assert list((kept / "data").glob("*/meta.json"))
    assert f"--storage.tsdb.path={kept}/data" in first.stdout
    assert "http://" not in first.stdout, "who has left has no address"
    again = told(tmp_path / "home", "replay", str(run), "--until-ready", "--keep", str(kept))
    assert again.returncode == 2
    assert "new or empty" in again.stderr
