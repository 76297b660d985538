"""The history of one arm, read from its Redis by the auditor, who may only read: events and state, as rows.

What the rows mean is judged elsewhere (`checkers`). Events are read up to one moment of the server's clock:
one consistent cut even while orders flow, and at rest nothing is younger than that moment.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from benchmarks.rows import Row, read_rows, write_rows
from common.domain.events import EVENTS
from common.store import keys
from common.store.connect import Credentials

TIMEOUT_S = 10.0  # for one answer: a batch of a thousand records takes tens of milliseconds on a busy machine
READS_MAX = 5  # orders are dropped a few times in their retention time, and a reading takes less than a second
BATCH = 1_000  # records per round trip, entries per range: some MB at most in memory at once
DEAD_ROWS_MAX = 100  # per service: enough to see why; all are counted
SERVICES = ("order", "inventory", "payment", "shipping", "notification")
Asked = Any
"""A client: redis-py types every reply for bytes and texts, for one and for many, at once."""

PARKING = (*SERVICES, "orchestrator")
OPEN = "{orchestrator}:open"
JOURNAL = "{orchestrator}:saga:"

EVENTS_FILE, STATE_FILE = "events.ndjson", "state.ndjson"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One arm's rows: `events` in the order of their commits, `state` as the stores have it."""

    events: list[Row]
    state: list[Row]


class Unreadable(Exception):
    """The history cannot be read. The text says why, and is fit for people."""


def collect(credentials: Credentials, arm: str) -> Snapshot:
    """Everything the arm's Redis remembers. Raises Unreadable when it cannot be asked.

    What is dropped between the reading of events and of records would look like a ghost: then all is read again.
    """
    with reading(credentials) as redis:
        for _ in range(READS_MAX):
            dropped_to: Asked = redis.get(keys.watermark("order"))
            until_ms = _moment(redis)
            events = [row for kind in EVENTS for row in _events(redis, arm, kind.source, kind.__name__, until_ms)]
            events.sort(key=lambda row: float(row["time_ms"]))
            snapshot = Snapshot(events, list(_state(redis, arm, until_ms)))
            if redis.get(keys.watermark("order")) == dropped_to:
                return snapshot
    raise Unreadable(f"orders of {arm} were dropped during each of {READS_MAX} readings: read them again")


def open_orders(credentials: Credentials) -> int:
    """How many accepted orders are not closed: waiting for their deadline, being undone, or in a journal."""
    return len(open_ids(credentials))


def mark(credentials: Credentials) -> tuple[int, int, frozenset[str]]:
    """Orders placed, orders closed, and which are open: while it stays the same, nothing moves."""
    with reading(credentials) as redis:
        placed: Asked = redis.zcard(keys.listing("order", "placed"))
        closed: Asked = redis.zcard(keys.listing("order", "closed"))
        return int(placed), int(closed), frozenset(_open_ids(redis))


def open_ids(credentials: Credentials) -> frozenset[str]:
    """Which they are."""
    with reading(credentials) as redis:
        return frozenset(_open_ids(redis))


def write(folder: Path, snapshots: Iterable[Snapshot]) -> None:
    """Write the rows of all arms into the run's folder."""
    snapshots = list(snapshots)
    write_rows(folder / EVENTS_FILE, (row for snapshot in snapshots for row in snapshot.events))
    write_rows(folder / STATE_FILE, (row for snapshot in snapshots for row in snapshot.state))


def read(folder: Path) -> dict[str, Snapshot]:
    """Arm -> its rows, as written."""
    snapshots: dict[str, Snapshot] = {}
    for file, into in ((EVENTS_FILE, "events"), (STATE_FILE, "state")):
        for row in read_rows(folder / file):
            getattr(snapshots.setdefault(row["arm"], Snapshot([], [])), into).append(row)
    return snapshots


@contextmanager
def reading(credentials: Credentials) -> Iterator[Asked]:
    """A client that reads, waits no longer than TIMEOUT_S, and turns Redis's troubles into Unreadable."""
    redis: Asked = Redis.from_url(
        credentials.url,
        username=credentials.username,
        password=credentials.password,
        decode_responses=True,
        encoding_errors="replace",
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )
    try:
        yield redis
    except (RedisError, OSError) as error:
        raise Unreadable(f"cannot read the history at {credentials.url}: {error}") from error
    finally:
        redis.close()


def _moment(redis: Asked) -> int:
    """The server's clock (ms), once it has moved on: no entry of that millisecond is still to come."""
    start_ms = now_ms = _clock_ms(redis)
    while now_ms <= start_ms:
        now_ms = _clock_ms(redis)
    return start_ms


def _clock_ms(redis: Asked) -> int:
    seconds, microseconds = redis.time()
    return int(seconds) * 1000 + int(microseconds) // 1000


