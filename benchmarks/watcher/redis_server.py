"""What an arm's server says about itself."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.history import Asked
from benchmarks.watcher.metrics import REDIS_CLIENTS, REDIS_COMMANDS, REDIS_MEMORY, Sample, told

FIGURES = (
    ("memory", "used_memory", REDIS_MEMORY),
    ("clients", "connected_clients", REDIS_CLIENTS),
    ("stats", "total_commands_processed", REDIS_COMMANDS),
)


def look(redis: Asked) -> Iterator[Sample]:
    """One round trip. What the server would not say is left out."""
    pipe = redis.pipeline(transaction=False)
    for section, _, _ in FIGURES:
        pipe.info(section)
    for (_, figure, metric), said in zip(FIGURES, pipe.execute(), strict=True):
        if figure in said:
            yield told(metric, value=float(said[figure]))
