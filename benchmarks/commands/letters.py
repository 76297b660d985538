"""Dead letters of a running lab: what could not be read, or failed for the last time, with everything about it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.commands import options

if TYPE_CHECKING:
    from compose.local.client import LabClient

REDIS = "redis"
OPERATION = "operation "  # how a request that was set aside names its stream: "operation charge"
ORIGINAL = "original:"  # before the names of the fields that the entry had


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter: where it lies, its id there, and its fields as they were written."""

    arm: str
    service: str
    id: str
    fields: Mapping[str, str]

    @property
    def at_ms(self) -> int:
        """When it was set aside."""
        return int(self.id.partition("-")[0])

    @property
    def operation(self) -> str:
        """The operation or the event type that failed; the stream's own name where nobody could read which."""
        stream = self.fields.get("stream", "")
        if stream.startswith(OPERATION):
            return stream.removeprefix(OPERATION)
        kind = stream.rpartition(":events:")[2] if ":events:" in stream else ""
        return self.fields.get(f"{ORIGINAL}type") or kind or stream

    @property
    def order(self) -> str:
        """The order's id, if it is known."""
        asked = self.fields.get("stream", "").startswith(OPERATION)
        return self.fields.get(f"{ORIGINAL}subject") or (self.fields.get("entry", "") if asked else "")

    def as_row(self) -> dict[str, Any]:
        """For the list."""
        return {
            "arm": self.arm,
            "service": self.service,
            "id": self.id,
            "at_ms": self.at_ms,
            "age_s": round(max(0.0, time.time() - self.at_ms / 1000), 1),
            "operation": self.operation,
            "order": self.order,
            "reason": self.fields.get("reason", ""),
            "attempts": _number(self.fields.get("attempts", "")),
        }


def _number(text: str) -> int | None:
    return int(text) if text.isdigit() else None


def letters(client: LabClient, arms: Iterable[str]) -> list[Letter]:
    """Every letter of these arms, oldest first within each. Raises Unreadable, Trouble."""
    return [letter for arm in arms for letter in sorted(_letters(client, arm), key=_age)]


def _letters(client: LabClient, arm: str) -> list[Letter]:
    from benchmarks import history
    from common.store import keys

    found = []
    with history.reading(client.credentials(arm, "auditor")) as redis:
        for service in services(client, arm):
            entries = redis.xrange(keys.dead(service))  # they are bounded where they are written
            found += [Letter(arm, service, name, fields) for name, fields in entries]
    return found


def services(client: LabClient, arm: str) -> tuple[str, ...]:
    """Everybody who may have letters in this arm."""
    processes = client.status()["arms"][arm]["processes"]
    return tuple(dict.fromkeys(process["service"] for process in processes if process["service"] != REDIS))


def _age(letter: Letter) -> tuple[int, ...]:
    return tuple(int(part) for part in letter.id.split("-"))


def of_service(found: Sequence[Letter], service: str | None, known: Iterable[str]) -> list[Letter]:
    """Those of this service, or all. Raises a usage error when nobody has it."""
    names = list(dict.fromkeys(known))
    if service is not None and service not in names:
        raise options.unknown("service", service, names)
    return [letter for letter in found if service in (None, letter.service)]


def chosen(found: Sequence[Letter], letter_id: str | None, everything: bool) -> list[Letter]:
    """The letters that a command means: one by its id, or all. Raises a usage error when that is not clear."""
    if (letter_id is not None) == everything:
        raise options.wrong("Say which letter: an ID that `harmony dlq list` shows, or --all, and not both.")
    return list(found) if letter_id is None else [one(found, letter_id)]


def one(found: Sequence[Letter], letter_id: str) -> Letter:
    """The letter of this id. Raises a usage error when there is none, or when several arms or services have one."""
    same = [letter for letter in found if letter.id == letter_id]
    if not same:
        raise options.unknown("dead letter", letter_id, [letter.id for letter in found])
    if len(same) > 1:
        where = ", ".join(f"--arm {letter.arm} --service {letter.service}" for letter in same)
        raise options.wrong(f"{letter_id} is the id of {len(same)} letters, so say which: {where}.")
    return same[0]
