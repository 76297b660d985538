"""The fairness ledger: under which conditions each arm ran, and in which of them no two arms may differ.

What a pattern needs in addition (a journal, claims, replies) is its price: it is listed here, and never tuned away.
What the processes and servers say when they are asked (`traffic.py`, `servers.py`) counts, not what they were told.
What is fixed in the code that all arms share cannot differ, so it is listed as a constant and not compared.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.servers import Observed
from common.store.connect import CONNECTIONS_MAX
from compose.arm import Arm, Difference
from compose.arms import ARMS
from compose.local.errors import Trouble

CONSTANTS = {
    "serializer": "msgspec JSON",
    "connections to Redis per pool": CONNECTIONS_MAX,
    "why": "the same code in every arm",
}
JOURNAL = "the orchestrator's journal"
OWN_STREAM = "the order service's commit of place"
NONE = "none"  # what an arm does not have, such as an HTTP client: nothing to compare
WORKER = "worker"
SERVICES = ("order", "inventory", "payment", "shipping", "notification")

SAID = {
    "deadline_s": "deadline of an order",
    "slo_s": "time after which an order counts as harmed",
    "attempts_max": "failed attempts before a message is set aside",
    "lease_s": "lease",
    "claim_idle_s": "idle time before a peer's message is claimed",
    "restart_delay_s": "delay before a crashed process starts again",
    "concurrency": "decisions in flight for one service",
    "batch_max": "messages or commits in one round trip",
    "retention_s": "how long closed orders are kept",
    "open_max": "open orders that the door allows",
    "telemetry": "whether processes count and trace",
    "trace_share": "share of the orders that are traced",
    "trace_mode": "how a trace goes on where a message is heard",
}
"""Settings that every process is asked for, and what to call them in a sentence."""

EQUAL = {
    "append_only": "append-only file of Redis",
    "appendfsync": "durability of Redis",
    **SAID,
    "http_client": "HTTP client",
    "orders_at_once": "orders that are driven at once",
    "catalogue": "catalogue",
    "server": "kind of server",
    "workers": "processes of each of the five services",
}
"""What must be the same in every arm, and what to call it in a sentence."""

ALL = "all that are open"
AT_ONCE = "orders_at_once"

UNSAFE = "unsafe"

Ledger = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What an arm's processes said. `settings`: process -> its settings, None where it would not say."""

    settings: Mapping[str, Mapping[str, Any] | None]
    services: Sequence[str]  # the service of each process
    consumers: Mapping[str, int] | None = field(default=None)


def ledger(arm: Arm, told: Told, seen: Observed) -> Ledger:
    """The conditions of one arm. What nobody could see is None; what was measured is added after the load."""
    replicas, declared = Counter(told.services), _by_nature(arm)
    row = {
        "pattern": _one(told, "pattern"),
        "transport": _one(told, "transport"),
        "entry": arm.entry,
        "first_durable_write": JOURNAL if arm.pattern == "orchestration" else OWN_STREAM,
        UNSAFE: said(told, UNSAFE, absent=""),
        "processes": len(told.services),
        "replicas": dict(replicas),
        "workers": {service: replicas[service] for service in SERVICES},
        **{name: said(told, name) for name in SAID},
        "http_client": _client(told),
        "rq_worker": said(told, "rq_worker", absent=NONE) if arm.queue == "rq" else NONE,
        AT_ONCE: declared[AT_ONCE].own if AT_ONCE in declared else ALL,
        "constants": CONSTANTS,
        "catalogue": _catalogue(told),
        "consumers": told.consumers,
        **seen.as_row(),
        "messages_per_order": None,
        "messages_per_order_by_kind": None,
        "bytes_per_order": None,
        "journal_writes_per_order": None,
        "spans_told": None,
        "spans_lost": None,
    }
    return row | {
        "declared_differences": {name: each.reason for name, each in declared.items() if row.get(name) == each.own}
    }


