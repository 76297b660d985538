"""Both flows, read from the code: the saga's steps, and the five reaction lists joined by the events they announce.

What an operation announces is found by asking it: operations are pure, so a few sample orders tell all. The drawings
(`flow_text`, `flow_svg`) live next door and know nothing of sagas or reactions, only of the lines made here.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from common.domain import order, payment, shipping
from common.domain.effect import Operation, name_of, service_of
from common.domain.events import Event
from common.domain.model import Order, OrderLine
from orchestration.saga import ORDER_SAGA

SERVICES = ("order", "inventory", "payment", "shipping", "notification")
COLOURS = {"orchestration": "#0072B2", "choreography": "#D55E00"}
"""One colour per pattern, everywhere; told apart by colour-blind people too (Okabe and Ito)."""

_LINES = (OrderLine("sku-0000", 1, 100),)
_SAMPLES = (
    Order("sample", "customer", _LINES, "1 Main Street", 0, 1),
    Order("sample", payment.DECLINED + "card", _LINES, "1 Main Street", 0, 1),
    Order("sample", "customer", _LINES, shipping.UNDELIVERABLE, 0, 1),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One arrow of a flow: on what (events, or whoever starts it), who does what, and what it then announces."""

    on: tuple[str, ...]
    service: str
    operation: str
    yes: str
    no: str = ""
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """A pattern's way forward and its way back, in the order in which an order walks them."""

    pattern: str
    forward: tuple[Line, ...]
    back: tuple[Line, ...]


def announces(operation: Operation) -> tuple[str, str]:
    """The event types for a yes and for a no ("" where a no is announced to nobody)."""
    effects = [operation(sample, "") for sample in _SAMPLES]
    yes = _only(effect.accepted for effect in effects)
    no = _only(effect.rejected for effect in effects)
    return yes, "" if no == yes else no


def _only(events: Iterable[Event | None]) -> str:
    return next((type(event).__name__ for event in events if event is not None), "")


def orchestrated() -> Flow:
    """The saga as lines: each step asked for by the orchestrator, and the compensations, newest first."""
    steps = ORDER_SAGA.steps
    forward = tuple(_line(("orchestrator",), step.do, undo=name_of(step.undo) if step.undo else "") for step in steps)
    undoing = [step.undo for step in reversed(steps) if step.undo]
    late = _line(("at deadline",), ORDER_SAGA.at_deadline)
    back = [_line(("after a no",), operation) for operation in (*undoing, *ORDER_SAGA.when_undone)]
    return Flow("orchestration", forward, (late, *back))


def choreographed() -> Flow:
    """The reactions joined: who hears what was announced, from the door's order to its end, and the way back."""
    reactions = {service: _reactions(service) for service in SERVICES}
    heard = _heard(reactions)
    forward = _chain(_line(("the door",), order.place), heard)
    done = {line.operation for line in forward}
    start = _line(("the clock",), order.expire)
    back = [start, *_undoing(start, {key: on for key, on in heard.items() if name_of(key) not in done})]
    return Flow("choreography", tuple(forward), tuple(back))


def _reactions(service: str) -> Mapping[type[Event], Operation]:
    found: Mapping[type[Event], Operation] = importlib.import_module(f"choreography.{service}").REACTIONS
    return found


def _heard(reactions: Mapping[str, Mapping[type[Event], Operation]]) -> dict[Operation, tuple[str, ...]]:
    """Operation -> the events on which it is done."""
    heard: dict[Operation, tuple[str, ...]] = {}
    for table in reactions.values():
        for event, operation in table.items():
            heard[operation] = (*heard.get(operation, ()), event.__name__)
    return heard


def _chain(line: Line, heard: Mapping[Operation, tuple[str, ...]]) -> list[Line]:
    """From yes to yes: each announcement wakes the next, until nobody reacts."""
    chain = [line]
    while woken := [operation for operation, on in heard.items() if chain[-1].yes in on]:
        chain.append(_line(heard[woken[0]], woken[0]))
    return chain


def _undoing(start: Line, heard: Mapping[Operation, tuple[str, ...]]) -> list[Line]:
    """The way back is one chain too; refusals enter it further down, so an operation there may hear several events."""
    return _chain(start, heard)[1:]


def _line(on: tuple[str, ...], operation: Operation, undo: str = "") -> Line:
    yes, no = announces(operation)
    return Line(on, service_of(operation), name_of(operation), yes, no, undo)


def asked() -> tuple[str, ...]:
    """The services of which the saga asks something, forward or back."""
    undoing = [step.undo for step in ORDER_SAGA.steps if step.undo]
    whole = [*(step.do for step in ORDER_SAGA.steps), *undoing, ORDER_SAGA.at_deadline, *ORDER_SAGA.when_undone]
    return tuple(dict.fromkeys(service_of(operation) for operation in whole))


def listening() -> tuple[tuple[str, str, str], ...]:
    """(who announces it, the event, who reacts to it), from the five lists of reactions."""
    return tuple((event.source, event.__name__, service) for service in SERVICES for event in _reactions(service))


def flows() -> tuple[Flow, Flow]:
    """Both, orchestration first."""
    return orchestrated(), choreographed()


def told(both: Iterable[Flow]) -> dict[str, Any]:
    """Pattern -> its lines, for JSON."""
    return {
        flow.pattern: {way: [asdict(line) for line in getattr(flow, way)] for way in ("forward", "back")}
        for flow in both
    }
