"""Thinks, and does nothing: the answers so far, and whether the deadline has passed -> what to ask next.

Recovery is calling this again with what the journal remembers. There is no other state.

Forward, the steps are asked in order. After a no, every step that may have been done is undone, newest first. At the
deadline the order is asked to expire first: only its yes starts the undoing, and then the step whose answer is unknown
is undone as well (its undo bars it, should it come late).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from common.domain.effect import Operation, name_of

DEADLINE = "deadline"
"""The reason that an order is given up for when its time has run out."""


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of the flow, and the one that undoes it, if it needs undoing."""

    do: Operation
    undo: Operation | None = None


class Saga:
    """The steps in order; what to ask at the deadline; what to ask when all is undone."""

    def __init__(self, *steps: Step, at_deadline: Operation, when_undone: Sequence[Operation]) -> None:
        self.steps = steps
        self.at_deadline = at_deadline
        self.when_undone = tuple(when_undone)


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as the journal remembers it: which operation, yes or no, and the reason that its event gave."""

    operation: str
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Next:
    """What to ask now, and why. It is asked until it is answered, or until the deadline where that is `bounded`."""

    operation: Operation
    reason: str = ""
    undoing: bool = False
    bounded: bool = False


def what_next(saga: Saga, answers: Sequence[Given], past_deadline: bool = False) -> Next | None:
    """The next thing to ask, or None when the order is closed."""
    given = {answer.operation: answer for answer in answers}
    reached = _reached(saga, _until_expiry(saga, answers))
    if reached == len(saga.steps):
        return None
    refusal = given.get(name_of(saga.steps[reached].do))
    expiry = given.get(name_of(saga.at_deadline))
    if expiry and expiry.accepted:
        return _undo(saga, given, reached, expiry.reason)
    if refusal is not None and not _closing(saga, reached):
        return _undo(saga, given, reached - 1, refusal.reason)
    if refusal is not None or (past_deadline and expiry is None):
        return Next(saga.at_deadline, DEADLINE, undoing=refusal is not None)
    return Next(saga.steps[reached].do, bounded=expiry is None)


def _until_expiry(saga: Saga, answers: Sequence[Given]) -> dict[str, Given]:
    """What was known when the order expired. A step that was under way then is undone anyway: should its answer come
    late, that changes nothing."""
    known: dict[str, Given] = {}
    for answer in answers:
        if answer.operation == name_of(saga.at_deadline) and answer.accepted:
            break
        known[answer.operation] = answer
    return known


def _reached(saga: Saga, given: dict[str, Given]) -> int:
    """How many steps have been accepted, one after the other."""
    for position, step in enumerate(saga.steps):
        answer = given.get(name_of(step.do))
        if answer is None or not answer.accepted:
            return position
    return len(saga.steps)


def _closing(saga: Saga, position: int) -> bool:
    """The last step is refused only when the order has expired already, so that is asked then."""
    return position == len(saga.steps) - 1


def _undo(saga: Saga, given: dict[str, Given], newest: int, reason: str) -> Next | None:
    undos = [step.undo for step in saga.steps[: newest + 1] if step.undo is not None]
    for operation in (*reversed(undos), *saga.when_undone):
        if name_of(operation) not in given:
            return Next(operation, reason, undoing=True)
    return None
