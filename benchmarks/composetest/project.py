"""One lab in containers, from its files to its end: a project of its own, with secrets and ports of its own."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.composetest import image
from benchmarks.composetest.engine import Engine, Failed
from common.store.connect import Credentials
from compose.arms import OWN
from compose.docker import file, passwords
from compose.docker.arms import door
from compose.docker.container import CORE, LOAD, Form
from compose.docker.names import AUDITOR, host
from compose.local.ports import free_base

LABEL = "com.docker.compose"
HEALTHY_S, GONE_S = 90.0, 30.0
LOOK_S = 0.2
DOORS, SERVERS, PAGE = 0, 10, 20  # from the first free port on


@dataclass(frozen=True, slots=True)
class Project:
    """Files in a folder, and containers of that name."""

    engine: Engine
    name: str
    folder: Path
    form: Form
    arms: tuple[str, ...]

    @classmethod
    def prepare(cls, engine: Engine, folder: Path, arms: tuple[str, ...]) -> Project:
        """Write its files. The committed compose file is one writing of the same table; this is another."""
        base = free_base(arms=1)
        form = Form(
            image=image.NAME,
            door_base=base + DOORS,
            redis_base=base + SERVERS,
            page=base + PAGE,
            eager=engine.is_docker,
        )
        (folder / "compose.yaml").write_text(file.text(form), encoding="utf-8")
        passwords.make(folder / "secrets")
        return cls(engine, f"harmony-test-{os.getpid()}", folder, form, arms)

    def up(self) -> None:
        """Start everything. Raises Failed."""
        self._compose("up", "-d", "--no-build")

    def down(self) -> list[str]:
        """Take everything away, data too. Returns what would not go."""
        with suppress(Failed):
            self._compose("down", "--volumes")
        for left in self.containers():
            with suppress(Failed):
                self.engine.ask("rm", "--force", "--volumes", left)
        return [*self.containers(), *self._volumes()]

    def containers(self, service: str = "") -> list[str]:
        """Names, running or not, of one service or of all."""
        only = ["--filter", f"label={LABEL}.service={service}"] if service else []
        mine = ["--filter", f"label={LABEL}.project={self.name}"]
        return self.engine.ask("ps", "--all", *mine, *only, "--format", "{{.Names}}").split()

    def container(self, arm: str, service: str) -> str:
        """The one container of a role. Raises Failed."""
        found = self.containers(host(arm, service))
        if len(found) != 1:
            raise Failed(f"{len(found)} containers are {host(arm, service)}, and not one")
        return found[0]

    def until_healthy(self, containers: list[str], told: Callable[[str], None]) -> None:
        """Return when all are. Raises Failed with what the log of one that is not says."""
        waiting, give_up = list(containers), time.monotonic() + HEALTHY_S
        while waiting := [each for each in waiting if not self.healthy(each)]:
            if time.monotonic() > give_up:
                log = self.engine.ask("logs", "--tail", "20", waiting[0])
                raise Failed(f"not healthy after {HEALTHY_S:.0f} s: {', '.join(waiting)}; {waiting[0]} says: {log}")
            time.sleep(LOOK_S)
        told(f"{len(containers)} containers are healthy")

    def healthy(self, container: str) -> bool:
        """By its own health check; one that has none, by running."""
        try:
            known = self.engine.inspect(container)
        except Failed:
            return False
        checked = known["Config"].get("Healthcheck")
        return self.engine.healthy(container) if checked else bool(known["State"]["Running"])

    def kill(self, container: str) -> str:
        """Kill its process from outside, as an accident would, so that the engine restarts it by its policy; where
        its process is not ours to signal, by the engine, and start it again. Returns which it was."""
        known = self.engine.inspect(container)
        pid = int(known["State"]["Pid"])
        if _is_in(pid, str(known["Id"])):
            with suppress(PermissionError):
                os.kill(pid, signal.SIGKILL)
                return "by its own restart policy"
        self.engine.ask("kill", "--signal", "KILL", container)
        self.engine.ask("start", container)
        return "started again by us"

    def pid(self, container: str) -> int:
        """Of its first process; 0 while it is not running."""
        return int(self.engine.inspect(container)["State"]["Pid"])

    def door(self, arm: str) -> str:
        return door(self.form, arm)

    def auditor(self, arm: str) -> Credentials:
        """Who may read everything on an arm's server."""
        port = self.form.redis_base + list(OWN).index(arm)
        password = passwords.passwords(OWN[arm], self.folder / "secrets")[AUDITOR]
        return Credentials(f"redis://127.0.0.1:{port}/0", AUDITOR, password)

    def _compose(self, *words: str) -> str:
        return self.engine.compose("-p", self.name, "-f", str(self.folder / "compose.yaml"), *self._profiles(), *words)

    def _profiles(self) -> Iterator[str]:
        for profile in (CORE, *self.arms, LOAD):  # an arm's name is a profile, too
            yield from ("--profile", profile)

    def _volumes(self) -> list[str]:
        return self.engine.ask("volume", "ls", "--filter", f"name={self.name}", "--format", "{{.Name}}").split()


def _is_in(pid: int, container: str) -> bool:
    """Whether this process is in that container: an engine may count in a machine of its own."""
    try:
        return pid > 1 and container in Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
    except OSError:
        return False
