"""What each user of a server may and may not do, asked of the server itself by ACL DRYRUN, and tried for scripts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis, exceptions

from common.store.acl import JOBS, KEYLESS, MAY_NEED, acl_file, admin, auditor, fresh_passwords, owner, reader
from common.store.binary import find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready

HEARD = "{order}:events:OrderPlaced"
OWN = "{inventory}:order:o1"
OWN_STREAM = "{inventory}:events:InventoryUpdated"
ALIEN_STREAM = "{payment}:events:OrderPayed"
GROUPED = f"{HEARD} inventory me"

INVENTORY_MAY = [
    f"EVALSHA 0123456789012345678901234567890123456789 1 {OWN}",
    f"HSET {OWN} op:reserve yes",
    f"HGETALL {OWN}",
    "HINCRBY {inventory}:counters stock:sku-1 -1",
    f"XADD {OWN_STREAM} * type InventoryUpdated",
    f"XTRIM {OWN_STREAM} MINID 5-0",
    f"XINFO GROUPS {OWN_STREAM}",
    f"UNLINK {OWN}",
    f"EXPIRE {OWN} 900",
    "GET {inventory}:watermark",
    f"XREADGROUP GROUP inventory me STREAMS {HEARD} >",
    f"XACK {HEARD} inventory 1-0",
    f"XAUTOCLAIM {GROUPED} 2000 0",
    f"XCLAIM {GROUPED} 2000 1-0",
    f"XPENDING {HEARD} inventory",
    "TIME",
    "PING",
    "CLIENT SETINFO LIB-NAME redis-py",
    "SCRIPT LOAD return",
]

INVENTORY_MAY_NOT = [
    *(
        command.format(stream=stream)
        for stream in (HEARD, ALIEN_STREAM, "{order}:events:OrderCancelled")
        for command in (
            "XADD {stream} * type forged",
            "XTRIM {stream} MAXLEN 0",
            "XDEL {stream} 1-0",
            "XSETID {stream} 9-9",
            "XGROUP CREATE {stream} mine 0",
            "XGROUP DESTROY {stream} inventory",
            "DEL {stream}",
            "UNLINK {stream}",
            "EXPIRE {stream} 1",
            "RENAME {stream} {{inventory}}:stolen",
            "COPY {{inventory}}:mine {stream} REPLACE",
            "RESTORE {stream} 0 x",
            "SET {stream} x",
        )
    ),
    f"XREADGROUP GROUP inventory me STREAMS {ALIEN_STREAM} >",
    f"XREADGROUP GROUP inventory me STREAMS {HEARD} {ALIEN_STREAM} > >",
    f"XACK {ALIEN_STREAM} payment 1-0",
    f"XRANGE {ALIEN_STREAM} - +",
    f"EVAL return 1 {HEARD}",
    f"EVAL return 2 {OWN} {HEARD}",
    "HGETALL {payment}:counters",
    "HSET {payment}:counters till 1",
    "SET lab:arm mine",
    "XGROUP CREATE {inventory}:events:InventoryUpdated mine 0",
    "KEYS *",
    "SCAN 0",
    "FLUSHALL",
    "FLUSHDB",
    "SHUTDOWN",
    "CONFIG GET *",
    "CLIENT KILL ID 1",
    "ACL LIST",
    "MONITOR",
    "SCRIPT FLUSH",
    "FUNCTION LOAD x",
    "DEBUG SLEEP 1",
]

TELLS = "{payment}:commands"
LOCK = "lock:{orchestrator}:jobs"
CONDUCTOR_MAY = [
    f"XADD {TELLS} * type charge",
    f"XREADGROUP GROUP orchestrator me STREAMS {HEARD} >",
    f"XACK {HEARD} orchestrator 1-0",
    "RPUSH {orchestrator}:saga:o1 yes",
    "BLMOVE {orchestrator}:rq:queue:orders {orchestrator}:rq:taken LEFT RIGHT 1",
    f"SET {LOCK} me NX",
]
CONDUCTOR_MAY_NOT = [
    f"DEL {LOCK}",
    "SET lock:{payment}:jobs me NX",
    f"XREADGROUP GROUP payment me STREAMS {TELLS} >",
    f"XRANGE {TELLS} - +",
    f"XDEL {TELLS} 1-0",
    f"XTRIM {TELLS} MAXLEN 0",
    f"DEL {TELLS}",
    f"XADD {ALIEN_STREAM} * type OrderPayed",
    f"XADD {HEARD} * type OrderPlaced",
    "XADD {shipping}:commands * type ship",
    "HSET {payment}:counters till 0",
    "BLMOVE {payment}:jobs {orchestrator}:rq:taken LEFT RIGHT 1",
    "PUBLISH everybody stop",
    "KEYS *",
]

DOOR_MAY = [
    "HGETALL {order}:order:o1",
    "HMGET {order}:order:o1 status reason",
    f"XRANGE {HEARD} - +",
    f"XREAD BLOCK 1000 STREAMS {HEARD} $",
    "TIME",
]
DOOR_MAY_NOT = [
    "HSET {order}:order:o1 status completed",
    "DEL {order}:order:o1",
    f"XADD {HEARD} * type forged",
    f"XREADGROUP GROUP inventory me STREAMS {HEARD} >",
    f"XACK {HEARD} inventory 1-0",
    "HGETALL {order}:counters",
    "HGETALL {payment}:order:o1",
    "EVAL return 0",
    "KEYS *",
]

AUDITOR_MAY = [
    "SCAN 0",
    "HGETALL {payment}:counters",
    f"XINFO GROUPS {HEARD}",
    "INFO",
    "DBSIZE",
    f"XPENDING {HEARD} inventory",
]
AUDITOR_MAY_NOT = [
    "SET lab:arm mine",
    f"XACK {HEARD} inventory 1-0",
    "FLUSHALL",
    "CONFIG SET save x",
    "EVAL return 0",
    "KEYS *",
]


@dataclass(frozen=True)
class Served:
    """A running server and its users' passwords."""

    embedded: Embedded
    passwords: dict[str, str]

    def as_user(self, user: str) -> Redis:
        return connect_once(Credentials(self.embedded.url, user, self.passwords[user]))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """inventory and orchestrator hear one stream of order; the latter commands payment; the door reads order's keys."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:  # short: a socket's path is limited
        users = [
            owner("order"),
            owner("inventory", [HEARD]),
            owner("orchestrator", [HEARD], [TELLS], JOBS, [(LOCK, "set get")]),
            reader("door", ["{order}:order:*", "{order}:events:*"]),
            auditor(),
            admin(),
        ]
        passwords = fresh_passwords(users)
        embedded = Embedded(Path(folder) / "server", Path(folder) / "redis.log", find_binary())
        embedded.prepare(acl_file(users, passwords, embedded.binary.version))
        process = embedded.start()
        try:
            wait_ready(process, Credentials(embedded.url, "admin", passwords["admin"]), embedded.log)
            yield Served(embedded, passwords)
        finally:
            stop(process)


def verdict(redis: Redis, user: str, command: str) -> str:
    """The server's own word: OK, or why not."""
    ask: Any = redis.execute_command
    return str(ask("ACL", "DRYRUN", user, *command.split()))


