"""Connections to Redis, and what its errors mean to us.

redis-py repeats every command up to ten times on its own, XADD included, and times blocking reads out after 5 s
(version 8): here nothing is repeated behind our back, and whoever waits for new entries has a connection of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redis import exceptions
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from common.messages import Unreachable
from common.store.packing import PACKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 2.0  # for one answer; a script over a full batch takes about a millisecond
BLOCK_MS = 1_000  # how long a read waits for news: short enough to notice a stop or a lost connection
CONNECTIONS_MAX = 16  # per process: commits, journal, deadlines, metrics, the door's reads


@dataclass(frozen=True, slots=True)
class Credentials:
    """One user of one server. The url never holds the password: `unix:///path/redis.sock` or `redis://127.0.0.1:6379/0`."""

    url: str
    username: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.url!r}, {self.username!r})"


def connect(credentials: Credentials, *, decode: bool = False) -> Redis:
    """A client that tries each command once. `decode` gives texts instead of bytes.

    Whoever blocks in a read wants a client of its own, or it takes the connections that others wait for.
    """
    pool = BlockingConnectionPool.from_url(
        credentials.url,
        username=credentials.username,
        password=credentials.password,
        decode_responses=decode,
        socket_timeout=TIMEOUT_S + BLOCK_MS / 1000,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        max_connections=CONNECTIONS_MAX,
        timeout=TIMEOUT_S,  # for a connection to become free
        protocol=2,
    )
    pool.connection_class = PACKING.get(pool.connection_class, pool.connection_class)
    return Redis.from_pool(pool)


UNREACHABLE = (
    exceptions.ConnectionError,
    exceptions.TimeoutError,
    exceptions.BusyLoadingError,
    exceptions.OutOfMemoryError,
    exceptions.ReadOnlyError,
    OSError,
    TimeoutError,
)
NOT_NOW = re.compile(r"\b(OOM|MISCONF|NOREPLICAS|NOGROUP|LOADING|BUSY|UNKILLABLE|UNBLOCKED|READONLY|NOAUTH)\b")
"""Error codes of a server that answers and cannot do it now: out of memory, disk full, groups or users not made yet."""


@contextmanager
def asking(whom: str) -> Iterator[None]:
    """Turns a server's trouble into Unreachable: nobody decided anything. Other errors (a bug of ours) pass through."""
    try:
        yield
    except UNREACHABLE as error:
        raise Unreachable(f"{whom}: {error}") from error
    except exceptions.ResponseError as error:
        if NOT_NOW.search(str(error)):
            raise Unreachable(f"{whom}: {error}") from error
        raise


def fields_of(raw: Mapping[bytes, bytes]) -> dict[str, bytes]:
    """A stream entry's fields with names as text; values stay bytes until they are checked."""
    return {name.decode("utf-8", "replace"): value for name, value in raw.items()}
