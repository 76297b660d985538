"""Who told whom what, read off pairs of spans: asker and asked over HTTP, sender and hearer over a stream or a queue.

Times are those of the two ends, each by its own process' clock. What was sent and not heard, as far as the spans tell,
has no time of arrival.
"""

from __future__ import annotations

from benchmarks.traces.entries import heard, overheard
from benchmarks.traces.graph import Graph
from benchmarks.traces.message import Message
from benchmarks.traces.requests import asked


def messages(graph: Graph) -> list[Message]:
    """All of them, in the order in which they were sent."""
    found = [*asked(graph), *heard(graph), *overheard(graph)]
    return sorted(found, key=lambda each: (each.sent_ns, each.received_ns or each.sent_ns))