def table(user: str, may: list[str], may_not: list[str]) -> list[tuple[str, str, bool]]:
    return [*((user, command, True) for command in may), *((user, command, False) for command in may_not)]


@pytest.mark.parametrize(
    ("user", "command", "allowed"),
    [
        *table("inventory", INVENTORY_MAY, INVENTORY_MAY_NOT),
        *table("orchestrator", CONDUCTOR_MAY, CONDUCTOR_MAY_NOT),
        *table("door", DOOR_MAY, DOOR_MAY_NOT),
        *table("auditor", AUDITOR_MAY, AUDITOR_MAY_NOT),
        *table("admin", ["FLUSHALL", "CONFIG GET save", "XGROUP CREATE s g 0"], []),
    ],
)
def test_a_user_may_do_what_its_part_needs_and_nothing_else(
    served: Served, user: str, command: str, allowed: bool
) -> None:
    with served.as_user("admin") as redis:
        said = verdict(redis, user, command)
    assert (said == "OK") == allowed, f"{user}: {command}: {said}"


def test_what_an_arm_of_another_package_may_need_is_held_back_by_key_patterns(served: Served) -> None:
    wanted = MAY_NEED - {*KEYLESS.split()}
    with served.as_user("admin") as redis:
        ask: Any = redis.execute_command
        told = ask("COMMAND", "INFO", *sorted(wanted))
    assert set(told) == wanted, "the server knows them all"
    for name, row in told.items():
        assert row["first_key_pos"] > 0 or "movablekeys" in row["flags"], f"{name} touches what no key pattern holds"
        assert "admin" not in row["flags"], name


@pytest.mark.parametrize("pattern", ["x) (+@all ~*", "* +@all", "*\t+@all", "(~*", "*)", ""])
def test_a_pattern_that_would_be_more_than_one_rule_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="not the pattern of a key"):
        owner("payment", hears=[pattern])
    with pytest.raises(ValueError, match="not the pattern of a key"):
        owner("payment", beside=[(pattern, "get")])
    with pytest.raises(ValueError, match="not the pattern of a key"):
        reader("door", [pattern])


@pytest.mark.parametrize("command", ["@all", "get)", "~*", "GET", "xinfo|"])
def test_what_is_no_single_command_is_refused(command: str) -> None:
    with pytest.raises(ValueError, match="not the name of a command"):
        owner("payment", needs=f"get {command}")


@pytest.mark.parametrize("stream", [HEARD, ALIEN_STREAM])
@pytest.mark.parametrize("hidden", [True, False], ids=["as an argument", "as a key"])
def test_a_script_cannot_forge_an_event_on_the_stream_of_another(served: Served, stream: str, hidden: bool) -> None:
    script = f"return redis.call('XADD', {'ARGV' if hidden else 'KEYS'}[1], '*', 'type', 'forged')"
    with served.as_user("inventory") as redis:
        run: Any = redis.eval
        with pytest.raises(exceptions.ResponseError):
            run(script, 0 if hidden else 1, stream)
    with served.as_user("admin") as redis:
        assert not redis.exists(stream)


def test_a_script_may_append_to_a_stream_of_its_own_service(served: Served) -> None:
    with served.as_user("inventory") as redis:
        ask: Any = redis.eval
        assert ask("return redis.call('XADD', KEYS[1], '*', 'type', 'true')", 1, OWN_STREAM)


@pytest.mark.parametrize(("user", "password"), [("", ""), ("default", ""), ("default", "x"), ("inventory", "x")])
def test_nobody_gets_in_without_a_name_or_with_a_wrong_password(served: Served, user: str, password: str) -> None:
    denied = (exceptions.AuthenticationError, exceptions.NoPermissionError)
    with connect_once(Credentials(served.embedded.url, user, password)) as redis, pytest.raises(denied):
        redis.ping()


def test_the_acl_file_can_be_read_by_its_owner_alone_and_holds_no_password(served: Served) -> None:
    file = served.embedded.folder / "users.acl"
    assert file.stat().st_mode & 0o077 == 0
    assert not any(password in file.read_text() for password in served.passwords.values())
