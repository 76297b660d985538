"""The fairness ledger: under which conditions each arm ran, and in which of them no two arms may differ.

What a pattern needs in addition (a journal, claims, replies) is its price: it is listed here, and never
tuned away. What the servers do is what they said when asked (`servers.py`), not what they were told to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.servers import Observed
from common.settings import Settings
from compose.arm import Arm

SERIALIZER = "msgspec JSON"  # of orders, events and answers, in every arm
JOURNAL = "the orchestrator's journal"
OWN_STREAM = "the order service's commit of place"

EQUAL = {
    "append_only": "append-only file of Redis",
    "appendfsync": "durability of Redis",
    "deadline_s": "deadline of an order",
    "attempts_max": "failed attempts before a message is set aside",
    "lease_s": "lease",
    "claim_idle_s": "idle time before a peer's message is claimed",
    "restart_delay_s": "delay before a crashed process starts again",
    "concurrency": "decisions in flight for one service",
    "batch_max": "messages or commits in one round trip",
    "retention_s": "how long closed orders are kept",
    "open_max": "open orders that the door allows",
    "serializer": "serializer",
    "catalogue": "catalogue",
    "server": "kind of server",
    "workers": "processes of each of the five services",
}
"""What must be the same in every arm, and what to call it in a sentence."""

Ledger = dict[str, Any]


def ledger(arm: Arm, settings: Settings, seen: Observed) -> Ledger:
    """The conditions of one arm. What nobody could see is None; what was measured is added after the load."""
    roles = {role.service: role.replicas for role in arm.roles}
    return {
        "pattern": arm.pattern,
        "transport": arm.transport,
        "entry": arm.entry,
        "first_durable_write": JOURNAL if arm.pattern == "orchestration" else OWN_STREAM,
        "http_client": settings.http_client if any(role.calls for role in arm.roles) else None,
        "processes": sum(roles.values()),
        "workers": {service: count for service, count in roles.items() if service != "orchestrator"},
        "deadline_s": settings.deadline_s,
        "attempts_max": settings.attempts_max,
        "lease_s": settings.lease_s,
        "claim_idle_s": settings.claim_idle_s,
        "restart_delay_s": settings.restart_delay_s,
        "concurrency": settings.concurrency,
        "batch_max": settings.batch_max,
        "retention_s": settings.retention_s,
        "open_max": settings.open_max,
        "serializer": SERIALIZER,
        "catalogue": f"seed {settings.seed}, {settings.skus} items",
        **seen.as_row(),
        "messages_per_order": None,
        "bytes_per_order": None,
        "journal_writes_per_order": None,
    }


def differences(ledgers: Mapping[str, Ledger]) -> list[str]:
    """A sentence for everything in which arms differ and must not; a comparison of such arms is refused.

    What is unknown of an arm may differ, so it counts as different. One arm alone is compared with nothing.
    """
    return [
        f"{meaning}: " + ", ".join(f"{arm} {_told(ledger.get(name))}" for arm, ledger in ledgers.items())
        for name, meaning in EQUAL.items()
        if len(ledgers) > 1 and _unequal([ledger.get(name) for ledger in ledgers.values()])
    ]


def _unequal(values: list[object]) -> bool:
    return any(value is None or value != values[0] for value in values)


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "has one" if value else "has none"
    return "would not say" if value is None else f"has {value}"
