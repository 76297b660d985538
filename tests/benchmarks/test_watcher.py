"""The watcher beside a real lab: what it says when something waits, is away, is set aside, or is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks import story
from benchmarks.watcher import beside
from benchmarks.watcher.metrics import METRICS
from benchmarks.watcher.processes import VISIBLE_MS, downs
from common.settings import Settings
from common.store import keys
from common.store.embedded import connect_once
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab
from compose.local.companion import Companion, ports_beside
from compose.local.plan import Plan
from compose.local.ports import is_free

CHOREOGRAPHY, CONDUCTED, QUEUED = "choreography-streams", "orchestration-http", "orchestration-rq"
SETTINGS = Settings(deadline_s=60, skus=5)  # nothing that a test holds up expires meanwhile
PATIENCE_S = 20.0
JSON = {"content-type": "application/json"}
HEARS = {"service": "payment", "stream": "{inventory}:events:InventoryUpdated"}

Labels = dict[str, str]


class Watched:
    """A lab, and what its watcher says of it."""

    def __init__(self, lab: LabClient, url: str) -> None:
        self.lab, self.url = lab, url

    def page(self) -> list[tuple[str, Labels, float]]:
        text = httpx.get(f"{self.url}/metrics", timeout=5, trust_env=False).text
        return [(s.name, s.labels, s.value) for family in text_string_to_metric_families(text) for s in family.samples]

    def values(self, name: str, arm: str, **labels: str) -> list[float]:
        """The values of the series of an arm that have at least these labels."""
        pattern, _, transport = arm.partition("-")
        wanted = {"pattern": pattern, "transport": transport, **labels}
        return [value for each, has, value in self.page() if each == name and wanted.items() <= has.items()]

    def until(self, name: str, arm: str, true: Callable[[list[float]], bool], **labels: str) -> list[float]:
        """The values, as soon as they are as they should be."""
        give_up = time.monotonic() + PATIENCE_S
        while not true(found := self.values(name, arm, **labels)):
            assert time.monotonic() < give_up, f"{name} {arm} {labels} is {found} after {PATIENCE_S} s"
            time.sleep(0.05)
        return found

    def orders(self, arm: str, count: int = 1) -> None:
        """Place orders, without waiting for them."""
        door = self.lab.status()["arms"][arm]["door"]
        for _ in range(count):
            body = story.order_like("completed", SETTINGS.seed, SETTINGS.skus)
            answer = httpx.post(f"{door}/orders", content=body, headers=JSON, timeout=5, trust_env=False)
            assert answer.status_code == 202


def is_(*values: float) -> Callable[[list[float]], bool]:
    return lambda found: found == list(values)


def above(least: float) -> Callable[[list[float]], bool]:
    return lambda found: bool(found) and max(found) > least


def beside_a_test(plan: Plan) -> list[Companion]:
    (port,) = ports_beside(plan, [beside.PORT])
    return [beside.watcher(plan, port)]


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    arms = [ARMS[name] for name in (CHOREOGRAPHY, CONDUCTED, QUEUED)]
    with start_lab(arms, SETTINGS, beside=beside_a_test) as lab:
        yield Watched(lab, lab.status()["beside"][0]["url"])


def test_it_tells_of_every_process_and_of_what_the_lab_was_started_with(watched: Watched) -> None:
    names = [each["name"] for each in watched.lab.status()["arms"][CHOREOGRAPHY]["processes"]]
    watched.until("harmony_process_up", CHOREOGRAPHY, is_(*[1.0] * len(names)))
    for name in names:
        watched.until("harmony_process_cpu_seconds_total", CHOREOGRAPHY, above(0), process=name)
        assert above(2**20)(watched.values("harmony_process_memory_bytes", CHOREOGRAPHY, process=name))
        assert above(2)(watched.values("harmony_process_open_files", CHOREOGRAPHY, process=name))
        assert watched.values("harmony_process_starts_total", CHOREOGRAPHY, process=name) == [1]
    assert watched.values("harmony_slo_seconds", CHOREOGRAPHY) == [SETTINGS.slo_s]
    assert watched.values("harmony_deadline_seconds", CHOREOGRAPHY) == [SETTINGS.deadline_s]


def test_every_metric_of_its_table_is_told(watched: Watched) -> None:
    for arm in (CHOREOGRAPHY, QUEUED):
        watched.orders(arm)
        watched.until("harmony_audit_looked_at", arm, above(0), invariant="stock")
    assert {name for name, _, _ in watched.page()} == {metric.name for metric in METRICS}


def test_what_a_paused_service_has_not_heard_grows_old_and_is_gone_when_it_goes_on(watched: Watched) -> None:
    watched.lab.signal(CHOREOGRAPHY, "payment-1", "pause")
    watched.until("harmony_process_up", CHOREOGRAPHY, is_(0), process="payment-1", state="paused")
    assert watched.values("harmony_process_fault_active", CHOREOGRAPHY, process="payment-1", fault="pause") == [1]
    watched.orders(CHOREOGRAPHY, 2)
    watched.until("harmony_oldest_unprocessed_age_seconds", CHOREOGRAPHY, above(1.5), **HEARS)
    others = watched.values("harmony_oldest_unprocessed_age_seconds", CHOREOGRAPHY, service="shipping")
    assert others
    assert not any(others)
    watched.lab.signal(CHOREOGRAPHY, "payment-1", "resume")
    watched.until("harmony_oldest_unprocessed_age_seconds", CHOREOGRAPHY, is_(0), **HEARS)
    watched.until("harmony_stream_pending", CHOREOGRAPHY, is_(0), **HEARS)
    watched.until("harmony_process_up", CHOREOGRAPHY, is_(1), process="payment-1", state="ready")
    watched.until("harmony_process_fault_active", CHOREOGRAPHY, is_(0), process="payment-1", fault="pause")


def test_a_process_that_is_held_down_is_so_on_request_and_its_next_start_is_counted(watched: Watched) -> None:
    (before,) = watched.values("harmony_process_starts_total", CONDUCTED, process="shipping-1")
    watched.lab.kill(CONDUCTED, "shipping-1", hold_s=4)
    watched.until("harmony_process_fault_active", CONDUCTED, is_(1), process="shipping-1", fault="kill")
    watched.until("harmony_process_up", CONDUCTED, is_(0), process="shipping-1", state="held")
    watched.until("harmony_process_cpu_seconds_total", CONDUCTED, is_(), process="shipping-1")
    watched.until("harmony_process_up", CONDUCTED, is_(1), process="shipping-1")
    assert watched.values("harmony_process_starts_total", CONDUCTED, process="shipping-1") == [before + 1]


def test_an_order_that_waits_for_a_service_is_open_in_the_journal(watched: Watched) -> None:
    watched.lab.signal(CONDUCTED, "payment-1", "pause")
    watched.orders(CONDUCTED)
    watched.until("harmony_journal_oldest_age_seconds", CONDUCTED, above(1))
    assert watched.values("harmony_journal_open", CONDUCTED) == [1]
    watched.lab.signal(CONDUCTED, "payment-1", "resume")
    watched.until("harmony_journal_open", CONDUCTED, is_(0))
    watched.until("harmony_journal_oldest_age_seconds", CONDUCTED, is_(0))


def test_jobs_that_nobody_takes_wait_in_the_queue(watched: Watched) -> None:
    watched.lab.signal(QUEUED, "worker-1", "pause")
    watched.orders(QUEUED, 3)
    watched.until("harmony_rq_jobs", QUEUED, above(0), state="queued")
    watched.until("harmony_rq_oldest_age_seconds", QUEUED, above(0.5))
    watched.lab.signal(QUEUED, "worker-1", "resume")
    watched.until("harmony_rq_jobs", QUEUED, is_(0), state="queued")
    watched.until("harmony_rq_oldest_age_seconds", QUEUED, is_(0))


def test_what_was_set_aside_is_counted_at_whoever_would_not_have_it(watched: Watched) -> None:
    with connect_once(watched.lab.credentials(CHOREOGRAPHY, "admin")) as redis:
        redis.xadd(HEARS["stream"], {"data": "not an event"})
    watched.until("harmony_dead_letters", CHOREOGRAPHY, is_(1), service="payment")
    assert watched.values("harmony_dead_letters", CHOREOGRAPHY, service="shipping") == [0]


def test_of_a_server_that_does_not_answer_no_number_is_told(watched: Watched) -> None:
    watched.until("harmony_redis_clients", CONDUCTED, above(0))
    watched.lab.signal(CONDUCTED, "redis", "pause")
    for name in ("harmony_redis_clients", "harmony_journal_open", "harmony_stream_entries", "harmony_audit_looked_at"):
        watched.until(name, CONDUCTED, is_())
    assert watched.values("harmony_process_up", CONDUCTED, process="redis", state="paused") == [0]
    assert watched.values("harmony_redis_clients", CHOREOGRAPHY)
    watched.lab.signal(CONDUCTED, "redis", "resume")
    watched.until("harmony_redis_clients", CONDUCTED, above(0))


def test_money_that_is_not_there_is_a_violation_once_all_is_at_rest(watched: Watched) -> None:
    watched.orders(QUEUED)
    watched.until("harmony_audit_looked_at", QUEUED, above(0), invariant="money")
    assert watched.values("harmony_invariant_violations", QUEUED, invariant="money") == [0]
    with connect_once(watched.lab.credentials(QUEUED, "admin")) as redis:
        redis.hincrby(keys.counters("payment"), "till", -1)
    watched.orders(QUEUED)
    watched.until("harmony_invariant_violations", QUEUED, is_(1), invariant="money")
    assert watched.values("harmony_invariant_violations", QUEUED, invariant="stock") == [0]


def test_without_a_supervisor_the_processes_are_asked_themselves(watched: Watched, tmp_path: Path) -> None:
    status = watched.lab.status()["arms"][CHOREOGRAPHY]
    auditor = watched.lab.credentials(CHOREOGRAPHY, "auditor")
    named = {each["name"]: {"service": each["service"], "url": each["url"]} for each in status["processes"][1:]}
    named["shipping-2"] = {"service": "shipping", "url": "http://127.0.0.1:1"}
    (tmp_path / "password").write_text(auditor.password)
    redis = {"url": auditor.url, "user": auditor.username, "password_file": str(tmp_path / "password")}
    config = tmp_path / "arms.json"
    config.write_text(json.dumps({"arms": {CHOREOGRAPHY: {"redis": redis, "processes": named}}}))
    port = next(port for port in range(17_000, 18_000) if is_free(port))
    command = [sys.executable, "-m", "benchmarks.watcher", "--config", str(config), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            told = Watched(watched.lab, f"http://127.0.0.1:{port}")
            _until_it_serves(told)
            told.until("harmony_process_up", CHOREOGRAPHY, is_(1), process="payment-1", state="ready")
            told.until("harmony_process_up", CHOREOGRAPHY, is_(0), process="shipping-2", state="down")
            told.until("harmony_stream_pending", CHOREOGRAPHY, is_(0), **HEARS)
            assert told.values("harmony_process_cpu_seconds_total", CHOREOGRAPHY) == []
        finally:
            process.terminate()


def _until_it_serves(told: Watched) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        try:
            told.page()
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return


def test_a_fault_lasts_until_it_ends_and_is_shown_for_a_while_at_least() -> None:
    def entry(at_ms: float, event: str) -> dict[str, object]:
        return {"at_ms": at_ms, "arm": "a", "process": "payment-1", "event": event}

    killed = [entry(1_000, "killed"), entry(1_001, "died"), entry(1_500, "started")]
    assert downs(killed, 9_000) == {("a", "payment-1"): {"kill"}}
    back = [*killed, entry(1_700, "ready")]
    assert downs(back, 1_000 + VISIBLE_MS - 1) == {("a", "payment-1"): {"kill"}}
    assert downs(back, 1_000 + VISIBLE_MS) == {}
    assert downs([entry(1_000, "died"), entry(1_001, "started")], 1_100) == {}
    assert downs([entry(1, "paused"), entry(2, "resumed"), entry(3, "stopped")], 9_000) == {
        ("a", "payment-1"): {"stop"}
    }
