"""The youngest orders of an arm that remembers many: their events and records, as rows of the form that `history` has.

What is judged order by order can be judged of them alone; sums over all orders cannot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from benchmarks.history import BATCH, SERVICES, Asked, Snapshot, Unreadable, reading
from benchmarks.rows import Row
from benchmarks.watcher.streams import now_ms, written_ms
from common.domain.events import EVENTS
from common.store import keys
from common.store.connect import Credentials

PLACED = keys.listing("order", "placed")
SKEW_MS = 5_000  # between the clocks of a door, which says when an order was placed, and of the server


def collect(auditor: Credentials, arm: str, most: int) -> Snapshot:
    """So many orders, all of which were placed before this moment. Raises Unreadable.

    What comes after this moment is left out, as if it had not happened yet: events and answers alike.
    """
    with reading(auditor) as redis:
        youngest: Any = redis.zrange(PLACED, -most, -1, withscores=True)
        if not youngest:
            return Snapshot([], [])
        until_ms = now_ms(redis.time()) - 1  # no entry of that millisecond is still to come
        ids, since_ms = {each for each, _ in youngest}, int(youngest[0][1])
        events = [each for each in _events(redis, arm, since_ms - SKEW_MS, until_ms) if each["subject"] in ids]
        events.sort(key=lambda each: float(each["time_ms"]))
        state = [*_counters(redis, arm), *_records(redis, arm, sorted(ids), until_ms)]
        dropped_to: Any = redis.get(keys.watermark("order"))
    if int(dropped_to or 0) > since_ms:
        raise Unreadable(f"orders of {arm} were dropped while they were read")
    return Snapshot(events, state)


def _events(redis: Asked, arm: str, since_ms: int, until_ms: int) -> Iterator[Row]:
    for kind in EVENTS:
        stream, after = keys.events(kind.source, kind.__name__), str(since_ms)
        while batch := redis.xrange(stream, min=after, max=str(until_ms), count=BATCH):
            for entry, fields in batch:
                yield {"arm": arm, "service": kind.source, "stream": stream, "entry": entry, **_read(entry, fields)}
            after = f"({batch[-1][0]}"


def _read(entry: str, fields: dict[str, str]) -> Row:
    names = ("id", "type", "source", "subject", "time", "traceparent")
    read: Row = {name: fields.get(name, "") for name in names}
    try:
        time_ms = datetime.fromisoformat(read["time"]).timestamp() * 1000
    except ValueError:  # nobody committed it
        time_ms = float(written_ms(entry))
    return read | {"time_ms": time_ms, "data": _decoded(fields.get("data", ""))}


def _decoded(data: str) -> Any:
    try:
        decoded = json.loads(data)
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}


def _counters(redis: Asked, arm: str) -> Iterator[Row]:
    for service in SERVICES:
        read = {"initial": redis.hgetall(keys.initial(service)), "now": redis.hgetall(keys.counters(service))}
        numbers = {name: {key: int(value) for key, value in fields.items()} for name, fields in read.items()}
        yield {"arm": arm, "kind": "counters", "service": service, **numbers}


def _records(redis: Asked, arm: str, ids: Sequence[str], until_ms: int) -> Iterator[Row]:
    for service in SERVICES:
        for first in range(0, len(ids), BATCH):
            batch = ids[first : first + BATCH]
            pipe = redis.pipeline(transaction=False)
            for order_id in batch:
                pipe.hgetall(keys.record(service, order_id))
            for order_id, fields in zip(batch, pipe.execute(), strict=True):
                if fields:
                    about = {"arm": arm, "kind": "order", "service": service, "order_id": order_id}
                    record = {name: value for name, value in fields.items() if not name.startswith("op:")}
                    yield {**about, "answers": dict(_answers(fields, until_ms)), "record": record}


def _answers(fields: dict[str, str], until_ms: int) -> Iterator[tuple[str, list[Any]]]:
    for name, value in fields.items():
        if name.startswith("op:"):
            accepted, kind, entry = [*value.split(" "), "", ""][:3]
            if not entry or written_ms(entry) <= until_ms:
                yield name.removeprefix("op:"), [accepted == "1", kind, entry]
