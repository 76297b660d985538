"""The names of everything in Redis.

The braces are a hash tag: a service's state and its streams share a slot and an ACL.
"""

from __future__ import annotations

ARM = "lab:arm"
"""The mark of the arm whose server this is."""


def events(service: str, kind: str) -> str:
    """The stream of one event type of a service."""
    return f"{{{service}}}:events:{kind}"


def commands(service: str) -> str:
    """The stream of what a service is told to do, where somebody tells it."""
    return f"{{{service}}}:commands"


def answers(service: str) -> str:
    """The stream of a service's answers to commands that are no news: given before, or announced to nobody."""
    return f"{{{service}}}:answers"


def record(service: str, order_id: str) -> str:
    """What a service remembers of an order: a hash with the answer of each operation, and the fields that effects
    put."""
    return f"{{{service}}}:order:{order_id}"


def counters(service: str) -> str:
    """The hash of a service's counters."""
    return f"{{{service}}}:counters"


def initial(service: str) -> str:
    """What the counters were when the lab was provisioned."""
    return f"{{{service}}}:initial"


def listing(service: str, name: str) -> str:
    """A sorted list of orders by time in ms: `deadlines` of open ones, `closed`."""
    return f"{{{service}}}:{name}"


def watermark(service: str) -> str:
    """Orders placed before this time (ms) are closed and dropped."""
    return f"{{{service}}}:watermark"


def attempts(service: str) -> str:
    """Failed attempts by stream entry: only entries that have failed are in this hash."""
    return f"{{{service}}}:attempts"


def dead(service: str) -> str:
    """The dead-letter stream of a service."""
    return f"{{{service}}}:dead"
