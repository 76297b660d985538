"""Traces as an arm's processes would write them: an order written span by span, by a clock of its own."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.traces.graph import Graph
from benchmarks.traces.journey import Journey
from benchmarks.traces.naming import SERVICE_OF
from benchmarks.traces.reading import Traces

Row = dict[str, Any]
Context = tuple[str, str]
Told = dict[str, str | int]

MS = 1_000_000
START_NS = 1_795_401_600_000 * MS
POST: Told = {"http.request.method": "POST"}
WHY = "charge fails because it was told to"
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}
Step = tuple[str, str, str]


@dataclass
class Writing:
    """One order in one arm, span by span. `clock_ns` is where the story has got to."""

    arm: str
    order_id: str
    link: bool = False
    clock_ns: int = START_NS
    rows: list[tuple[str, str, Row]] = field(default_factory=list)  # service, process, span
    ids: Callable[[], int] = field(default_factory=lambda: count(1).__next__)
    replica: dict[str, str] = field(default_factory=dict)  # service -> the process that does its part

    def later(self, ms: float) -> int:
        """Let time pass, and say what time it is."""
        self.clock_ns += int(ms * MS)
        return self.clock_ns

    def begin(self, service: str, name: str, kind: str, cause: Context | None = None, crosses: bool = False) -> Row:
        """A span that starts now. It is written when `end` is called."""
        anew = cause is None or (crosses and self.link)
        number = self.ids()
        row: Row = {
            "traceId": f"{self.order_id[:8]}{number:024x}" if anew or cause is None else cause[0],
            "spanId": f"{number:016x}",
            "name": name,
            "kind": KINDS[kind],
            "startTimeUnixNano": str(self.clock_ns),
        }
        if cause and not anew:
            row["parentSpanId"] = cause[1]
        if cause and crosses:
            row["links"] = [{"traceId": cause[0], "spanId": cause[1]}]
        row["of"] = (service, self.replica.get(service, f"{service}-1"))
        return row

    def end(self, row: Row, told: Told, error: str = "") -> Context:
        """The span ends now."""
        service, process = row.pop("of")
        row["endTimeUnixNano"] = str(self.clock_ns)
        named = {"harmony.order_id": self.order_id, **told}
        row["attributes"] = [{"key": key, "value": _value(value)} for key, value in named.items()]
        if error:
            row["status"] = {"code": 2, "message": error}
        self.rows.append((service, process, row))
        return context(row)

    # what an arm is made of

    def door(self, service: str, customer: bool = True) -> Context:
        """The order comes in."""
        asking = self.begin("customer", "POST /orders", "client") if customer else None
        self.later(0.4)
        door = self.begin(service, "POST /orders", "server", context(asking) if asking else None)
        self.later(1.5)
        self.end(door, {**POST, "http.route": "/orders", "http.response.status_code": 202})
        if asking:
            self.later(0.2)
            self.end(asking, {**POST, "http.response.status_code": 202})
        return context(door)

    def commit(self, step: Step, cause: Context) -> Context:
        """An operation is decided by its service."""
        operation, outcome, event = step
        service = SERVICE_OF[operation]
        stream = f"{{{service}}}:events:{event}"
        committing = self.begin(service, f"send {stream}", "producer", cause)
        self.later(0.6)
        return self.end(committing, {**entry(stream, "send", operation), "harmony.outcome": outcome})

    def request(self, asker: str, step: Step, cause: Context, attempt: int = 1) -> None:
        """A request over HTTP, answered."""
        operation = step[0]
        http: Told = {**POST, "harmony.operation": operation, "http.response.status_code": 200}
        asking = self.begin(asker, "POST /operations/{operation}", "client", cause)
        self.later(0.3)
        serving = self.begin(SERVICE_OF[operation], "POST /operations/{operation}", "server", context(asking))
        self.later(0.2)
        self.commit(step, context(serving))
        self.later(0.1)
        self.end(serving, {**http, "http.route": "/operations/{operation}"})
        self.later(0.2)
        self.end(asking, http | resent(attempt))

    def refused(self, asker: str, operation: str, cause: Context, attempt: int) -> None:
        """A request over HTTP that reached nobody."""
        asking = self.begin(asker, "POST /operations/{operation}", "client", cause)
        self.later(0.2)
        told: Told = {**POST, "harmony.operation": operation, "error.type": "ConnectError", **resent(attempt)}
        self.end(asking, told, "ConnectError: refused")

    def command(self, operation: str, cause: Context) -> Context:
        """A command is appended."""
        stream = f"{{{SERVICE_OF[operation]}}}:commands"
        sending = self.begin("orchestrator", f"send {stream}", "producer", cause)
        self.later(0.3)
        return self.end(sending, entry(stream, "send", operation))

    def handled(self, stream: str, service: str, step: Step, cause: Context, deliveries: int = 1) -> Context:
        """An entry is taken, and its operation decided. Returns the commit."""
        taking = self.begin(service, f"process {stream}", "consumer", cause, crosses=True)
        self.later(0.2)
        committed = self.commit(step, context(taking))
        self.later(0.1)
        told: Told = {"harmony.delivery_count": deliveries, "harmony.outcome": "done"}
        self.end(taking, entry(stream, "process", step[0]) | told)
        return committed

    def answered(self, step: Step, cause: Context) -> None:
        """The orchestrator hears what came of it."""
        stream = f"{{{SERVICE_OF[step[0]]}}}:events:{step[2]}"
        hearing = self.begin("orchestrator", f"process {stream}", "consumer", cause, crosses=True)
        self.later(0.3)
        told: Told = {"harmony.delivery_count": 1, "harmony.outcome": "done"}
        self.end(hearing, entry(stream, "process", step[0]) | told)

    def posted(self, event: str, source: str, step: Step, cause: Context) -> Context:
        """An event is posted over HTTP to who reacts to it."""
        service = SERVICE_OF[step[0]]
        http: Told = {**POST, "harmony.event": event, "http.response.status_code": 204}
        posting = self.begin(source, "POST /events/{type}", "client", cause, crosses=True)
        self.later(0.3)
        serving = self.begin(service, "POST /events/{type}", "server", context(posting))
        self.later(0.1)
        committed = self.commit(step, context(serving))
        self.end(serving, {**http, "http.route": "/events/{type}"})
        self.later(0.2)
        self.end(posting, http)
        return committed

    def failed(self, stream: str, operation: str, cause: Context, attempt: int, last: bool) -> None:
        """An entry is taken and not decided; after the last attempt it is set aside."""
        service = SERVICE_OF[operation]
        taking = self.begin(service, f"process {stream}", "consumer", cause, crosses=True)
        self.later(1.0)
        if last:
            self._dead_letter(service, stream, operation, context(taking))
        told: Told = {"harmony.delivery_count": attempt, "harmony.attempt": attempt, "harmony.outcome": "failed"}
        self.end(taking, entry(stream, "process", operation) | told, WHY)

    def _dead_letter(self, service: str, stream: str, operation: str, cause: Context) -> None:
        setting = self.begin(service, f"dead-letter {stream}", "client", cause)
        self.later(0.3)
        told: Told = {"harmony.outcome": "dead-letter", "harmony.reason": WHY, "harmony.operation": operation}
        self.end(setting, {**told, "messaging.operation.type": "settle"}, WHY)

    def job(self, cause: Context) -> Context:
        """The order's job is put into the queue, and a worker takes it. Returns the worker's span."""
        putting = self.begin("orchestrator", "send orders", "producer", cause)
        self.later(0.4)
        put = self.end(putting, {"messaging.system": "rq", "messaging.destination.name": "orders"})
        self.later(2.0)
        working = self.begin("worker", "process orders", "consumer", put, crosses=True)
        told: Told = {"messaging.system": "rq", "messaging.destination.name": "orders", "harmony.delivery_count": 1}
        return self.end(working, told)


def entry(stream: str, what: str, operation: str) -> Told:
    """What is said of an entry of a stream."""
    named = {"messaging.system": "redis", "messaging.destination.name": stream, "harmony.operation": operation}
    return {**named, "messaging.operation.name": what, "messaging.operation.type": what}


def resent(attempt: int) -> Told:
    """What is said of a request that was made before."""
    return {"http.request.resend_count": attempt - 1} if attempt > 1 else {}


def context(row: Row) -> Context:
    """What travels on."""
    return row["traceId"], row["spanId"]


def order_id_of(arm: str, like: str) -> str:
    """32 hex letters, the same each time."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, f"{like}.{arm}").hex


def line(service: str, process: str, arm: str, rows: Sequence[Row]) -> str:
    """One export of one process."""
    pattern, _, transport = arm.partition("-")
    named = {"service.name": service, "service.namespace": arm, "service.instance.id": process}
    named |= {"harmony.pattern": pattern, "harmony.transport": transport}
    resource = {"attributes": [{"key": key, "value": _value(value)} for key, value in named.items()]}
    scope = {"scope": {"name": "harmony"}, "spans": list(rows)}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}) + "\n"


def write(folder: Path, *writings: Writing) -> Path:
    """As a lab would: a file for each process of each arm."""
    for writing in writings:
        for service, process, row in writing.rows:
            file = folder / writing.arm / f"{process}-4711.jsonl"
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("a", encoding="utf-8") as opened:
                opened.write(line(service, process, writing.arm, [row]))
    return folder


def journey(folder: Path, writing: Writing) -> Journey:
    """Written, and read again."""
    (found,) = Traces(write(folder, writing)).orders(writing.order_id)
    return found


def graph(folder: Path, writing: Writing) -> Graph:
    """Written, read again, and joined."""
    return Graph(journey(folder, writing))


def _value(value: str | int) -> dict[str, str]:
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}
