"""How spans are named and what they say: OpenTelemetry's semantic conventions 1.44 for HTTP (stable) and messaging
(in development; they have no page for Redis streams or RQ), and `harmony.*` for what is ours.

One function for each kind of span. Pattern and transport are said once, by the resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | int

ORDER_ID = "harmony.order_id"
OPERATION = "harmony.operation"
OUTCOME = "harmony.outcome"
EVENT = "harmony.event"
DELIVERY_COUNT = "harmony.delivery_count"
ATTEMPT = "harmony.attempt"
REASON = "harmony.reason"
STATUS = "http.response.status_code"
RESEND_COUNT = "http.request.resend_count"
FAILED_FROM = 500  # for a server's own span; a client takes 400 for a failure, too


@dataclass(frozen=True, slots=True)
class Telling:
    """What a span says when it is over. `error`: why it failed, "" when it did not."""

    name: str
    kind: Kind
    attributes: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""


def served(route: str, path: str, host: str, port: int, status: int, told: Mapping[str, Value]) -> Telling:
    """A request that was answered here. `route`: the pattern that its path fits, "" when it fits none."""
    known: dict[str, Value] = {"http.request.method": "POST", "url.path": path, "url.scheme": "http"}
    if route:
        known["http.route"] = route
    known |= {"server.address": host, "server.port": port, STATUS: status}
    error = {"error.type": str(status)} if status >= FAILED_FROM else {}
    return Telling(f"POST {route}".rstrip(), "server", {**known, **error, **told}, str(status) if error else "")


def asked(template: str, url: str, status: int, told: Mapping[str, Value], error: str = "") -> Telling:
    """A request that was sent from here. `status`: 0 when no answer came; then `error` says why."""
    split = urlsplit(url)
    known: dict[str, Value] = {"http.request.method": "POST", "url.full": url, "url.template": template}
    known |= {"server.address": split.hostname or "", "server.port": split.port or 80}
    if status:
        known[STATUS] = status
    if status >= 400 or error:
        known["error.type"] = error.partition(":")[0] or str(status)
    return Telling(f"POST {template}", "client", {**known, **told}, error or (str(status) if status >= 400 else ""))


def sent(system: str, destination: str, message_id: str, told: Mapping[str, Value], error: str = "") -> Telling:
    """A message that was put somewhere."""
    return _message("send", "send", "producer", system, destination, message_id, told, error)


def processed(system: str, destination: str, message_id: str, told: Mapping[str, Value], error: str = "") -> Telling:
    """A message that was handled."""
    return _message("process", "process", "consumer", system, destination, message_id, told, error)


def set_aside(about: str, told: Mapping[str, Value], reason: str) -> Telling:
    """A message, or a request, that failed for the last time."""
    known = {"messaging.operation.name": "dead-letter", "messaging.operation.type": "settle", OUTCOME: "dead-letter"}
    known |= {"messaging.system": "redis", REASON: reason[:200]}
    return Telling(f"dead-letter {about}", "client", {**known, **told}, reason[:200])


def decided(operation: str, told: Mapping[str, Value], error: str = "") -> Telling:
    """An operation that is announced to nobody: given again, barred, or failed."""
    return Telling(operation, "internal", {OPERATION: operation, **told}, error)


def _message(
    name: str,
    kind_of_operation: str,
    kind: Kind,
    system: str,
    destination: str,
    message_id: str,
    told: Mapping[str, Value],
    error: str,
) -> Telling:
    known = {"messaging.system": system, "messaging.operation.name": name}
    known |= {"messaging.operation.type": kind_of_operation, "messaging.destination.name": destination}
    if message_id:
        known["messaging.message.id"] = message_id
    if error:
        known["error.type"] = error.partition(":")[0][:60]
    return Telling(f"{name} {destination}", kind, {**known, **told}, error)
