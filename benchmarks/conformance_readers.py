"""Who does the reading, by the server's word: the consumers of each group. It gives the wire away.

Over streams a subscriber reads its announcers' streams itself; over HTTP the announcer reads them in its name.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.history import Unreadable, reading
from benchmarks.servers import Reading
from compose.local.client import LabClient
from compose.local.errors import Trouble

Consumers = list[list[str]]
"""[stream, group, a consumer's name], such as `["{order}:events:OrderPlaced", "inventory", "inventory-1"]`."""


def consumers_named(lab: LabClient, arm: str, readings: Sequence[Reading] | None) -> Consumers | None:
    """Of every group on a stream; None when the server would not say."""
    if readings is None:
        return None
    groups = [(each.stream, each.group) for each in readings if each.group]
    try:
        with reading(lab.credentials(arm, "auditor")) as redis:
            pipe = redis.pipeline(transaction=False)
            for stream, group in groups:
                pipe.xinfo_consumers(stream, group)
            told = pipe.execute()
    except (Trouble, Unreadable):
        return None
    return sorted(
        [stream, group, str(each["name"])]
        for (stream, group), every in zip(groups, told, strict=True)
        for each in every
    )
