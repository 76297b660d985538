"""Arms are compared under equal conditions only; what differs and must not is told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.ledger import EQUAL, SERVICES, Ledger, Told, conditions, differences, ledger, over_starts
from benchmarks.servers import Observed, observed
from benchmarks.traffic import counted, edges_of
from common.settings import Settings
from common.store.acl import acl_file, admin, auditor, fresh_passwords
from common.store.binary import find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready
from compose.arms import ARMS
from compose.local.client import LabClient
from compose.local.errors import Trouble

HTTP, EVENTS, QUEUE = "orchestration-http", "choreography-streams", "orchestration-rq"
SEEN = Observed("valkey 9.1.2", True, "everysec")


def told(arm: str, replicas: int = 1, **changed: Any) -> Told:
    """What the processes of an arm say when all say the same."""
    pattern, _, transport = arm.partition("-")
    settings = Settings(seed=7).model_dump(mode="json") | {"pattern": pattern, "transport": transport} | changed
    asks = {"orchestration-http": ("orchestrator",), "orchestration-rq": ("worker",), "choreography-http": SERVICES}
    names = [f"{service}-{number + 1}" for service in SERVICES for number in range(replicas)]
    names += ["orchestrator-1"] if arm.startswith("orchestration") else []
    names += ["worker-1"] if arm.endswith("rq") else []
    client, nobody = {"http_client_used": settings["http_client"]}, {"http_client_used": "none"}
    used = {name: client if name.partition("-")[0] in asks.get(arm, ()) else nobody for name in names}
    return Told({name: settings | used[name] for name in names}, [name.partition("-")[0] for name in names], {})


def ledgers(arms: Sequence[str] = (HTTP, EVENTS), **of_http: Any) -> dict[str, Ledger]:
    """The ledgers of some arms; in the orchestrated one over HTTP something is set in another way."""
    arm = {name: ARMS.get(name) or replace(ARMS[HTTP], name=name, transport="rq") for name in arms}
    return {name: ledger(arm[name], told(name, **(of_http if name == HTTP else {})), SEEN) for name in arms}


def both(http: Observed = SEEN, events: Observed = SEEN) -> dict[str, Ledger]:
    return {HTTP: ledger(ARMS[HTTP], told(HTTP), http), EVENTS: ledger(ARMS[EVENTS], told(EVENTS), events)}


def test_all_arms_run_under_equal_conditions_when_nobody_changes_any() -> None:
    every = ledgers((*ARMS, QUEUE))
    assert differences(every) == {}
    assert every[HTTP]["first_durable_write"] != every[EVENTS]["first_durable_write"]
    assert all(every[arm][name] is not None for arm in every for name in EQUAL), "each is in the ledger"


@pytest.mark.parametrize(
    ("name", "value"),
    [("deadline_s", 3.0), ("concurrency", 8), ("attempts_max", 2), ("batch_max", 16), ("lease_s", 4.0), ("seed", 8)],
)
def test_what_the_processes_say_is_compared_and_an_unequal_arm_is_named(name: str, value: Any) -> None:
    found = differences(ledgers(**{name: value}))
    (sentence,) = found.values()
    assert list(found) == ["catalogue" if name == "seed" else name]
    assert f"{HTTP} has " in sentence
    assert str(value) in sentence


def test_processes_that_disagree_among_themselves_make_their_arm_unequal() -> None:
    said = told(HTTP)
    mixed = Told(
        {**said.settings, "payment-1": {**(said.settings["payment-1"] or {}), "concurrency": 8}}, said.services
    )
    found = differences({HTTP: ledger(ARMS[HTTP], mixed, SEEN), EVENTS: ledger(ARMS[EVENTS], told(EVENTS), SEEN)})
    assert found == {"concurrency": f"decisions in flight for one service: {HTTP} says 64 and 8, {EVENTS} has 64"}


def test_a_process_that_would_not_say_makes_every_setting_of_its_arm_unknown() -> None:
    silent = Told({**told(HTTP).settings, "payment-1": None}, told(HTTP).services)
    found = differences({HTTP: ledger(ARMS[HTTP], silent, SEEN), EVENTS: ledger(ARMS[EVENTS], told(EVENTS), SEEN)})
    assert {"deadline_s", "concurrency", "catalogue"} <= set(found)
    assert f"{HTTP} would not say" in found["deadline_s"]


def test_more_processes_of_a_service_are_no_equal_conditions() -> None:
    found = differences(ledgers(replicas=2))
    assert list(found) == ["workers"]


def test_what_a_queue_does_in_another_way_by_its_nature_is_declared_with_its_reason_and_refuses_nothing() -> None:
    every = ledgers((HTTP, QUEUE, EVENTS))
    assert (every[QUEUE]["orders_at_once"], every[QUEUE]["concurrency"]) == ("1 per worker", 64)
    assert differences(every) == {}
    assert set(every[QUEUE]["declared_differences"]) == {"orders_at_once"}
    assert "one order at a time" in every[QUEUE]["declared_differences"]["orders_at_once"]
    assert every[HTTP]["declared_differences"] == {}


@pytest.mark.parametrize("name", ["deadline_s", "concurrency", "http_client", "orders_at_once"])
def test_a_declared_difference_is_one_pair_of_values_and_frees_nothing_else(name: str) -> None:
    every = ledgers((HTTP, QUEUE))
    every[QUEUE][name] = "another"
    assert list(differences(every)) == [name]


def test_the_client_of_a_forking_worker_is_what_each_job_makes() -> None:
    forking = told(QUEUE, rq_worker="fork")
    silent = {name: {**(said or {}), "http_client_used": "none"} for name, said in forking.settings.items()}
    row = ledger(ARMS[QUEUE], replace(forking, settings=silent), SEEN)
    assert row["http_client"] == "httpx-aiohttp, one for each job"
    assert set(row["declared_differences"]) == {"orders_at_once", "http_client"}
    assert differences({HTTP: ledgers()[HTTP], QUEUE: row}) == {}


def test_pattern_and_transport_are_what_the_processes_say_and_unknown_when_they_disagree() -> None:
    said = told(HTTP)
    row = ledger(ARMS[EVENTS], said, SEEN)
    assert (row["pattern"], row["transport"]) == ("orchestration", "http")
    mixed = {**said.settings, "payment-1": {**(said.settings["payment-1"] or {}), "transport": "streams"}}
    assert ledger(ARMS[HTTP], replace(said, settings=mixed), SEEN)["transport"] is None


def test_what_was_unequal_in_one_start_is_unequal_in_the_run() -> None:
    first, second = ledgers(deadline_s=3.0), ledgers()
    run = {arm: over_starts([first[arm], second[arm]]) for arm in first}
    assert run[HTTP]["deadline_s"] == [3.0, 10.0]
    assert list(differences(run)) == ["deadline_s"]
    assert differences({arm: over_starts([second[arm], second[arm]]) for arm in second}) == {}
    unseen = {arm: over_starts([ledgers()[arm], ledger(ARMS[arm], told(arm), Observed())]) for arm in second}
    assert "appendfsync" in differences(unseen), "unknown in one start is unknown"


def test_what_is_the_same_code_in_every_arm_is_listed_and_not_compared() -> None:
    row = ledgers()[HTTP]
    assert row["constants"]["serializer"] == "msgspec JSON"
    assert "serializer" not in EQUAL
    assert row["slo_s"] == 1.0
    assert "slo_s" in EQUAL


def test_http_clients_are_compared_among_arms_that_have_one() -> None:
    every = ledgers((HTTP, EVENTS))
    assert (every[HTTP]["http_client"], every[EVENTS]["http_client"]) == ("httpx-aiohttp", "none")
    other = ledgers((HTTP, EVENTS), http_client="httpx")
    assert differences(other) == {}, "one client alone"
    wires = ledgers((HTTP, "choreography-http"), http_client="httpx")
    assert list(differences(wires)) == ["http_client"]


@pytest.mark.parametrize("everywhere", [True, False])
def test_an_unsafe_switch_is_never_comparable_not_even_with_itself(everywhere: bool) -> None:
    of_events = told(EVENTS, unsafe="no-dedupe") if everywhere else told(EVENTS)
    found = differences(
        {
            HTTP: ledger(ARMS[HTTP], told(HTTP, unsafe="no-dedupe"), SEEN),
            EVENTS: ledger(ARMS[EVENTS], of_events, SEEN),
        }
    )
    assert list(found) == ["unsafe"]
    assert f"{HTTP} runs with no-dedupe" in found["unsafe"]


def test_conditions_are_allowed_to_differ_by_their_names_alone() -> None:
    assert conditions(["appendfsync", " deadline_s", "", "appendfsync"]) == ("appendfsync", "deadline_s")
    with pytest.raises(Trouble, match="Did you mean appendfsync"):
        conditions(["apendfsync"])
    with pytest.raises(Trouble, match="no condition 'unsafe'"):
        conditions(["unsafe"])


def test_what_the_servers_do_counts_and_not_what_they_were_told_to_do() -> None:
    found = differences(both(Observed("valkey 9.1.2", False, "everysec"), Observed("valkey 9.1.2", True, "always")))
    assert found == {
        "append_only": f"append-only file of Redis: {HTTP} has none, {EVENTS} has one",
        "appendfsync": f"durability of Redis: {HTTP} has everysec, {EVENTS} has always",
    }


@pytest.mark.parametrize("other", [SEEN, Observed("valkey 9.1.2", True, None)])
def test_what_an_arm_would_not_say_may_differ(other: Observed) -> None:
    (sentence,) = differences(both(Observed("valkey 9.1.2", True, None), other)).values()
    assert sentence.startswith(f"durability of Redis: {HTTP} would not say, {EVENTS}")


def test_one_arm_alone_is_compared_with_nothing() -> None:
    assert differences({HTTP: ledger(ARMS[HTTP], told(HTTP), Observed())}) == {}


def test_the_price_of_a_pattern_is_no_difference() -> None:
    every = both()
    every[HTTP]["messages_per_order"], every[EVENTS]["messages_per_order"] = 12.9, 5.0
    assert differences(every) == {}


PAGE = """
# HELP harmony_messages_total Messages between services, by edge
# TYPE harmony_messages_total counter
harmony_messages_total{kind="command",pattern="p",service="orchestrator",source="orchestrator",target="order"} 3.0
harmony_messages_total{kind="reply",pattern="p",service="orchestrator",source="order",target="orchestrator"} 2.0
# TYPE harmony_message_bytes_total counter
# TYPE harmony_journal_writes_total counter
harmony_journal_writes_total{pattern="p"} 7.0
"""


def test_messages_are_read_edge_by_edge_and_none_is_not_unknown() -> None:
    assert edges_of(PAGE) == {("command", "orchestrator", "order"): 3.0, ("reply", "order", "orchestrator"): 2.0}
    assert counted(PAGE, "harmony_messages_total") == 5.0
    assert counted(PAGE, "harmony_message_bytes_total") == 0.0, "it counts them, and there were none"
    assert counted(PAGE, "harmony_jobs_total") is None


class Keys(LabClient):
    """Has the keys to one server, and to no lab."""

    def __init__(self, url: str, passwords: dict[str, str]) -> None:
        self._url, self._passwords = url, passwords

    def credentials(self, arm: str, user: str) -> Credentials:
        return Credentials(self._url, user, self._passwords[user])


@contextmanager
def server(folder: Path) -> Iterator[Keys]:
    accounts = [admin(), auditor()]
    passwords = fresh_passwords(accounts)
    binary = find_binary(None)
    embedded = Embedded(folder, folder / "redis.log", binary)
    embedded.prepare(acl_file(accounts, passwords, binary.version))
    process = embedded.start()
    try:
        keys = Keys(embedded.url, passwords)
        wait_ready(process, keys.credentials(HTTP, "admin"), embedded.log)
        yield keys
    finally:
        stop(process)


def test_a_server_is_asked_how_durable_it_is_whatever_it_was_told_at_first(tmp_path: Path) -> None:
    with server(tmp_path) as keys:
        assert (observed(keys, HTTP).append_only, observed(keys, HTTP).appendfsync) == (True, "everysec")
        with connect_once(keys.credentials(HTTP, "admin")) as redis:
            redis.config_set("appendonly", "no")
            redis.config_set("appendfsync", "always")
        seen = observed(keys, HTTP)
        assert (seen.append_only, seen.appendfsync) == (False, "always")
        assert seen.server is not None
        with connect_once(keys.credentials(HTTP, "admin")) as redis:
            redis.execute_command("ACL", "SETUSER", "admin", "-config")
        assert observed(keys, HTTP).appendfsync is None, "a server that keeps it to itself"
    assert observed(keys, HTTP) == Observed(), "a server that is gone"
