"""The Redis server of an arm, alone in its container: started, made fit for the arm, and rid of old orders.

The entry is its parent: it passes the request to stop on, and leaves when the server does. Who starts it again is the
container engine; then everything is done anew, and what is there already is left alone.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from redis.exceptions import RedisError

from common.settings import Settings
from common.store.binary import Binary, NoServer, find_binary
from common.store.connect import Credentials
from common.store.embedded import CONFIG, SCRIPT_LIMIT_MS, connect_once, wait_ready
from common.store.provision import Needs, Refused, opening_balance, provision
from compose.arm import groups
from compose.arms import OWN
from compose.docker.names import ADMIN, DATA, GIVEN, PASSWORD, READY, REDIS_PORT, SCRATCH, USERS
from compose.docker.process import given
from compose.docker.settings import Container
from compose.local.dropping import keep_dropping

MEMORY_MAX = "512mb"  # half of what the container may have: rewriting its file, the server may need twice as much
OPEN = "bind * -::*\n"  # after it, in place of its loopback: to the other containers, who need a password
LOG = Path("the container's log")


def main() -> None:
    """Be the server of the arm that the environment names, until SIGTERM."""
    try:
        sys.exit(asyncio.run(_live(Container().arm, Settings())))
    except (NoServer, Refused, RedisError) as error:
        sys.exit(f"The Redis server of {Container().arm} cannot be used: {error}")


async def _live(arm: str, settings: Settings) -> int:
    socket = SCRATCH / "redis.sock"
    admin = Credentials(f"unix://{socket}", ADMIN, given(PASSWORD))
    server = _start(find_binary(None), socket, settings.appendfsync)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.terminate)
    leaving = asyncio.create_task(asyncio.to_thread(server.wait))
    await asyncio.to_thread(_make_ready, server, admin, needs(arm, settings))
    dropping = asyncio.create_task(keep_dropping([admin], settings.retention_s))
    await asyncio.wait([leaving, dropping], return_when=asyncio.FIRST_COMPLETED)
    READY.unlink(missing_ok=True)
    server.terminate()
    return await leaving


def needs(arm: str, settings: Settings) -> Needs:
    """What the arm needs on its server."""
    return Needs(arm, tuple(groups(OWN[arm])), opening_balance(settings.seed, settings.skus))


def config(socket: Path, appendfsync: str) -> str:
    """The local lab's configuration, open to the other containers, with its log where containers have theirs."""
    configured = CONFIG.format(
        port=REDIS_PORT,
        socket=socket,
        acl=GIVEN / USERS,
        data=DATA,
        appendfsync=appendfsync,
        memory=MEMORY_MAX,
        script_limit_ms=SCRIPT_LIMIT_MS,
        log="",
    )
    return configured + OPEN


def _start(binary: Binary, socket: Path, appendfsync: str) -> subprocess.Popen[bytes]:
    SCRATCH.mkdir(mode=0o700, parents=True, exist_ok=True)
    READY.unlink(missing_ok=True)
    file = SCRATCH / "redis.conf"
    file.write_text(config(socket, appendfsync), encoding="utf-8")
    return subprocess.Popen([binary.path, file], stdin=subprocess.DEVNULL, start_new_session=True)


def _make_ready(server: subprocess.Popen[bytes], admin: Credentials, wanted: Needs) -> None:
    try:
        wait_ready(server, admin, LOG)
        with connect_once(admin) as redis:
            provision(redis, wanted)
    except BaseException:
        server.kill()
        raise
    READY.touch()
