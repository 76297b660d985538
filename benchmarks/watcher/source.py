"""What there is to watch: asked of a lab's supervisor, or read from a file where there is none (containers)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from common.settings import Settings
from common.store.connect import Credentials
from compose.arm import Arm
from compose.arms import ARMS
from compose.local.client import LabClient

AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Process:
    """One process of an arm. Where nobody keeps it, its pid and starts are unknown, and its state is asked of it."""

    name: str
    service: str
    url: str
    state: str | None = None
    pid: int | None = None
    starts: int | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """An arm under watch, and the user by which its server is asked."""

    arm: Arm
    auditor: Credentials
    processes: tuple[Process, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """All that is under watch."""

    arms: tuple[Watched, ...]
    slo_s: float
    deadline_s: float


class Source(Protocol):
    def seen(self) -> Seen:
        """What there is now. Raises Trouble when nobody can say."""
        ...

    def history(self) -> list[dict[str, Any]]:
        """What was done to the processes; nothing where nobody writes it down. Raises Trouble."""
        ...


class OfLab:
    """The lab of a home. It may come and go."""

    def __init__(self, home: Path) -> None:
        self._lab = LabClient(home)
        self._auditors: dict[tuple[str, int], Credentials] = {}

    def seen(self) -> Seen:
        """See Source."""
        status = self._lab.status()
        supervisor = status["supervisor"]
        arms = (self._watched(name, told, supervisor["pid"]) for name, told in status["arms"].items())
        return Seen(tuple(arms), float(supervisor["slo_s"]), float(supervisor["deadline_s"]))

    def _watched(self, name: str, told: Mapping[str, Any], supervisor: int) -> Watched:
        if (name, supervisor) not in self._auditors:  # passwords hold for as long as the supervisor lives
            self._auditors[name, supervisor] = self._lab.credentials(name, AUDITOR)
        fields = ("name", "service", "url", "state", "pid", "starts")
        processes = (Process(**{field: each[field] for field in fields}) for each in told["processes"])
        return Watched(ARMS[name], self._auditors[name, supervisor], tuple(processes))

    def history(self) -> list[dict[str, Any]]:
        """See Source."""
        return self._lab.history()


class OfFile:
    """`{"arms": {ARM: {"redis": {"url", "user", "password"}, "processes": {NAME: {"service", "url"}}}}}`.

    In place of a password there may be a `password_file`. `slo_s` and `deadline_s` are this process's own settings.
    """

    def __init__(self, path: Path) -> None:
        arms = json.loads(path.read_text(encoding="utf-8"))["arms"]
        settings = Settings()
        self._seen = Seen(
            tuple(_from_file(name, told) for name, told in arms.items()), settings.slo_s, settings.deadline_s
        )

    def seen(self) -> Seen:
        """See Source."""
        return self._seen

    def history(self) -> list[dict[str, Any]]:
        """See Source."""
        return []


def _from_file(name: str, told: Mapping[str, Any]) -> Watched:
    redis = told["redis"]
    password = redis["password"] if "password" in redis else Path(redis["password_file"]).read_text().strip()
    processes = (Process(process, each["service"], each["url"]) for process, each in told["processes"].items())
    return Watched(ARMS[name], Credentials(redis["url"], redis.get("user", AUDITOR), password), tuple(processes))
