"""Fixtures that several rooms use: a real server of each kind, emptied before each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.store.binary import find_binary
from tests.servers import BINARIES, Server, running


@pytest.fixture(scope="session", params=sorted(BINARIES))
def kept_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with running(BINARIES[request.param]) as server:
        yield server


@pytest.fixture
def server(kept_server: Server) -> Server:
    """One of each kind of server that we support, empty."""
    return _emptied(kept_server)


def _emptied(kept: Server) -> Server:
    with kept.redis() as redis:
        redis.flushall()
        redis.config_set("maxmemory", "0")
    return kept


@pytest.fixture(scope="session")
def kept_embedded() -> Iterator[Server]:
    with running(find_binary()) as server:
        yield server


@pytest.fixture
def embedded(kept_embedded: Server) -> Server:
    """The embedded server, empty."""
    return _emptied(kept_embedded)


@pytest.fixture
def fresh_server() -> Iterator[Server]:
    """An embedded server that the test may kill: it has written what it acknowledges, also while a slow disk syncs."""
    with running(find_binary(), appendfsync="always") as server:
        yield server
