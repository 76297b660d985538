"""A traced order is one connected graph in every arm, however it ends and whatever happens to it on its way."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.traces.graph import Graph
from benchmarks.traces.journey import Journey
from benchmarks.traces.reading import NoTraces, Traces
from benchmarks.traces.spans import CLIENT, CONSUMER, PRODUCER, SERVER, Span
from common.settings import Settings
from compose.arms import OWN
from compose.local.client import LabClient, start_lab
from tests.arms import chosen
from tests.arms.chosen import ARMS
from tests.arms.everywhere import in_every_arm
from tests.arms.test_door import FORWARD, KINDS, place
from tests.arms.test_undoing import clear, eventually, put_on, url_of

ENDS: dict[str, tuple[dict[str, Any], list[str]]] = {"": ({}, FORWARD), **KINDS}
WRITTEN_S = 8.0  # spans wait a quarter of a second; the machine may be busy
LOOK_S, STILL_S = 0.1, 0.6
WAITED_S = 1.0  # what an endpoint is waited for before a batch of spans is given up


def folder_of(lab: LabClient) -> Path:
    return Path(lab.status()["supervisor"]["logs"]).with_name("traces")


def a_trace(flags: str = "01") -> str:
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-{flags}"


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings(trace_share=0, attempts_max=10)) as client:
        yield client


@pytest.fixture(scope="module")
def linked() -> Iterator[LabClient]:
    """In link mode, and with nobody at the endpoint for traces."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        nowhere = f"http://127.0.0.1:{server.getsockname()[1]}"
    with start_lab(list(ARMS.values()), Settings(trace_mode="link", otlp_endpoint=nowhere)) as client:
        yield client


def placed(lab: LabClient, arm: str, wait_s: int = 9, **changes: Any) -> dict[str, Any]:
    door = lab.status()["arms"][arm]["door"]
    order: dict[str, Any] = place(door, {"Prefer": f"wait={wait_s}", "traceparent": a_trace()}, **changes).json()
    return order


def journey_of(lab: LabClient, arm: str, order_id: str, done: str = "OrderC") -> Journey:
    """The order's spans, once that of the commit that closes it (or whatever `done` names) is written, and no more came
    for a while."""
    give_up, before, still_s = time.monotonic() + WRITTEN_S, 0, 0.0
    while True:
        found = [each for each in _journeys(lab, arm, order_id) if any(done in span.name for span in each.spans)]
        still_s = still_s + LOOK_S if found and len(found[0].spans) == before else 0.0
        if still_s >= STILL_S:
            return found[0]
        assert time.monotonic() < give_up, f"no trace of {order_id} in {arm}"
        before = len(found[0].spans) if found else 0
        time.sleep(LOOK_S)


def _journeys(lab: LabClient, arm: str, order_id: str) -> list[Journey]:
    try:
        return Traces(folder_of(lab) / arm).journeys([(arm, order_id)])
    except NoTraces:
        return []


def announced(journey: Journey) -> list[str]:
    """The events that were announced, by the spans of their commits."""
    commits = [s for s in journey.spans if s.kind == PRODUCER and ":events:" in s.text("messaging.destination.name")]
    return [span.text("messaging.destination.name").rpartition(":")[2] for span in commits]


def about(journey: Journey, operation: str, *kinds: str) -> list[Span]:
    return [span for span in journey.spans if span.operation == operation and span.kind in kinds]


@in_every_arm
def test_an_order_of_each_end_is_one_connected_trace_that_names_it(lab: LabClient, arm: str) -> None:
    for changes, events in ENDS.values():
        order = placed(lab, arm, **changes)
        journey = journey_of(lab, arm, order["order_id"])
        graph = Graph(journey)
        assert announced(journey) == events
        assert graph.connected, [span.name for span in graph.hanging]
        assert len({span.trace_id for span in journey.spans}) == 1
        assert {span.order_id for span in journey.spans} == {order["order_id"]}
        assert journey.spans[0].name == "POST /orders"
        crossing = [span for span in journey.spans if span.kind == CONSUMER]
        assert all(span.links == ((span.trace_id, span.parent_id),) for span in crossing)


@in_every_arm
def test_an_order_that_is_undone_at_its_deadline_is_one_connected_trace(lab: LabClient, arm: str) -> None:
    put_on(lab, arm, "notification", fault="slow", operation="confirm", delay_ms=2_500, for_s=4)
    prefer = {"Prefer": "wait=9, close-within=1", "traceparent": a_trace()}
    order = place(str(lab.status()["arms"][arm]["door"]), prefer).json()
    clear(lab, arm, "notification")
    assert order["reason"] == "deadline"
    journey = journey_of(lab, arm, order["order_id"])
    assert Graph(journey).connected, [span.name for span in Graph(journey).hanging]
    assert {"OrderExpired", "ShipmentRecalled"} <= set(announced(journey))


@in_every_arm
def test_in_link_mode_it_is_connected_by_links(linked: LabClient, arm: str) -> None:
    order = placed(linked, arm, address="undeliverable: the moon")
    journey = journey_of(linked, arm, order["order_id"])
    graph = Graph(journey)
    assert announced(journey) == KINDS["undeliverable"][1]
    assert graph.connected, [span.name for span in graph.hanging]
    traces = {span.trace_id for span in journey.spans}
    assert (len(traces) == 1) == (arm == "orchestration-http"), "only there nothing comes by a message"


