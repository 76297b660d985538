"""Processes that the bench starts itself: peers and their servers. All are gone when the block ends."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from benchmarks.bench.batch import Lost
from common.store.acl import acl_file, admin, fresh_passwords
from common.store.binary import find_binary
from common.store.connect import Credentials
from common.store.embedded import Embedded, connect_once, stop, wait_ready
from common.store.provision import Needs, opening_balance, provision
from compose.arm import groups
from compose.arms import ARMS
from compose.local.settings import Machine

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".bench-venv" / "bin" / "python"
READY_S, STOP_S = 20.0, 5.0


@dataclass(frozen=True, slots=True)
class Server:
    """A Redis server of a peer's own, of the same kind and durability as the lab's."""

    pid: int
    admin: Credentials


@contextmanager
def redis_server(name: str, seed: int, skus: int, port: int = 0) -> Iterator[Server]:
    """Started, with the streams' groups and the opening balance of choreography-streams."""
    with tempfile.TemporaryDirectory(prefix="harmony-bench-") as folder:
        accounts = [admin()]
        passwords = fresh_passwords(accounts)
        binary = find_binary(Machine().redis_binary)
        server = Embedded(Path(folder), Path(folder) / "redis.log", binary, port=port)
        server.prepare(acl_file(accounts, passwords, binary.version))
        process = server.start()
        try:
            credentials = Credentials(server.url, "admin", passwords["admin"])
            wait_ready(process, credentials, server.log)
            with connect_once(credentials) as redis:
                heard = tuple(groups(ARMS["choreography-streams"]))
                provision(redis, Needs(name, heard, opening_balance(seed, skus)))
            yield Server(process.pid, credentials)
        finally:
            stop(process)


@dataclass(frozen=True, slots=True)
class Child:
    """A peer's process that is told things by lines and answers by lines."""

    process: subprocess.Popen[str]
    words: Path | None = None  # where its words for people go

    @property
    def pid(self) -> int:
        """For its CPU time."""
        return self.process.pid

    def tell(self, shape: Any) -> None:
        """A line of JSON."""
        stdin = _pipe(self.process.stdin)
        stdin.write(json.dumps(shape) + "\n")
        stdin.flush()

    def hear(self, word: str, limit_s: float = READY_S) -> None:
        """Return when it has said the word. Raises Lost when it leaves or stays silent."""
        pipe, said = _pipe(self.process.stdout).fileno(), b""
        while word.encode() not in said.splitlines():  # no buffer but ours: select() would not see what one holds
            if not select.select([pipe], [], [], limit_s)[0]:
                raise Lost(f"{self._name()} stayed silent for {limit_s:.0f} s{self._last_words()}")
            piece = os.read(pipe, 4_096)
            if not piece:
                raise Lost(f"{self._name()} left before it said {word!r}{self._last_words()}")
            said += piece

    def _name(self) -> str:
        arguments = self.process.args
        return " ".join(map(str, arguments[2:4])) if isinstance(arguments, list) else str(arguments)

    def _last_words(self) -> str:
        if self.words is None or not self.words.exists():
            return ""
        lines = self.words.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((f": {line.strip()[:200]}" for line in reversed(lines) if line.strip()), "")


@contextmanager
def children(commands: Sequence[Sequence[str]], environment: Mapping[str, str] | None = None) -> Iterator[list[Child]]:
    """Python processes in .bench-venv, started together. What they say to people is told when one of them fails."""
    if not PYTHON.exists():
        raise Lost("the peers are not installed: run this by `make bench`")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harmony-bench-")))
        files = [folder / f"{number}.err" for number in range(len(commands))]
        yield [
            stack.enter_context(_child(command, environment or {}, file))
            for command, file in zip(commands, files, strict=True)
        ]


@contextmanager
def _child(command: Sequence[str], environment: Mapping[str, str], words: Path) -> Iterator[Child]:
    with words.open("wb") as file:
        process = subprocess.Popen(
            [str(PYTHON), *command],
            cwd=ROOT,
            env=os.environ | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            start_new_session=True,
        )
    try:
        yield Child(process, words)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pipe(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise Lost("a child has no pipe")
    return stream
