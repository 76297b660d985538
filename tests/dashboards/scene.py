"""A real lab of all arms under watch of a real Prometheus, with some trouble in it: what the boards' queries are asked
about.

Nothing is pretended: orders of every kind, an operation that is slow, one that fails until its messages are set aside,
a process that dies between commit and answer, one that is killed and held down, and traces whose endpoint nobody keeps.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import httpx

from benchmarks.workload import SCENARIOS, Workload
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.arms import OWN
from compose.local.client import LabClient, start_lab
from compose.local.ports import free_base
from dashboards.asking import Prometheus
from tests.dashboards.reading import PROMETHEUS

HAD = frozenset(
    {
        *("always", "watcher", "orchestration", "streams", "rq"),
        *("process fault", "operation fault", "dead letter", "span loss"),
    }
)
"""What a query may need of a lab (see `panels.Target`) and finds in this one."""

HAPPENED = frozenset({"process fault", "operation fault", "dead letter", "span loss"})
"""Those that are events: a query that needs one must have seen it."""

RATE, ORDERS = 5, 90  # a second, and in all, in each arm
DEADLINE_S = 5.0
SETTINGS = Settings(deadline_s=DEADLINE_S, trace_share=1.0, otlp_endpoint="http://127.0.0.1:9")
READY_S, REST_S, LOOK_S = 15.0, 20.0, 0.2


@dataclass(frozen=True)
class Scene:
    """What was there to be seen, and when."""

    prometheus: Prometheus
    start_s: float
    end_s: float
    urls: tuple[str, ...]
    """Every /metrics."""


@contextmanager
def played(folder: Path) -> Iterator[Scene]:
    """The lab, watched, after all that happens in it."""
    with ExitStack() as stack:
        lab = stack.enter_context(start_lab(list(OWN.values()), SETTINGS))
        ports = free_base(1)
        watcher, prometheus = (f"http://127.0.0.1:{ports + each}" for each in range(2))
        urls = _targets(folder, lab.status(), urlsplit(watcher).netloc)
        beside = [sys.executable, "-m", "benchmarks.watcher", "--home", str(lab.home), "--port", str(ports)]
        stack.enter_context(_running(beside, f"{watcher}/health/ready"))
        stack.enter_context(_running(_prometheus(folder, ports + 1), f"{prometheus}/-/ready"))
        asked = Prometheus(prometheus)
        _until(asked, f"count(up == 1) == {len(urls) + 2}")
        start_s = time.time()
        _play(lab)
        _until(asked, "sum(harmony_orders_open) == 0 and count(harmony_audit_timestamp_seconds) == 5", REST_S)
        yield Scene(asked, start_s, time.time(), (*urls, f"{watcher}/metrics"))


def _targets(folder: Path, status: Mapping[str, Any], watcher: str) -> list[str]:
    """Write the lists of whom to scrape, as whoever starts a Prometheus does."""
    processes = [
        (arm, each["name"], each["url"])
        for arm, told in status["arms"].items()
        for each in told["processes"]
        if each["name"] != "redis"
    ]
    harmony = [
        {"targets": [urlsplit(url).netloc], "labels": {"arm": arm, "process": name}} for arm, name, url in processes
    ]
    (folder / "targets").mkdir()
    (folder / "targets" / "harmony.json").write_text(json.dumps(harmony), encoding="utf-8")
    (folder / "targets" / "watcher.json").write_text(json.dumps([{"targets": [watcher]}]), encoding="utf-8")
    return [f"{url}/metrics" for _, _, url in processes]


def _prometheus(folder: Path, port: int) -> list[str]:
    """The committed configuration and rules, on another port."""
    shutil.copytree(PROMETHEUS / "rules", folder / "rules")
    told = (PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8").replace("localhost:9090", f"127.0.0.1:{port}")
    (folder / "prometheus.yml").write_text(told, encoding="utf-8")
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    ]


@contextmanager
def _running(argv: list[str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    try:
        give_up = time.monotonic() + READY_S
        while not _answers(ready):
            assert process.poll() is None, f"it ended: {argv}"
            assert time.monotonic() < give_up, f"not ready within {READY_S} s: {argv}"
            time.sleep(LOOK_S)
        yield
    finally:
        process.terminate()
        process.wait(READY_S)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _until(prometheus: Prometheus, true: str, within_s: float = READY_S) -> None:
    """Wait for a query to have an answer."""
    give_up = time.monotonic() + within_s
    while not prometheus.at(true, time.time()):
        assert time.monotonic() < give_up, f"not within {within_s} s: {true}"
        time.sleep(LOOK_S)


def _play(lab: LabClient) -> None:
    """Orders in every arm, and trouble in every arm."""
    over, began = Event(), time.monotonic()
    with ThreadPoolExecutor(len(OWN)) as customers:
        placing = [customers.submit(_customer, told["door"], over) for told in lab.status()["arms"].values()]
        try:
            _trouble(lab, began)
            for each in placing:
                each.result()
        finally:
            over.set()


def _customer(door: str, over: Event) -> None:
    """Posts the orders of one seed at their times."""
    workload, began = Workload(7, SCENARIOS["steady"], catalogue(SETTINGS.seed)), time.monotonic()
    with httpx.Client(timeout=5, trust_env=False) as client, ThreadPoolExecutor(8) as hands:
        for number in range(ORDERS):
            if over.wait(max(0.0, began + number / RATE - time.monotonic())):
                return
            hands.submit(_place, client, door, workload.order(number).body)


def _place(client: httpx.Client, door: str, body: bytes) -> None:
    try:
        client.post(f"{door}/orders", content=body, headers={"Content-Type": "application/json"})
    except httpx.TransportError:
        return  # its door was just down: the customer does not know, and the audit will


def _trouble(lab: LabClient, began: float) -> None:
    """What happens, at which second."""
    headers = {"Authorization": f"Bearer {lab.token()}"}
    with httpx.Client(headers=headers, timeout=5, trust_env=False) as client:
        _at(began + 3)
        _inject(lab, client, "shipping", fault="slow", operation="ship", delay_ms=400, for_s=3)
        _inject(lab, client, "notification", fault="fail", operation="confirm", for_s=4)
        _at(began + 8)
        _inject(lab, client, "payment", fault="crash", operation="charge", point="commit.after", for_s=4)
    _at(began + 12)
    for arm in OWN:
        lab.kill(arm, "payment-1", hold_s=2)


def _inject(lab: LabClient, client: httpx.Client, service: str, **fault: Any) -> None:
    for told in lab.status()["arms"].values():
        url = next(each["url"] for each in told["processes"] if each["name"] == f"{service}-1")
        with suppress(httpx.RemoteProtocolError):  # told to crash, it may have done so before it could answer
            client.post(f"{url}/faults", json=fault).raise_for_status()


def _at(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
