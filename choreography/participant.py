"""What a service does on what it hears: looks the event up in its own list of reactions, and no further."""

from __future__ import annotations

from collections.abc import Mapping

from common.domain.effect import Operation, name_of
from common.domain.events import Event
from common.messages import Malformed, Request
from common.service import Service
from common.transport.deciding import Deciding
from common.transport.streams import Entry, event_of, trace_of

Reactions = Mapping[type[Event], Operation]


class Participant(Deciding):
    """One service's reactions, whatever brings it the events."""

    def __init__(self, reactions: Reactions, service: Service, batch_max: int) -> None:
        super().__init__("event", service, self._heard, batch_max)
        self._operations = {event: name_of(operation) for event, operation in reactions.items()}

    def reaction(self, event: Event, traceparent: str) -> Request:
        """What is to be done on an event. Raises Malformed when this service does not react to it."""
        operation = self._operations.get(type(event))
        if operation is None:
            raise Malformed(f"nobody here reacts to {type(event).__name__}")
        return Request(operation, event.order, event.reason, traceparent)

    def _heard(self, entry: Entry) -> Request:
        return self.reaction(event_of(entry), trace_of(entry))
