"""The engine thinks: given the answers so far, what is next. No I/O, so every history is a list."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.effect import name_of
from orchestration.engine import Given, what_next
from orchestration.saga import ORDER_SAGA

FORWARD = [name_of(step.do) for step in ORDER_SAGA.steps]


def yes(*operations: str) -> list[Given]:
    return [Given(operation, accepted=True) for operation in operations]


def asked(answers: list[Given], past_deadline: bool = False) -> str | None:
    step = what_next(ORDER_SAGA, answers, past_deadline)
    return name_of(step.operation) if step else None


def test_the_steps_are_asked_in_order_and_then_nothing() -> None:
    assert [asked(yes(*FORWARD[:done])) for done in range(len(FORWARD))] == FORWARD
    assert asked(yes(*FORWARD)) is None


def test_after_a_refusal_what_was_done_is_undone_newest_first_and_the_customer_told() -> None:
    answers = [*yes("place", "reserve", "charge"), Given("ship", accepted=False, reason="undeliverable")]
    undone = []
    while (step := what_next(ORDER_SAGA, answers)) is not None:
        assert step.reason == "undeliverable"
        assert step.undoing
        undone.append(name_of(step.operation))
        answers.append(Given(undone[-1], accepted=True))
    assert undone == ["refund", "release", "apologise", "cancel"]


def test_at_the_deadline_the_order_is_asked_to_expire_before_anything_is_undone() -> None:
    assert asked(yes("place", "reserve"), past_deadline=True) == "expire"


def test_what_is_unknown_when_the_order_expires_is_undone_as_well() -> None:
    answers = [*yes("place", "reserve"), Given("expire", accepted=True, reason="deadline")]
    assert asked(answers) == "refund"


def test_an_order_that_would_not_expire_was_completed_so_completing_is_asked_again() -> None:
    answers = [*yes(*FORWARD[:-1]), Given("expire", accepted=False)]
    assert asked(answers, past_deadline=True) == "complete"


def test_an_order_that_cannot_be_completed_has_expired_so_that_is_asked() -> None:
    answers = [*yes(*FORWARD[:-1]), Given("complete", accepted=False)]
    assert asked(answers) == "expire"


@pytest.mark.parametrize("refused", FORWARD[:-1])
def test_every_refusal_ends_with_the_order_cancelled(refused: str) -> None:
    position = FORWARD.index(refused)
    answers = [*yes(*FORWARD[:position]), Given(refused, accepted=False, reason="no")]
    while (step := what_next(ORDER_SAGA, answers)) is not None:
        answers.append(Given(name_of(step.operation), accepted=True))
    assert answers[-1].operation == "cancel"


@given(seed=st.integers(0, 2**32), deadline_after=st.integers(0, 12))
def test_every_history_ends_and_undoes_the_reverse_of_what_was_done(seed: int, deadline_after: int) -> None:
    dice = random.Random(seed)
    answers: list[Given] = []
    completed = False
    for turn in range(30):
        step = what_next(ORDER_SAGA, answers, past_deadline=turn >= deadline_after)
        if step is None:
            break
        name = name_of(step.operation)
        known = [answer.operation for answer in answers]
        assert name not in known or name == "complete"
        accepted = step.undoing or name == "expire" or dice.random() < 0.9
        completed = completed or (name == "complete" and accepted)
        answers.append(Given(name, accepted, "why"))
    else:
        raise AssertionError(f"no end with seed {seed}: {answers}")
    done = [answer.operation for answer in answers]
    assert completed != ("cancel" in done)
    undone = [name for name in done if name in ("recall", "refund", "release")]
    assert undone == [name for name in ("recall", "refund", "release") if name in undone]
    for line in ORDER_SAGA.steps:
        if line.undo and not completed and Given(name_of(line.do), True, "why") in answers:
            assert name_of(line.undo) in undone


def test_a_yes_that_comes_after_the_order_has_expired_changes_nothing() -> None:
    before = [Given("place", True), Given("expire", True, "deadline")]
    asked = what_next(ORDER_SAGA, before)
    assert asked is not None
    assert name_of(asked.operation) == "release"
    late = what_next(ORDER_SAGA, [*before, Given("reserve", True)])
    assert late == asked, "the step under way is undone anyway, and none after it was asked"
