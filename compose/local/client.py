"""How everybody else deals with a lab on this machine: start one, ask it, do it harm, stop it."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psutil

from common.store.connect import Credentials
from compose.arm import Arm
from compose.local.companion import Beside, nobody
from compose.local.errors import NoLab, Trouble
from compose.local.home import Home, default_home
from compose.local.launching import end, launch
from compose.local.plan import Plan
from compose.local.ports import free_base
from compose.local.settings import Machine
from compose.local.signals import runs

if TYPE_CHECKING:
    from common.settings import Settings

__all__ = ["LabClient", "NoLab", "launch_lab", "start_lab"]

ANSWER_TIMEOUT_S = 10.0
STOP_TIMEOUT_S, STOP_POLL_S = 15.0, 0.01

What = Literal["kill", "pause", "resume", "stop", "start"]


class LabClient:
    """Talks to the supervisor of the lab in a home. Every request is a connection of its own."""

    def __init__(self, home: Path, supervisor: subprocess.Popen[bytes] | None = None) -> None:
        self.home = home
        self._supervisor = supervisor  # when we started it: a bound lab ends when this is forgotten

    @classmethod
    def connect(cls, home: Path | None = None) -> LabClient:
        """The lab of this home (HARMONY_HOME or this user's own when not given). Raises NoLab."""
        client = cls(home or default_home(Machine().home))
        client.status()
        return client

    def status(self) -> dict[str, Any]:
        """`{"arms": {ARM: {"door", "redis", "processes": [{"name", "service", "replica", "pid", "url", "state"}]}}}`,
        with `"beside": [{"name", "pid", "url", "state", "starts"}]`, the programs beside the arms.

        Redis servers are processes named `redis`. States: starting, ready, paused, stopping, down, held, stopped,
        crash-looping.
        """
        status: dict[str, Any] = self._ask("status")
        return status

    def signal(self, arm: str, process: str, what: What, tree: bool = True, hold_s: float | None = None) -> float:
        """Do this to a process (`tree`: with all it has started). Returns when, in epoch ms. Raises Trouble.

        A killed one is started again after `hold_s`, or after the usual delay; a paused one goes on after `hold_s`,
        or when it is resumed; a stopped one stays down until it is started.
        """
        request = {"arm": arm, "process": process, "what": what, "tree": tree, "hold_s": hold_s}
        return float(self._ask("signal", **request))

    def kill(self, arm: str, process: str, hold_s: float | None = None) -> float:
        """SIGKILL with all it has started; it stays down for `hold_s`, or for the usual delay. Returns the epoch ms."""
        return self.signal(arm, process, "kill", hold_s=hold_s)

    def credentials(self, arm: str, user: str) -> Credentials:
        """A user of the arm's Redis server: `auditor`, `admin`, `door` or a service."""
        return Credentials(**self._ask("credentials", arm=arm, user=user))

    def token(self) -> str:
        """The bearer token that /faults of every process wants to see."""
        return str(self._ask("token"))

    def history(self) -> list[dict[str, Any]]:
        """What happened to the processes, oldest first: `{"at_ms", "arm", "process", "event", ...}` (see `history`)."""
        entries: list[dict[str, Any]] = self._ask("history")
        return entries

    def stop(self) -> None:
        """Stop everything in order. Returns when nothing is left running. Raises NoLab, Trouble."""
        supervisor = psutil.Process(self.status()["supervisor"]["pid"])
        everything = [supervisor, *supervisor.children(recursive=True)]
        self._ask("stop")
        left = _wait_gone(everything)
        if self._supervisor is not None:
            end(self._supervisor)
        if left:
            raise Trouble(
                f"The lab in {self.home} does not stop: {', '.join(str(each.pid) for each in left)} still run."
            )

    def _ask(self, do: str, **fields: Any) -> Any:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_TIMEOUT_S)
            try:
                connection.connect(str(Home(self.home).control))
                connection.sendall(json.dumps({"do": do} | fields).encode() + b"\n")
                line = connection.makefile("rb").readline()
            except (FileNotFoundError, ConnectionError, NotADirectoryError) as error:
                raise NoLab(f"No lab is running in {self.home}: start one with `harmony up`.") from error
            except OSError as error:
                raise Trouble(f"The lab in {self.home} does not answer ({error}).") from error
        return _result(line, self.home)


def _wait_gone(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run after STOP_TIMEOUT_S. A zombie is gone: only its parent has not looked yet."""
    give_up = time.monotonic() + STOP_TIMEOUT_S
    while (left := [each for each in processes if runs(each)]) and time.monotonic() < give_up:
        time.sleep(STOP_POLL_S)
    return left


def _result(line: bytes, home: Path) -> Any:
    if not line:
        raise NoLab(f"The lab in {home} has just been stopped: start one with `harmony up`.")
    answer = json.loads(line)
    if "trouble" in answer:
        raise Trouble(answer["trouble"])
    return answer["result"]


def launch_lab(
    arms: Sequence[Arm],
    settings: Settings,
    home: Path | None = None,
    logs: Path | None = None,
    port_base: int | None = None,
    redis_urls: Mapping[str, str] | None = None,
    *,
    bound: bool = False,
    beside: Beside = nobody,
) -> LabClient:
    """Start a lab and leave it running; returns when all is ready. `bound`: it ends when this process does.

    Without a port base, free ports are found. `beside`: programs that run beside it. Raises Trouble; then nothing is
    left running.
    """
    machine = Machine()
    root = (home or default_home(machine.home)).absolute()
    plan = Plan(
        home=root,
        logs=(logs or Home(root).logs).absolute(),
        arms=tuple(arms),
        port_base=free_base(len(arms)) if port_base is None else port_base,
        settings=settings.model_dump(mode="json"),
        redis_urls=dict(redis_urls or {}),
        redis_binary=machine.redis_binary,
        bound=bound,
    )
    return LabClient(root, launch(replace(plan, companions=tuple(beside(plan)))))


@contextmanager
def start_lab(
    arms: Sequence[Arm],
    settings: Settings,
    home: Path | None = None,
    logs: Path | None = None,
    port_base: int | None = None,
    redis_urls: Mapping[str, str] | None = None,
    foreground: bool = True,
    beside: Beside = nobody,
) -> Iterator[LabClient]:
    """A lab for the length of a `with` block, stopped however the block ends; `foreground`: also when we are killed.

    Without a home it gets a temporary one, which goes with it, logs and all, unless the block raised or
    the logs say why the lab could not start.
    """
    root = home or Path(tempfile.mkdtemp(prefix="harmony-"))
    client = None
    try:
        client = launch_lab(arms, settings, root, logs, port_base, redis_urls, bound=foreground, beside=beside)
        try:
            yield client
        finally:
            _stop(client)
    except Exception as error:
        if client is None and isinstance(error, Trouble) and str(logs or Home(root).logs) not in str(error):
            _forget(root, home)  # it never ran, and the sentence says all: no log is worth keeping
        raise
    except BaseException:
        _forget(root, home)
        raise
    _forget(root, home)


def _stop(client: LabClient) -> None:
    try:
        client.stop()
    except NoLab:
        return  # somebody else has stopped it


def _forget(root: Path, asked_for: Path | None) -> None:
    if asked_for is None:
        shutil.rmtree(root, ignore_errors=True)
