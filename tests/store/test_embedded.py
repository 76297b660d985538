"""Our own server: found, started, killed, started again with what it had, and provisioned as often as one likes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

import pytest
from redis import Redis

from common.store import keys
from common.store.acl import Account, acl_file, admin, auditor, fresh_passwords
from common.store.binary import Binary, NoServer, find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready
from common.store.provision import Needs, Refused, drop_users, make_users, opening_balance, provision

NEEDS = Needs("an-arm", (("{order}:events:OrderPlaced", "inventory"),), opening_balance(seed=7, skus=3))
START_S_MAX = 2.0  # 0.04 s when nothing else runs


class Server:
    """Started and stopped by a test."""

    def __init__(self, folder: Path) -> None:
        users = [admin(), auditor()]
        self.passwords = fresh_passwords(users)
        self.embedded = Embedded(folder / "server", folder / "redis.log", find_binary(), appendfsync="always")
        self.embedded.prepare(acl_file(users, self.passwords, self.embedded.binary.version))
        self.admin = Credentials(self.embedded.url, "admin", self.passwords["admin"])
        self.process: Popen[bytes] = self.embedded.start()
        wait_ready(self.process, self.admin, self.embedded.log)

    def again(self) -> None:
        self.process = self.embedded.start()
        wait_ready(self.process, self.admin, self.embedded.log)

    def redis(self) -> Redis:
        return connect_once(self.admin)


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, unlike pytest's own: a socket's path is limited."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as path:
        yield Path(path)


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    running = Server(folder)
    yield running
    stop(running.process)


def test_a_server_killed_and_started_again_has_its_data_its_users_and_its_groups(server: Server) -> None:
    with server.redis() as redis:
        provision(redis, NEEDS)
        redis.set("kept", "yes")
    server.process.kill()
    server.process.wait()
    server.again()
    with server.redis() as redis:
        assert redis.get("kept") == "yes"
        assert len(redis.xinfo_groups("{order}:events:OrderPlaced")) == 1
        provision(redis, NEEDS)


def test_a_server_is_ready_in_a_moment(folder: Path) -> None:
    began = time.monotonic()
    server = Server(folder)
    took_s = time.monotonic() - began
    stop(server.process)
    assert took_s < START_S_MAX


def test_a_stopped_server_leaves_no_process_and_no_socket(server: Server) -> None:
    stop(server.process)
    assert server.process.returncode == 0
    assert not server.embedded.socket.exists()
    server.embedded.remove()
    assert not server.embedded.folder.exists()


def test_the_socket_can_be_opened_by_its_owner_alone_and_no_port_is_open(server: Server) -> None:
    assert server.embedded.socket.stat().st_mode & 0o077 == 0
    with server.redis() as redis:
        assert redis.config_get("port") == {"port": "0"}


def test_a_path_too_long_for_a_socket_is_refused_with_what_to_do(folder: Path) -> None:
    deep = Embedded(folder / ("d" * 120), folder / "redis.log", find_binary())
    with pytest.raises(NoServer, match="shorter name"):
        deep.prepare("")


def test_an_old_server_is_refused_with_what_to_do(folder: Path) -> None:
    old = program(folder, "echo 'Redis server v=6.2.7 sha=00000000:0 malloc=libc bits=64'")
    with pytest.raises(NoServer, match=r"version 6\.2\.7.*install a newer"):
        find_binary(old)


@pytest.mark.parametrize(("script", "says"), [("echo hello", "no Redis"), ("exit 1", "no Redis")])
def test_a_program_that_is_no_server_is_refused(folder: Path, script: str, says: str) -> None:
    with pytest.raises(NoServer, match=says):
        find_binary(program(folder, script))


def test_a_named_program_that_is_not_there_is_refused(folder: Path) -> None:
    with pytest.raises(NoServer, match="HARMONY_REDIS_BINARY"):
        find_binary(folder / "nothing")


def test_a_server_that_leaves_at_once_points_to_its_log(folder: Path) -> None:
    dying = Embedded(folder / "server", folder / "redis.log", Binary(program(folder, "exit 1"), (9, 1)))
    dying.prepare("")
    process = dying.start()
    with pytest.raises(NoServer, match=r"redis\.log"):
        wait_ready(process, Credentials(dying.url, "admin", "x"), dying.log)


def test_provisioning_again_changes_nothing(server: Server) -> None:
    with server.redis() as redis:
        provision(redis, NEEDS)
        redis.hincrby(keys.counters("payment"), "till", 500)
        redis.xadd("{order}:events:OrderPlaced", {"id": "1"})
        provision(redis, NEEDS)
        assert redis.hget(keys.counters("payment"), "till") == "500"
        assert redis.hget(keys.initial("payment"), "till") == "0"
        assert redis.xlen("{order}:events:OrderPlaced") == 1


def test_counters_open_with_the_catalogue_and_a_copy_is_kept(server: Server) -> None:
    with server.redis() as redis:
        provision(redis, NEEDS)
        opened = redis.hgetall(keys.counters("inventory"))
        assert opened == redis.hgetall(keys.initial("inventory"))
        assert opened == {name: str(units) for name, units in NEEDS.counters["inventory"].items()}
        assert len(opened) > 3


def test_a_server_that_belongs_to_another_arm_is_refused(server: Server) -> None:
    with server.redis() as redis:
        provision(redis, NEEDS)
        with pytest.raises(Refused, match="belongs to an-arm"):
            provision(redis, replace(NEEDS, arm="another-arm"))


def test_a_server_with_foreign_data_is_refused_and_left_as_it_is(server: Server) -> None:
    with server.redis() as redis:
        redis.set("somebody", "else")
        with pytest.raises(Refused, match="foreign data"):
            provision(redis, NEEDS)
        assert redis.dbsize() == 1


def test_users_made_on_a_running_server_can_log_in_until_they_are_dropped(server: Server) -> None:
    users = [Account("payment", ("~{payment}:*", "+get", "+ping"))]
    passwords = fresh_passwords(users)
    as_payment = Credentials(server.embedded.url, "payment", passwords["payment"])
    with server.redis() as redis:
        make_users(redis, users, passwords)
        with connect_once(as_payment) as payment:
            assert payment.ping()
        drop_users(redis, users)
        assert "payment" not in str(redis.acl_users())


def program(folder: Path, script: str) -> Path:
    """An executable shell script."""
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    os.chmod(path, 0o700)
    return path
