"""Runs one Redis or Valkey server from a folder: on a unix socket only its owner may open, with ACL users.

Started again from the same folder it has the same data and users. Who restarts it is not decided here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

from common.store.binary import Binary, NoServer
from common.store.connect import Credentials

SOCKET_PATH_MAX = 103  # bytes: macOS has 104 with the closing zero, Linux 108
ANSWER_TIMEOUT_S = 2.0
START_TIMEOUT_S = 10.0  # a server that loads a long append-only file takes a while
STOP_TIMEOUT_S = 3.0
POLL_S = 0.005
SCRIPT_LIMIT_MS = 2_000  # longer is a bug: from then on the server answers BUSY instead of nothing
MEMORY_MAX = "2gb"  # full, it refuses writes and drops nothing

CONFIG = """\
port {port}
bind 127.0.0.1
unixsocket "{socket}"
unixsocketperm 700
aclfile "{acl}"
dir "{data}"
appendonly yes
appendfsync {appendfsync}
save ""
maxmemory {memory}
maxmemory-policy noeviction
lua-time-limit {script_limit_ms}
logfile "{log}"
daemonize no
"""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Where a server lives and how it is set. `port` 0 means that only the unix socket answers."""

    folder: Path
    log: Path
    binary: Binary
    appendfsync: str = "everysec"
    port: int = 0

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def prepare(self, acl: str) -> None:
        """Write the configuration and the ACL file. Raises NoServer when the socket's path is too long."""
        too_many = len(os.fsencode(self.socket)) - SOCKET_PATH_MAX
        if too_many > 0:
            raise NoServer(
                f"The path {self.socket} is {too_many} bytes longer than the path of a socket may be:"
                " choose a folder with a shorter name for the lab (HARMONY_HOME)."
            )
        (self.folder / "data").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        _write_private(self.folder / "users.acl", acl)
        _write_private(self.folder / "redis.conf", self._config())

    def _config(self) -> str:
        return CONFIG.format(
            port=self.port,
            socket=self.socket,
            acl=self.folder / "users.acl",
            data=self.folder / "data",
            appendfsync=self.appendfsync,
            memory=MEMORY_MAX,
            script_limit_ms=SCRIPT_LIMIT_MS,
            log=self.log,
        )

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a session of its own, which no Ctrl-C at a terminal reaches. It is not ready yet."""
        self.socket.unlink(missing_ok=True)  # a killed server leaves it behind
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.binary.path, self.folder / "redis.conf"],
                stdin=subprocess.DEVNULL,
                stdout=log,  # a file: a pipe that nobody empties would stop the server one day
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )

    def remove(self) -> None:
        """Take away everything it kept. The log stays."""
        shutil.rmtree(self.folder, ignore_errors=True)


def wait_ready(server: subprocess.Popen[bytes], admin: Credentials, log: Path) -> None:
    """Return when the server answers. Raises NoServer when it leaves, or after START_TIMEOUT_S."""
    give_up = time.monotonic() + START_TIMEOUT_S
    while not answers(admin):
        if server.poll() is not None:
            raise NoServer(f"The Redis server left as soon as it was started: {log} says why.")
        if time.monotonic() > give_up:
            raise NoServer(f"The Redis server is silent after {START_TIMEOUT_S:.0f} s: {log} may say why.")
        time.sleep(POLL_S)


def answers(admin: Credentials) -> bool:
    """Whether the server answers this user and has loaded its data. Wrong credentials raise."""
    with connect_once(admin) as redis:
        try:
            return bool(redis.ping())
        except exceptions.AuthenticationError:
            raise
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError):  # loading is one, too
            return False


def connect_once(credentials: Credentials) -> Redis:
    """A blocking client that tries each command once; for administrators, who may wait. Answers are texts."""
    return Redis.from_url(
        credentials.url,
        username=credentials.username,
        password=credentials.password,
        decode_responses=True,
        socket_timeout=ANSWER_TIMEOUT_S,
        socket_connect_timeout=ANSWER_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


def stop(server: subprocess.Popen[bytes], timeout_s: float = STOP_TIMEOUT_S) -> None:
    """Ask the server to leave (it writes out what it has), and make it leave after the timeout."""
    server.terminate()
    try:
        server.wait(timeout_s)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
