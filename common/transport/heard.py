"""One attempt at an entry: what it says, and the span of handling it when its order is traced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from common.telemetry import conventions
from common.telemetry.tracing import Begun
from common.transport.streams import Entry

Item = TypeVar("Item")


@dataclass(slots=True)
class Heard(Generic[Item]):
    """`deliveries`: how often the server has handed it out; `attempt`: the how-manieth try at it."""

    entry: Entry
    item: Item
    span: Begun
    operation: str
    group: str
    deliveries: int = 1
    attempt: int = 1

    def end(self, outcome: str, error: str = "") -> None:
        """The attempt is over: done, or failed and why."""
        if not self.span.sampled:
            return
        entry, told = self.entry, about(self.entry)
        told |= {conventions.OPERATION: self.operation, conventions.OUTCOME: outcome}
        told |= {conventions.DELIVERY_COUNT: self.deliveries, "messaging.consumer.group.name": self.group}
        if self.attempt > 1:
            told[conventions.ATTEMPT] = self.attempt
        self.span.end(conventions.processed("redis", entry.stream, entry.entry_id.decode(), told, error))


def about(entry: Entry) -> dict[str, conventions.Value]:
    """What a span of an entry says of it in any case."""
    return {conventions.ORDER_ID: entry.fields.get("subject", b"").decode("utf-8", "replace")}
