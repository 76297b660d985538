"""Real servers for tests: the embedded one, and a redis-server where there is one on PATH."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

from redis import Redis

from common.store.acl import Account, acl_file, admin, fresh_passwords
from common.store.binary import Binary, find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready

BINARIES = {"embedded": find_binary()}
if shutil.which("redis-server"):
    BINARIES["on-path"] = find_binary("redis-server")


class Server:
    """A running server, which a test may kill and start again."""

    def __init__(self, folder: Path, binary: Binary, accounts: list[Account], appendfsync: str) -> None:
        self._accounts = [admin(), *accounts]
        self._passwords = fresh_passwords(self._accounts)
        self._embedded = Embedded(folder / "server", folder / "redis.log", binary, appendfsync)
        self._embedded.prepare(acl_file(self._accounts, self._passwords, binary.version))
        self._process: Popen[bytes]
        self.start()

    def credentials(self, user: str = "admin") -> Credentials:
        return Credentials(self._embedded.url, user, self._passwords[user])

    def start(self) -> None:
        self._process = self._embedded.start()
        wait_ready(self._process, self.credentials(), self._embedded.log)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        stop(self._process)

    def redis(self) -> Redis:
        return connect_once(self.credentials())


@contextmanager
def running(binary: Binary, *accounts: Account, appendfsync: str = "everysec") -> Iterator[Server]:
    """A server in a folder of its own, gone at the end."""
    with tempfile.TemporaryDirectory(prefix="harmony-") as folder:
        server = Server(Path(folder), binary, list(accounts), appendfsync)
        try:
            yield server
        finally:
            server.stop()
