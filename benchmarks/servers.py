"""What an arm's Redis server says about itself: its kind, and how durable it really is. What was asked of it is not
looked at here; a server that was handed to the lab keeps its own settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.history import Unreadable, reading
from common.store.connect import Credentials
from compose.local.client import LabClient
from compose.local.errors import Trouble

COMMANDS = ":commands"
SCAN = 5_000  # keys looked at in one step: some ms of the server's time


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


@dataclass(frozen=True, slots=True)
class Reading:
    """A group that reads a stream, as far as `last`. A stream for commands that nobody reads has group ""."""

    stream: str
    group: str
    entries_read: int | None
    last: str
    consumers: int
    length: int

    def as_row(self) -> dict[str, str | int | None]:
        """For the records."""
        return asdict(self)


def streams_read(lab: LabClient, arm: str) -> list[Reading] | None:
    """Who reads whose stream, and which streams for commands there are; None when the server would not say.

    Streams of the services only: what a job queue keeps for itself bears no service's tag.
    """
    try:
        with reading(lab.credentials(arm, "auditor")) as redis:
            streams = sorted(set(redis.scan_iter(match="{*}:*", count=SCAN, _type="stream")))
            pipe = redis.pipeline(transaction=False)
            for stream in streams:
                pipe.xinfo_groups(stream).xlen(stream)
            told = pipe.execute()
    except (Trouble, Unreadable):
        return None
    each = zip(streams, told[::2], told[1::2], strict=True)
    return [found for stream, groups, length in each for found in _readings(stream, groups, length)]


def _readings(stream: str, groups: Sequence[Mapping[str, Any]], length: int) -> Iterator[Reading]:
    if not groups and stream.endswith(COMMANDS):
        yield Reading(stream, "", None, "", 0, length)
    for group in groups:
        read = group.get("entries-read")
        yield Reading(stream, group["name"], read, group["last-delivered-id"], int(group["consumers"]), length)


def consumers(readings: Sequence[Reading] | None) -> dict[str, int] | None:
    """Group -> its consumers, on the stream where it has most of them."""
    if readings is None:
        return None
    named = sorted({each.group for each in readings if each.group})
    return {name: max(each.consumers for each in readings if each.group == name) for name in named}


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
