"""How many messages an arm sends, by its processes' own count, scraped while no load runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

SENT = "harmony_messages_sent_total"
TIMEOUT_S = 2.0


def messages_sent(status: Mapping[str, Any], arm: str) -> float | None:
    """Requests, events and journal entries sent by an arm's processes in their present lives; None when one
    is silent.
    """
    total = 0.0
    with httpx.Client(timeout=TIMEOUT_S, trust_env=False) as client:
        for process in status["arms"][arm]["processes"]:
            if process["service"] == "redis":
                continue
            sent = _sent(client, process["url"])
            if sent is None:
                return None
            total += sent
    return total


def _sent(client: httpx.Client, url: str) -> float | None:
    try:
        page = client.get(f"{url}/metrics").raise_for_status().text
    except httpx.HTTPError:
        return None
    values = [line.rsplit(" ", 1)[1] for line in page.splitlines() if line.startswith(SENT)]
    return sum(map(float, values)) if values else None
