"""What an arm's server holds, as the auditor sees it: its figures, how many keys of each kind, how long each list is.

Every key is looked at, whatever its name: what nobody thought of may be what grows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from benchmarks.history import Asked, reading
from common.store.connect import Credentials

SCAN, BATCH = 2_000, 1_000  # keys in one step: some ms of the server's time
OF_ONE = re.compile(r"[0-9a-f]{8,}")  # the part of a key's name that says whose it is: an order, a job, a worker
RECORDS = re.compile(r"\{(\w+)\}:order:.+")
FIGURES = (("memory", "used_memory", "server_mib", 2**20), ("clients", "connected_clients", "server_clients", 1))
LENGTHS = {"stream": "xlen", "zset": "zcard", "hash": "hlen", "set": "scard", "list": "llen"}
SERVER = "redis"

Values = dict[str, dict[str, float]]
"""Measure -> of what -> how much."""


def look(credentials: Credentials) -> Values:
    """Now. Raises Unreadable when the server does not answer."""
    with reading(credentials) as redis:
        values: Values = dict(_figures(redis))
        found = sorted(set(redis.scan_iter(count=SCAN)))
        kinds: Counter[str] = Counter(OF_ONE.sub("*", key) for key in found)
        each = [key for key in found if not OF_ONE.search(key)]
        values["keys"] = {kind: float(count) for kind, count in kinds.items() if "*" in kind}
        values["entries"], values["size"] = _lengths(redis, each)
        values["fields"] = _fields(redis, [key for key in found if RECORDS.fullmatch(key)])
    return values


def _figures(redis: Asked) -> Iterator[tuple[str, dict[str, float]]]:
    for section, figure, measure, unit in FIGURES:
        said = redis.info(section)
        if figure in said:
            yield measure, {SERVER: round(float(said[figure]) / unit, 3)}


def _lengths(redis: Asked, keys: Sequence[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Of each stream, and of each other collection. One that vanishes in between has none."""
    kinds = _asked(redis, (("type", key) for key in keys))
    known = [(key, kind) for key, kind in zip(keys, kinds, strict=True) if kind in LENGTHS]
    counts = _asked(redis, ((LENGTHS[kind], key) for key, kind in known))
    lengths = [(key, kind, float(count)) for (key, kind), count in zip(known, counts, strict=True)]
    streams = {key: count for key, kind, count in lengths if kind == "stream"}
    return streams, {key: count for key, kind, count in lengths if kind != "stream"}


def _fields(redis: Asked, records: Sequence[str]) -> dict[str, float]:
    """Service -> fields of all its orders' records: answers by which a repeated operation is known, and what it put."""
    total: defaultdict[str, float] = defaultdict(float)
    for key, count in zip(records, _asked(redis, (("hlen", key) for key in records)), strict=True):
        named = RECORDS.fullmatch(key)
        total[named.group(1) if named else key] += count
    return dict(total)


def _asked(redis: Asked, questions: Iterable[tuple[str, str]]) -> list[Any]:
    """The answers, asked for in batches: no question holds the server for long."""
    waiting, answers = list(questions), []
    for start in range(0, len(waiting), BATCH):
        pipe = redis.pipeline(transaction=False)
        for command, key in waiting[start : start + BATCH]:
            getattr(pipe, command)(key)
        answers += pipe.execute()
    return answers