def _by_nature(arm: Arm | None) -> Mapping[str, Difference]:
    """In what it says itself that it is another: told in the ledger, and no reason to refuse a comparison."""
    return {each.condition: each for each in arm.differs} if arm else {}


def over_starts(ledgers: Sequence[Ledger]) -> Ledger:
    """One ledger of all starts of an arm: where they differ in what must be equal, a list of all that it was."""
    last = dict(ledgers[-1])
    for name in (*EQUAL, UNSAFE):
        values = [each for ledger in ledgers for each in _each(ledger.get(name))]
        different = [value for at, value in enumerate(values) if value not in values[:at]]
        last[name] = different[0] if len(different) == 1 else None if None in different else different
    return last


def _each(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def said(told: Told, name: str, absent: object = None) -> Any:
    """What all processes say; a list of all that was said when they disagree; None when one would not say.

    `absent`: what is meant by one that knows no such setting.
    """
    if not told.settings or None in told.settings.values():
        return None
    values = [(each or {}).get(name, absent) for each in told.settings.values()]
    different = list(dict.fromkeys(values))
    return different[0] if len(different) == 1 else different


def differences(ledgers: Mapping[str, Ledger]) -> dict[str, str]:
    """Condition -> a sentence, for everything in which arms differ and must not; such arms are not compared.

    What is unknown of an arm may differ, so it counts as different, and so does what its processes disagree about.
    One arm alone is compared with nothing. An unsafe switch is not a matter of being alike: with one, no comparison.
    """
    if len(ledgers) < 2:
        return {}
    found = {}
    for name, meaning in EQUAL.items():
        values = {arm: row.get(name) for arm, row in ledgers.items()}
        if _unequal([_as_others(arm, name, value) for arm, value in values.items() if value != NONE]):
            found[name] = f"{meaning}: " + ", ".join(f"{arm} {_told(value)}" for arm, value in values.items())
    if switches := {arm: row[UNSAFE] for arm, row in ledgers.items() if row.get(UNSAFE)}:
        each = ", ".join(f"{arm} runs with {_told(value).removeprefix('has ')}" for arm, value in switches.items())
        found[UNSAFE] = f"unsafe switches: {each}, and is never comparable"
    return found


def conditions(names: Iterable[str]) -> tuple[str, ...]:
    """Names of conditions that may differ for once. Raises Trouble for one that is none, with the nearest that are."""
    chosen = tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in chosen:
        if name not in EQUAL:
            near = difflib.get_close_matches(name, EQUAL, n=2, cutoff=0.5)
            guess = f" Did you mean {' or '.join(near)}?" if near else ""
            raise Trouble(f"There is no condition {name!r} to differ in.{guess} There is: {', '.join(EQUAL)}.")
    return chosen


def _unequal(values: Sequence[object]) -> bool:
    return any(value is None or isinstance(value, list) or value != values[0] for value in values)


def _as_others(arm: str, name: str, value: object) -> object:
    """What others have where the arm has the very value that it declares; else the value."""
    declared = _by_nature(ARMS.get(arm)).get(name)
    return declared.others if declared and value == declared.own else value


def _one(told: Told, name: str) -> object:
    """What all processes say; None also when they disagree, which `conformance` holds against them."""
    value = said(told, name)
    return None if isinstance(value, list) else value


def _client(told: Told) -> Any:
    """The HTTP client of those processes that have made one. RQ's forking worker makes it in the process of a job."""
    used = said(told, "http_client_used", absent=None)
    values = [value for value in _each(used) if value != NONE]
    if WORKER in told.services and said(told, "rq_worker") == "fork":
        values.append(f"{said(told, 'http_client')}, one for each job")
    return values[0] if len(values) == 1 else values or NONE


def _catalogue(told: Told) -> str | list[str] | None:
    seed, skus = said(told, "seed"), said(told, "skus")
    return None if seed is None or skus is None else f"seed {seed}, {skus} items"


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "has one" if value else "has none"
    if isinstance(value, list):
        return f"says {' and '.join(str(each) for each in value)}"
    return "would not say" if value is None else f"has {value}"
