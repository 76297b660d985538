"""A wish, as data: what an operation asks of its service's own store, and what will then be true.

The store (common.store) makes it true or refuses it, at once and only once for each (order, operation).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from common.domain.events import Event
from common.domain.model import Order


@dataclass(frozen=True, slots=True)
class Effect:
    """What the store shall do in one step, and the two things that can come of it.

    accepted  true if the store accepts; None when the business has already said no
    rejected  true if the store refuses; None when a refusal is answered but announced to nobody (it leaves no mark)
    take      counters to lower; refused as a whole when one of them would fall below zero
    give      counters to raise
    put       fields of this order's record to set
    expect    field of this order's record -> the values it may have ("" = not there yet); refused otherwise
    before_ms refused when the store's own clock says that it is later; 0 = at any time
    undoes    the operation this one gives back: refused (announcing `rejected`) unless that one was accepted
    unless    the operation that bars this one: once it is decided, this one is refused without a word
    enlist    sorted lists of the service that shall name this order -> its rank in ms (0 = the time of the commit)
    delist    sorted lists that shall no longer name it
    """

    accepted: Event | None = None
    rejected: Event | None = None
    take: Mapping[str, int] = field(default_factory=dict)
    give: Mapping[str, int] = field(default_factory=dict)
    put: Mapping[str, str] = field(default_factory=dict)
    expect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before_ms: int = 0
    undoes: str = ""
    unless: str = ""
    enlist: Mapping[str, int] = field(default_factory=dict)
    delist: tuple[str, ...] = ()


Operation = Callable[[Order, str], Effect]
"""A service operation: the order, and why it is asked ("" on the way forward).

Its name and service are the function's.
"""


def name_of(operation: Operation) -> str:
    """`charge` for common.domain.payment.charge."""
    return operation.__name__


def service_of(operation: Operation) -> str:
    """`payment` for common.domain.payment.charge."""
    return operation.__module__.rpartition(".")[2]