@in_every_arm
def test_an_order_that_is_not_sampled_leaves_no_span(lab: LabClient, arm: str) -> None:
    door = lab.status()["arms"][arm]["door"]
    silent = [place(door, {"Prefer": "wait=9", "traceparent": a_trace("00")}).json()["order_id"] for _ in range(3)]
    silent.append(place(door, {"Prefer": "wait=9"}).json()["order_id"])  # its share is 0 here
    journey_of(lab, arm, placed(lab, arm)["order_id"])  # what is asked for later is written by now
    assert [each for order_id in silent for each in _journeys(lab, arm, order_id)] == []


@in_every_arm
def test_what_is_tried_again_is_seen_in_its_trace(lab: LabClient, arm: str) -> None:
    payment = url_of(lab, arm, "payment")
    before = counted(payment, "operation_failures_total", 'operation="charge"')
    put_on(lab, arm, "payment", fault="fail", operation="charge")
    order = placed(lab, arm, wait_s=0)
    eventually(lambda: counted(payment, "operation_failures_total", 'operation="charge"') > before, "it fails")
    clear(lab, arm, "payment")
    journey = journey_of(lab, arm, order["order_id"])
    assert Graph(journey).connected
    tries = about(journey, "charge", CONSUMER if arm.endswith("streams") else CLIENT)
    if arm == "choreography-http":  # the announcer's tries are told of the operation that it announces
        tries = [span for span in about(journey, "reserve", CLIENT) if span.text("harmony.event")]
    answered = [span for span in tries if not span.error]
    if not arm.endswith("streams"):
        assert [span.number("http.request.resend_count") for span in tries] == list(range(len(tries)))
    assert len(tries) > len(answered) >= 1, [(span.name, span.error) for span in journey.spans]


@in_every_arm
def test_what_fails_for_the_last_time_is_seen_in_its_trace_with_the_reason(lab: LabClient, arm: str) -> None:
    put_on(lab, arm, "inventory", fault="fail", operation="reserve")
    order = placed(lab, arm, wait_s=0)
    journey = journey_of(lab, arm, order["order_id"], done="dead-letter")
    clear(lab, arm, "inventory")
    (letter,) = (span for span in journey.spans if span.name.startswith("dead-letter"))
    assert "told to" in letter.text("harmony.reason")
    assert letter.error
    knows = "place" if arm == "choreography-http" else "reserve"  # an announcer knows what it announced, and no more
    assert letter.operation == knows
    eventually(lambda: Graph(_journeys(lab, arm, order["order_id"])[0]).connected, "what went on is over and written")


@chosen.about("choreography-streams")
def test_what_a_killed_process_left_is_told_with_how_often_it_was_handed_out(lab: LabClient) -> None:
    arm = "choreography-streams"
    crash = {"fault": "crash", "point": "commit.before", "operation": "ship"}
    put_on(lab, arm, "shipping", **crash)
    order = placed(lab, arm)
    assert order["status"] == "completed"
    journey = journey_of(lab, arm, order["order_id"])
    (handled,) = about(journey, "ship", CONSUMER)
    assert handled.number("harmony.delivery_count") > 1
    assert handled.process == "shipping-1"


def test_what_a_peer_has_claimed_is_told_by_the_peer() -> None:
    arm = "choreography-streams"
    patient = Settings(claim_idle_s=0.5, restart_delay_s=15)  # whoever dies stays away
    with start_lab([OWN[arm].with_replicas({"shipping": 2})], patient) as twofold:
        twofold.signal(arm, "shipping-2", "stop")
        eventually(lambda: _state(twofold, arm, "shipping-2") == "stopped", "the peer is away")
        put_on(twofold, arm, "shipping", at="shipping-1", fault="crash", point="commit.before", operation="ship")
        order = placed(twofold, arm, wait_s=0)
        eventually(lambda: _state(twofold, arm, "shipping-1") == "down", "it died over the order")
        twofold.signal(arm, "shipping-2", "start")
        journey = journey_of(twofold, arm, order["order_id"])
        (handled,) = about(journey, "ship", CONSUMER)
        assert handled.process == "shipping-2"
        assert handled.number("harmony.delivery_count") > 1
        assert Graph(journey).connected


def _state(lab: LabClient, arm: str, name: str) -> str:
    return next(str(each["state"]) for each in lab.status()["arms"][arm]["processes"] if each["name"] == name)


@chosen.about("orchestration-http")
def test_whoever_was_asked_in_vain_is_asked_again_and_the_trace_counts_it(lab: LabClient) -> None:
    arm = "orchestration-http"
    lab.kill(arm, "shipping-1", hold_s=1.0)
    order = placed(lab, arm)
    journey = journey_of(lab, arm, order["order_id"])
    tries = about(journey, "ship", CLIENT)
    assert [span.number("http.request.resend_count") for span in tries] == list(range(len(tries)))
    assert len(tries) > 1
    assert len(about(journey, "ship", SERVER)) == 1


@in_every_arm
def test_an_endpoint_that_is_away_harms_no_order_and_what_is_lost_there_is_counted(linked: LabClient, arm: str) -> None:
    for _ in range(5):
        order = placed(linked, arm)
        closed = [datetime.fromisoformat(order[moment]) for moment in ("placed_at", "closed_at")]
        assert order["status"] == "completed"
        assert (closed[1] - closed[0]).total_seconds() < WAITED_S, "it waited for whoever is away"
    door = str(linked.status()["arms"][arm]["door"])
    eventually(lambda: counted(door, "spans_dropped_total", 'reason="endpoint"'), "what is lost is counted")


def counted(url: str, metric: str, label: str) -> float:
    page = httpx.get(f"{url}/metrics").text.splitlines()
    return sum(
        float(line.rpartition(" ")[2]) for line in page if line.startswith(f"harmony_{metric}{{") and label in line
    )
