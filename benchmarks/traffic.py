"""What an arm's processes say of themselves, asked while no load runs: what they count, and how they are set."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

MESSAGES = "harmony_messages_total"
OPERATIONS = "harmony_operations_total"
COUNTS = {
    "messages": MESSAGES,
    "bytes": "harmony_message_bytes_total",
    "journal_writes": "harmony_journal_writes_total",
}
DURATION = "harmony_operation_duration_seconds"
SPANS = {"spans_told": "harmony_spans_total", "spans_lost": "harmony_spans_dropped_total"}
KINDS = ("command", "reply", "event", "job")
TIMEOUT_S = 2.0
LABELS = re.compile(r'(\w+)="([^"]*)"')

Status = Mapping[str, Any]
Edge = tuple[str, str, str]


def traffic(status: Status, arm: str) -> dict[str, float] | None:
    """Messages between services, of each kind too (`messages_command`), bytes of their bodies, and journal writes.

    Counted by the arm's processes in their present lives; None when one of them is silent, or does not count
    one of these: an unknown count is not 0.
    """
    total = dict.fromkeys((*COUNTS, *(f"messages_{kind}" for kind in KINDS)), 0.0)
    for page in _pages(status, arm):
        counts = {name: counted(page, metric) for name, metric in COUNTS.items()} if page is not None else {}
        if page is None or None in counts.values():
            return None
        for name, count in counts.items():
            total[name] += count or 0.0
        for (kind, _, _), count in edges_of(page).items():
            total[f"messages_{kind}"] = total.get(f"messages_{kind}", 0.0) + count
    return total


def spans(status: Status, arm: str) -> dict[str, float | None]:
    """How many spans the arm's processes have told of in their present lives, and how many were lost on the way; None
    when a process is silent."""
    pages = list(_pages(status, arm))
    if None in pages:
        return dict.fromkeys(SPANS)
    return {name: sum(counted(page or "", metric) or 0.0 for page in pages) for name, metric in SPANS.items()}


def edges(status: Status, arm: str, metric: str = MESSAGES) -> dict[Edge, float] | None:
    """(kind, source, target) -> messages that the arm's processes have counted, or another metric with these labels;
    None when one of them is silent."""
    total: dict[Edge, float] = defaultdict(float)
    for page in _pages(status, arm):
        if page is None or counted(page, metric) is None:
            return None
        for edge, count in edges_of(page, metric).items():
            total[edge] += count
    return dict(total)


def performed(status: Status, arm: str) -> dict[str, float] | None:
    """Service -> operations that it performed, repeated ones too, whoever asked; None when a process is silent."""
    total: dict[str, float] = defaultdict(float)
    for page in _pages(status, arm):
        if page is None or counted(page, OPERATIONS) is None:
            return None
        for labels, count in _samples(page, OPERATIONS):
            total[labels.get("service", "")] += count
    return dict(total)


def took_ms(status: Status, arm: str, service: str, operation: str) -> tuple[float, float] | None:
    """Milliseconds that an operation took in all, and how often, as the service's processes have timed it themselves:
    from when it was asked for to its commit. None when one of them is silent or has not timed any."""
    pages = [
        page
        for each, page in zip(processes(status, arm), _pages(status, arm), strict=True)
        if each["service"] == service
    ]
    sums = [
        sum(
            value for labels, value in _samples(page or "", f"{DURATION}_{end}") if labels.get("operation") == operation
        )
        for end in ("sum", "count")
        for page in pages
    ]
    total_s, times = sum(sums[: len(pages)]), sum(sums[len(pages) :])
    return (total_s * 1000, times) if pages and None not in pages and times else None


def settings(status: Status, arm: str, token: str) -> dict[str, Mapping[str, Any] | None]:
    """Process -> the settings that it runs with, as it says itself; None for one that would not say.

    With them its `pattern`, its `transport`, and `http_client_used`: the kind that it has made, or `none`.
    """
    with _client() as client:
        headers = {"authorization": f"Bearer {token}"}
        return {each["name"]: _said(client, f"{each['url']}/settings", headers) for each in processes(status, arm)}


def processes(status: Status, arm: str) -> list[Mapping[str, Any]]:
    """The arm's own processes; its Redis is none of them."""
    return [process for process in status["arms"][arm]["processes"] if process["service"] != "redis"]


def counted(page: str, metric: str) -> float | None:
    """The sum of a metric over its labels on a page of /metrics; None when the page does not know it."""
    known = f"# TYPE {metric} " in page
    return sum(count for _, count in _samples(page, metric)) if known else None


def edges_of(page: str, metric: str = MESSAGES) -> dict[Edge, float]:
    """The messages of a page (or another metric with their labels), edge by edge."""
    found: dict[Edge, float] = defaultdict(float)
    for labels, count in _samples(page, metric):
        found[labels.get("kind", ""), labels.get("source", ""), labels.get("target", "")] += count
    return dict(found)


def _samples(page: str, metric: str) -> Iterator[tuple[dict[str, str], float]]:
    for line in page.splitlines():
        if line.startswith((f"{metric} ", f"{metric}{{")):
            labels, _, value = line.rpartition(" ")
            yield dict(LABELS.findall(labels)), float(value)


def _pages(status: Status, arm: str) -> Iterator[str | None]:
    """Every process's page of /metrics, None for a silent one."""
    with _client() as client:
        for process in processes(status, arm):
            try:
                yield client.get(f"{process['url']}/metrics").raise_for_status().text
            except httpx.HTTPError:
                yield None


def _said(client: httpx.Client, url: str, headers: Mapping[str, str]) -> Mapping[str, Any] | None:
    try:
        told = client.get(url, headers=dict(headers)).raise_for_status().json()
        wire = {name: told[name] for name in ("pattern", "transport", "http_client_used")}
        return {**told["settings"], **wire}
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return None


def _client() -> httpx.Client:
    return httpx.Client(timeout=TIMEOUT_S, trust_env=False)
