"""What waits in an arm's streams: for each service and stream that it hears, how old the oldest unacked entry is.

XINFO's `lag` is not used: after trimming it counts entries that are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.history import Asked
from benchmarks.watcher.metrics import DEAD_LETTERS, ENTRIES, OLDEST_AGE, PENDING, Sample, told
from common.domain.events import EVENTS
from common.store import keys
from compose.arm import Arm, groups


@dataclass(frozen=True, slots=True)
class Hearer:
    """A group of a stream: how far it was served, and how much it holds."""

    stream: str
    service: str
    last: str
    pending: int


def look(redis: Asked, arm: Arm) -> Iterator[Sample]:
    """Two round trips, whatever waits."""
    heard = set(groups(arm))
    streams = sorted({stream for stream, _ in heard})
    lengths = sorted({*streams, *(keys.events(event.source, event.__name__) for event in EVENTS)})
    parking = list(dict.fromkeys(role.user or role.service for role in arm.roles))
    pipe = redis.pipeline(transaction=False)
    pipe.time()
    for stream in streams:
        pipe.xinfo_groups(stream)
    for stream in lengths:
        pipe.xlen(stream)
    for service in parking:
        pipe.xlen(keys.dead(service))
    moment, *answers = pipe.execute(raise_on_error=False)
    infos, counts = answers[: len(streams)], answers[len(streams) :]
    named = [(ENTRIES, stream) for stream in lengths] + [(DEAD_LETTERS, service) for service in parking]
    for (metric, label), count in zip(named, counts, strict=True):
        if isinstance(count, int):
            yield told(metric, label, value=count)
    yield from _ages(redis, list(_hearers(streams, infos, heard)), now_ms(moment))


def _hearers(streams: Iterable[str], infos: Iterable[Any], heard: set[tuple[str, str]]) -> Iterator[Hearer]:
    """The groups that the arm's table names; a stream that nobody has made yet has none."""
    for stream, info in zip(streams, infos, strict=True):
        if not isinstance(info, Exception):
            known = (group for group in info if (stream, group["name"]) in heard)
            yield from (Hearer(stream, each["name"], each["last-delivered-id"], each["pending"]) for each in known)


def _ages(redis: Asked, hearers: list[Hearer], now: int) -> Iterator[Sample]:
    pipe = redis.pipeline(transaction=False)
    for each in hearers:  # what was handed out is always older than what was not
        if each.pending:
            pipe.xpending(each.stream, each.service)
        else:
            pipe.xrange(each.stream, min=f"({each.last}", count=1)
    for each, answer in zip(hearers, pipe.execute(raise_on_error=False), strict=True):
        if not isinstance(answer, Exception):
            oldest = _first(answer)
            age_s = max(0, now - written_ms(oldest)) / 1000 if oldest else 0.0
            yield told(OLDEST_AGE, each.service, each.stream, value=age_s)
            yield told(PENDING, each.service, each.stream, value=each.pending)


def _first(answer: Any) -> str:
    """The id of the oldest entry in an answer, "" when there is none."""
    if isinstance(answer, Mapping):
        return str(answer["min"] or "")
    return str(answer[0][0]) if answer else ""


def written_ms(entry: str) -> int:
    """When an entry was written, by the server's clock."""
    return int(entry.partition("-")[0])


def now_ms(moment: Any) -> int:
    """The server's clock, as TIME tells it. What it raises instead of an answer is raised here."""
    if isinstance(moment, Exception):
        raise moment
    seconds, microseconds = moment
    return int(seconds) * 1000 + int(microseconds) // 1000
