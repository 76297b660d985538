"""What an arm's Redis server says about itself: its kind, and how durable it really is. What was asked of it is not
looked at here; a server that was handed to the lab keeps its own settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from benchmarks.history import Unreadable, reading
from common.store.connect import Credentials
from compose.local.client import LabClient
from compose.local.errors import Trouble


@dataclass(frozen=True, slots=True)
class Observed:
    """None is what the server would not say. `appendfsync` counts only where there is an append-only file."""

    server: str | None = None
    append_only: bool | None = None
    appendfsync: str | None = None

    def as_row(self) -> Mapping[str, str | bool | None]:
        """For the ledger."""
        return asdict(self)


def observed(lab: LabClient, arm: str) -> Observed:
    """Asked of the server in use. Never raises: a server that does not answer is an unknown one."""
    try:
        auditor, admin = lab.credentials(arm, "auditor"), lab.credentials(arm, "admin")
    except Trouble:
        return Observed()
    return Observed(_kind(auditor), _append_only(auditor), _appendfsync(admin))


def _kind(auditor: Credentials) -> str | None:
    """Such as `valkey 9.1.2`."""
    told = _info(auditor, "server")
    name = told.get("server_name", "redis")
    version = told.get(f"{name}_version") or told.get("redis_version")
    return f"{name} {version}" if version else None


def _append_only(auditor: Credentials) -> bool | None:
    enabled = _info(auditor, "persistence").get("aof_enabled")
    return None if enabled is None else str(enabled) == "1"


def _appendfsync(admin: Credentials) -> str | None:
    """Many a hosted server refuses CONFIG even to its administrator."""
    try:
        with reading(admin) as redis:
            told: Mapping[str, str] = redis.config_get("appendfsync")
    except Unreadable:
        return None
    return told.get("appendfsync")


def _info(auditor: Credentials, section: str) -> Mapping[str, object]:
    try:
        with reading(auditor) as redis:
            told: Mapping[str, object] = redis.info(section)
    except Unreadable:
        return {}
    return told
