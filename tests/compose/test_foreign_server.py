"""An arm on a Redis server that somebody else runs: `--redis-url`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import exceptions

from common.settings import Settings
from common.store.acl import acl_file, admin, fresh_passwords
from common.store.binary import find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready
from compose.arm import Arm, Role
from compose.local.client import start_lab
from compose.local.errors import Trouble
from compose.local.ports import HOST, free_base
from compose.local.server import split

SETTINGS = Settings(skus=3)


def arm(name: str = "tiny") -> Arm:
    return Arm(name, "a pattern", "a transport", "order", (Role("order", "tests.compose.tiny:serve"),))


@dataclass(frozen=True)
class Foreign:
    """A server that the lab does not run, and its administrator."""

    url: str
    admin: Credentials


@pytest.fixture
def home() -> Iterator[Path]:
    """Short, unlike pytest's own: a socket's path is limited."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        yield Path(folder) / "home"


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        password = fresh_passwords([admin()])
        port = free_base(1)
        server = Embedded(Path(folder) / "server", Path(folder) / "redis.log", find_binary(), port=port)
        server.prepare(acl_file([admin()], password, server.binary.version))
        process = server.start()
        as_admin = Credentials(f"redis://{HOST}:{port}/0", "admin", password["admin"])
        try:
            wait_ready(process, as_admin, server.log)
            yield Foreign(f"redis://admin:{password['admin']}@{HOST}:{port}/0", as_admin)
        finally:
            stop(process)


def test_an_arm_runs_on_a_foreign_server_with_users_that_go_when_it_stops(foreign: Foreign, home: Path) -> None:
    with start_lab([arm()], SETTINGS, home, redis_urls={"tiny": foreign.url}) as lab:
        status = lab.status()["arms"]["tiny"]
        assert status["redis"] == foreign.admin.url
        assert [each["name"] for each in status["processes"]] == ["order-1"]
        order = lab.credentials("tiny", "order")
        with connect_once(order) as redis:
            redis.set("{order}:watermark", "1")
        assert lab.credentials("tiny", "admin") == foreign.admin
    with connect_once(order) as redis, pytest.raises(exceptions.AuthenticationError):
        redis.ping()
    with connect_once(foreign.admin) as redis:
        assert redis.get("lab:arm") == "tiny"
        assert redis.get("{order}:watermark") == "1"


def test_an_arm_is_refused_on_the_server_of_another(foreign: Foreign, home: Path) -> None:
    with start_lab([arm()], SETTINGS, home, redis_urls={"tiny": foreign.url}):
        pass
    with (
        pytest.raises(Trouble, match="belongs to tiny: give each arm a server of its own"),
        start_lab([arm("other")], SETTINGS, home, redis_urls={"other": foreign.url}),
    ):
        pass


def test_a_server_that_does_not_answer_is_named_without_its_password(home: Path) -> None:
    url = f"redis://admin:secret@{HOST}:{free_base(1)}/0"
    with (
        pytest.raises(Trouble, match="cannot be used") as trouble,
        start_lab([arm()], SETTINGS, home, redis_urls={"tiny": url}),
    ):
        pass
    assert "secret" not in str(trouble.value)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("redis://127.0.0.1:6379/0", ("redis://127.0.0.1:6379/0", "default", "")),
        ("redis://:p%40ss@db:6379/0", ("redis://db:6379/0", "default", "p@ss")),
        ("rediss://me:secret@db/2", ("rediss://db/2", "me", "secret")),
        ("unix:///run/redis.sock", ("unix:///run/redis.sock", "default", "")),
        ("unix://me:secret@/run/redis.sock", ("unix:///run/redis.sock", "me", "secret")),
    ],
)
def test_an_url_is_split_from_its_password(url: str, parts: tuple[str, str, str]) -> None:
    credentials = split(url)
    assert (credentials.url, credentials.username, credentials.password) == parts
