"""Arms are compared under equal conditions only; what differs and must not is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.ledger import EQUAL, Ledger, differences, ledger
from benchmarks.servers import Observed, observed
from common.settings import Settings
from common.store.acl import acl_file, admin, auditor, fresh_passwords
from common.store.binary import find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready
from compose.arms import ARMS
from compose.local.client import LabClient

SETTINGS = Settings(seed=7)
SEEN = Observed("valkey 9.1.2", True, "everysec")
HTTP, EVENTS = "orchestration-http", "choreography-streams"


def both(http: Observed = SEEN, events: Observed = SEEN) -> dict[str, Ledger]:
    return {HTTP: ledger(ARMS[HTTP], SETTINGS, http), EVENTS: ledger(ARMS[EVENTS], SETTINGS, events)}


def test_the_two_default_arms_run_under_equal_conditions() -> None:
    ledgers = both()
    assert differences(ledgers) == []
    assert ledgers[HTTP]["first_durable_write"] != ledgers[EVENTS]["first_durable_write"]
    assert all(ledgers[arm][name] is not None for arm in ledgers for name in EQUAL), "each is in the ledger"


def test_what_the_servers_do_counts_and_not_what_they_were_told_to_do() -> None:
    told = differences(both(Observed("valkey 9.1.2", False, "everysec"), Observed("valkey 9.1.2", True, "always")))
    assert told == [
        f"append-only file of Redis: {HTTP} has none, {EVENTS} has one",
        f"durability of Redis: {HTTP} has everysec, {EVENTS} has always",
    ]


@pytest.mark.parametrize("other", [SEEN, Observed("valkey 9.1.2", True, None)])
def test_what_an_arm_would_not_say_may_differ(other: Observed) -> None:
    (told,) = differences(both(Observed("valkey 9.1.2", True, None), other))
    assert told.startswith(f"durability of Redis: {HTTP} would not say, {EVENTS}")


def test_one_arm_alone_is_compared_with_nothing() -> None:
    assert differences({HTTP: ledger(ARMS[HTTP], SETTINGS, Observed())}) == []


def test_the_price_of_a_pattern_is_no_difference() -> None:
    ledgers = both()
    ledgers[HTTP]["messages_per_order"], ledgers[EVENTS]["messages_per_order"] = 12.9, 5.0
    assert differences(ledgers) == []


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
