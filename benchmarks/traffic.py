"""What an arm's processes count about themselves that its cost is accounted for by, scraped while no load runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

COUNTS = {
    "messages": "harmony_messages_total",
    "bytes": "harmony_message_bytes_total",
    "journal_writes": "harmony_journal_writes_total",
}
TIMEOUT_S = 2.0


def traffic(status: Mapping[str, Any], arm: str) -> dict[str, float] | None:
    """Messages between services (requests, replies, events heard), bytes of their bodies, and journal writes.

    Counted by the arm's processes in their present lives; None when one of them is silent, or does not count
    one of these: an unknown count is not 0.
    """
    total = dict.fromkeys(COUNTS, 0.0)
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
        for process in status["arms"][arm]["processes"]:
            if process["service"] == "redis":
                continue
            try:
                page = client.get(f"{process['url']}/metrics").raise_for_status().text
            except httpx.HTTPError:
                return None
            for name, metric in COUNTS.items():
                value = counted(page, metric)
                if value is None:
                    return None
                total[name] += value
    return total


def counted(page: str, metric: str) -> float | None:
    """The sum of a metric over its labels on a page of /metrics; None when the page does not have it."""
    samples = [line for line in page.splitlines() if line.startswith((f"{metric} ", f"{metric}{{"))]
    return sum(float(line.rsplit(" ", 1)[1]) for line in samples) if samples else None
