"""The stock `locust` command, its page and its workers take every scenario, and say kindly what they cannot take."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from benchmarks.arrivals import CROWD, arrivals
from benchmarks.rows import read_rows
from benchmarks.scenarios import SCENARIOS
from tests.benchmarks.standin import StandIn, standing_in
from tests.waiting import until

SEED, RATE, SHAPE_S = 7, 40.0, 2.0
SHAPED = ["--rate", str(RATE), "--seed", str(SEED), "--seconds", str(SHAPE_S)]
STOPPED_S = 1.5  # Locust's -t counts its own start-up


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "locust", "-f", "benchmarks/locustfile.py", *options]


def due_s(scenario: str, seconds: float) -> list[float]:
    drawn = arrivals(SEED, RATE, SCENARIOS[scenario].arrivals, SCENARIOS[scenario].shape, SHAPE_S)
    return list(takewhile(lambda due: due < seconds, drawn))


@pytest.mark.parametrize(("scenario", "several"), [("burst", []), ("ramp", []), ("last-unit", ["--processes", "2"])])
def test_the_stock_command_sends_a_scenario_when_its_shape_says(
    scenario: str, several: list[str], tmp_path: Path
) -> None:
    seconds = 6 if several else 4
    with standing_in(StandIn()) as door:
        options = ["--host", door.url, "--headless", "-t", f"{seconds}s", "--rows", str(tmp_path / "load.ndjson")]
        chosen = [*options, "--scenario", scenario, *SHAPED, *several]
        ran = subprocess.run(command(*chosen), capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert f"{scenario}, seed {SEED}: 40 orders/s" in ran.stderr
    rows = sorted(
        (row for file in tmp_path.glob("load*.ndjson") for row in read_rows(file)), key=lambda row: int(row["index"])
    )
    (started_ms,) = {row["started_ms"] for file in tmp_path.glob("blocks*.ndjson") for row in read_rows(file)}
    sent_s = [(row["due_ms"] - started_ms) / 1000 for row in rows]
    sure = len(due_s(scenario, seconds - STOPPED_S - (2 if several else 0)))
    assert sure > 20
    assert sent_s[:sure] == pytest.approx(due_s(scenario, 10)[:sure], abs=1e-3), f"seed {SEED}"
    assert [row["index"] for row in rows[:sure]] == list(range(sure))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--rate", "0"], "argument --rate: it must be a number above 0, not 0"),
        (["--rate", "inf"], "argument --rate: it must be a number above 0, not inf"),
        (["--rate", "many"], "argument --rate: it must be a number above 0, not many"),
        (["--seconds", "-1"], "argument --seconds: it must be a number above 0, not -1"),
        (["--scenario", "storm"], "'flash-sale', 'last-unit'"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(options: list[str], sentence: str) -> None:
    ran = subprocess.run(command("--headless", *options), capture_output=True, text=True, timeout=30, check=False)
    assert ran.returncode == 2
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.fixture
def page(tmp_path: Path) -> Iterator[tuple[str, StandIn]]:
    """Locust's own page, before anything was started on it."""
    with standing_in(StandIn()) as door, served("--host", door.url) as url:
        yield url, door


def test_the_page_offers_the_scenarios_and_runs_one(page: tuple[str, StandIn]) -> None:
    url, door = page
    offered = httpx.get(url).text
    for word in ("scenario", "seconds", "rate", "seed", *SCENARIOS):
        assert f'"{word}"' in offered, word
    started(url, door, scenario="last-unit", rate="100", seconds="2")
    with door.changed:
        assert door.changed.wait_for(lambda: len(door.bodies) >= CROWD, timeout=10)
    wanted = [json.loads(body)["lines"] for body in list(door.bodies)[:CROWD]]
    assert len({line["sku"] for lines in wanted for line in lines}) == 1


def test_a_number_that_cannot_be_is_told_on_the_page_and_the_next_start_works(page: tuple[str, StandIn]) -> None:
    url, door = page
    started(url, door, rate="-5")
    (failed,) = httpx.get(f"{url}/stats/requests").json()["errors"]
    assert "rate must be a number above 0, not -5: nothing is sent" in failed["error"]
    assert not door.bodies
    assert httpx.post(f"{url}/stop").is_success
    started(url, door, rate="100")
    with door.changed:
        assert door.changed.wait_for(lambda: len(door.bodies) >= 10, timeout=10)


@contextmanager
def served(*options: str) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    url, web = f"http://127.0.0.1:{port}", ["--web-host", "127.0.0.1", "--web-port", str(port)]
    process = subprocess.Popen(command(*web, *options), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    async def is_up() -> bool:
        async with httpx.AsyncClient() as client:
            with suppress(httpx.TransportError):
                return (await client.get(url)).is_success
        return False

    try:
        asyncio.run(until(is_up, "Locust's page", 30))
        yield url
    finally:
        process.terminate()
        process.wait(30)


def started(url: str, door: StandIn, **changes: str) -> None:
    told = httpx.post(f"{url}/swarm", data={"user_count": "1", "spawn_rate": "1", "host": door.url, **changes}).json()
    assert told["success"], told