def _events(redis: Asked, arm: str, service: str, kind: str, until_ms: int) -> Iterator[Row]:
    for entry, fields in _entries(redis, keys.events(service, kind), str(until_ms)):
        yield {
            "arm": arm,
            "service": service,
            "stream": keys.events(service, kind),
            "entry": entry,
            "id": fields.get("id", ""),
            "type": fields.get("type", ""),
            "source": fields.get("source", ""),
            "subject": fields.get("subject", ""),
            "time": fields.get("time", ""),
            "time_ms": _epoch_ms(fields.get("time", ""), entry),
            "traceparent": fields.get("traceparent", ""),
            "data": _decoded(fields.get("data", "")),
        }


def _entries(redis: Asked, stream: str, until: str = "+") -> Iterator[tuple[str, dict[str, str]]]:
    after = "-"
    while batch := redis.xrange(stream, min=after, max=until, count=BATCH):
        yield from batch
        after = f"({batch[-1][0]}"


def _epoch_ms(time: str, entry: str) -> float:
    """The commit's time to the microsecond; of an entry that nobody committed, the millisecond of its id."""
    try:
        return datetime.fromisoformat(time).timestamp() * 1000
    except ValueError:
        return float(entry.partition("-")[0])


def _decoded(data: str) -> Any:
    """An object, or {} when the entry carries none: it is for the checkers to object."""
    try:
        decoded = json.loads(data)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _state(redis: Asked, arm: str, until_ms: int) -> Iterator[Row]:
    for service in SERVICES:
        counters = {"initial": keys.initial(service), "now": keys.counters(service)}
        read = {name: _numbers(redis.hgetall(key)) for name, key in counters.items()}
        yield {"arm": arm, "kind": "counters", "service": service, **read}
        yield from _records(redis, arm, service, until_ms)
    for service in PARKING:
        yield _dead(redis, arm, service)
    yield from _journals(redis, arm)
    yield {
        "arm": arm,
        "kind": "open",
        "deadlines": redis.zcard(keys.listing("order", "deadlines")),
        "journal": redis.scard(OPEN),
    }


def _records(redis: Asked, arm: str, service: str, until_ms: int) -> Iterator[Row]:
    prefix = keys.record(service, "")
    for batch in _batches(sorted(set(redis.scan_iter(match=f"{prefix}*", count=BATCH)))):
        pipe = redis.pipeline(transaction=False)
        for key in batch:
            pipe.hgetall(key)
        for key, fields in zip(batch, pipe.execute(), strict=True):
            yield {
                "arm": arm,
                "kind": "order",
                "service": service,
                "order_id": key.removeprefix(prefix),
                "answers": dict(_answers(fields, until_ms)),
                "record": {name: value for name, value in fields.items() if not name.startswith("op:")},
            }


def _journals(redis: Asked, arm: str) -> Iterator[Row]:
    """Where somebody keeps journals: the answers in each, as [operation, accepted, who wrote it]."""
    for batch in _batches(sorted(set(redis.scan_iter(match=f"{JOURNAL}*", count=BATCH)))):
        pipe = redis.pipeline(transaction=False)
        for key in batch:
            pipe.lrange(key, 1, -1)
        for key, elements in zip(batch, pipe.execute(), strict=True):
            lines = [_decoded(element) for element in elements]
            answers = [[line.get("operation", ""), line.get("accepted"), line.get("by", "")] for line in lines]
            yield {"arm": arm, "kind": "journal", "order_id": key.removeprefix(JOURNAL), "answers": answers}


def _answers(fields: Mapping[str, str], until_ms: int) -> Iterator[tuple[str, list[Any]]]:
    """Operation -> [accepted, event type, entry]; one younger than the cut is left out, like its event."""
    for name, value in fields.items():
        if name.startswith("op:"):
            accepted, kind, entry = [*value.split(" "), "", ""][:3]
            if not entry or int(entry.partition("-")[0]) <= until_ms:
                yield name.removeprefix("op:"), [accepted == "1", kind, entry]


def _dead(redis: Asked, arm: str, service: str) -> Row:
    entries = [
        {
            "entry": fields.get("entry", entry),
            "stream": fields.get("stream", ""),
            "reason": fields.get("reason", ""),
            "attempts": fields.get("attempts", ""),
            "time": fields.get("time", ""),
            "subject": fields.get("original:subject", ""),
        }
        for entry, fields in redis.xrange(keys.dead(service), count=DEAD_ROWS_MAX)
    ]
    count = redis.xlen(keys.dead(service))
    return {"arm": arm, "kind": "dead", "service": service, "count": count, "entries": entries}


def _open_ids(redis: Asked) -> set[str]:
    waiting = set(redis.zrange(keys.listing("order", "deadlines"), 0, -1))
    expired = _entries(redis, keys.events("order", "OrderExpired"))
    for batch in _batches(fields.get("subject", "") for _, fields in expired):
        pipe = redis.pipeline(transaction=False)
        for order_id in batch:
            pipe.zscore(keys.listing("order", "closed"), order_id)
        closed = zip(batch, pipe.execute(), strict=True)
        waiting |= {order_id for order_id, when in closed if when is None}
    return waiting | set(redis.smembers(OPEN))


def _numbers(fields: Mapping[str, str]) -> dict[str, int]:
    return {name: int(value) for name, value in fields.items()}


def _batches(items: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
