"""The container engine of this machine: Docker with its daemon, else Podman with podman-compose."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
OWN = ROOT / ".compose-venv" / "bin" / "podman-compose"
ASK_S, COMPOSE_S = 60.0, 300.0
SAID_MAX = 2_000  # characters of each stream: why it failed stands at the end
NETAVARK = tuple(Path(folder) / "netavark" for folder in ("/usr/lib/podman", "/usr/libexec/podman"))

ADVICE = """\
No container engine was found. Install one of these:
- Docker: https://docs.docker.com/engine/install, with its compose plugin, and start its daemon.
- Podman 4.3 or newer; on Debian: apt-get install podman runc netavark aardvark-dns fuse-overlayfs iptables
  and podman-compose 1.6 or newer, which Debian 12 has not: make .compose-venv/.installed"""


class Missing(Exception):
    """Something of the environment is missing. The text says what to do about it."""


class Failed(Exception):
    """The engine could not do what it was asked for. The text says what it said."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A program that runs containers, and one that understands compose files."""

    program: str
    composing: tuple[str, ...]
    environment: dict[str, str]

    @property
    def is_docker(self) -> bool:
        return self.program == "docker"

    def ask(self, *words: str, timeout_s: float = ASK_S) -> str:
        """What the engine says. Raises Failed."""
        return self._said([self.program, *words], timeout_s)

    def does(self, *words: str) -> bool:
        """Whether the engine does it without complaint."""
        try:
            self.ask(*words)
        except Failed:
            return False
        return True

    def compose(self, *words: str) -> str:
        """What the compose program says. Raises Failed."""
        return self._said([*self.composing, *words], COMPOSE_S)

    def inspect(self, container: str) -> dict[str, Any]:
        """What the engine knows of a container. Raises Failed."""
        found: list[dict[str, Any]] = json.loads(self.ask("inspect", container))
        return found[0]

    def healthy(self, container: str) -> bool:
        """Whether the container's own health check passes. Where nothing runs it by itself, it is run now."""
        if not self.is_docker:  # without systemd, Podman asks only when it is told to
            return self.does("healthcheck", "run", container)
        try:
            return bool(self.inspect(container)["State"]["Health"]["Status"] == "healthy")
        except (Failed, KeyError):
            return False

    def _said(self, argv: Sequence[str], timeout_s: float) -> str:
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, timeout=timeout_s, check=False, env=self.environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Failed(f"{' '.join(argv)}: {error}") from error
        if done.returncode:
            said = f"{done.stdout[-SAID_MAX:]}\n{done.stderr[-SAID_MAX:]}".strip()
            raise Failed(f"{' '.join(argv)} ended with {done.returncode}: {said}")
        return done.stdout.strip()


def find(scratch: Path) -> Engine:
    """The engine to use. Raises Missing. `scratch`: for Podman's configuration, which is ours for these calls."""
    for engine in (_docker(), _podman(scratch)):
        if engine is not None and engine.does("info"):
            return engine
    raise Missing(ADVICE)


def _docker() -> Engine | None:
    engine = Engine("docker", ("docker", "compose"), _environment())
    return engine if shutil.which("docker") and engine.does("compose", "version") else None


def _podman(scratch: Path) -> Engine | None:
    composing = shutil.which("podman-compose") or (str(OWN) if OWN.exists() else None)
    if not shutil.which("podman") or composing is None:
        return None
    file = scratch / "containers.conf"
    file.write_text(_configuration(), encoding="utf-8")
    return Engine("podman", (composing,), _environment() | {"CONTAINERS_CONF": str(file)})


def _configuration() -> str:
    """Asks for no limits that this user may not raise, for names that containers find each other by, and for runc
    where there is one: crun refuses machines that have the old and the new control groups side by side."""
    network = '[network]\nnetwork_backend = "netavark"\n' if any(map(Path.exists, NETAVARK)) else ""
    runtime = '[engine]\nruntime = "runc"\n' if shutil.which("runc") else ""
    return f"[containers]\ndefault_ulimits = []\n{network}{runtime}"


def _environment() -> dict[str, str]:
    """Ours without the lab's knobs, so that the containers run with the defaults; traces are sent nowhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HARMONY_", "COMPOSE_"))}
    return kept | {"HARMONY_OTLP_ENDPOINT": ""}
