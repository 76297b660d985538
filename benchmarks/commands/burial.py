"""Has a dead letter replayed or dropped by a process of the service that has buried it: nobody else may write there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.commands.asking import Answered, Unanswered, asked
from benchmarks.commands.ending import ENVIRONMENT, FAILED, FINE

if TYPE_CHECKING:
    from benchmarks.commands.letters import Letter

What = Literal["replay", "drop"]
Outcome = Literal["done", "gone", "failed", "not asked"]
ANSWERS: dict[int, Outcome] = {204: "done", 404: "gone", 409: "failed"}
CODES: dict[Outcome, int] = {"done": FINE, "gone": FAILED, "failed": FAILED, "not asked": ENVIRONMENT}
WORTH = (FAILED, ENVIRONMENT, FINE)  # which code a command ends with when letters fare differently


@dataclass(frozen=True, slots=True)
class Told:
    """How a letter fared; `detail` says why it did not fare well."""

    letter: Letter
    outcome: Outcome
    detail: str = ""

    def as_row(self) -> dict[str, str]:
        """As data."""
        letter = self.letter
        where = {"arm": letter.arm, "service": letter.service, "id": letter.id}
        return where | {"outcome": self.outcome, "detail": self.detail}


def urls(status: dict[str, Any], letter: Letter) -> list[str]:
    """The processes that can be asked about a letter: those of its service that are ready."""
    processes = status["arms"][letter.arm]["processes"]
    return [each["url"] for each in processes if each["service"] == letter.service and each["state"] == "ready"]


def act(what: What, letter: Letter, processes: Sequence[str], token: str) -> Told:
    """Ask one process after another until one has an answer."""
    detail = f"no process of {letter.service} is ready"
    for url in processes:
        try:
            answer = _ask(what, f"{url}/dead-letters/{letter.id}", token)
        except Unanswered as error:
            detail = str(error)
            continue
        if answer.status in ANSWERS:
            return Told(letter, ANSWERS[answer.status], answer.words)
        detail = answer.words or f"the answer was {answer.status}"
    return Told(letter, "not asked", detail)


def _ask(what: What, url: str, token: str) -> Answered:
    return asked("POST", f"{url}/replay", token) if what == "replay" else asked("DELETE", url, token)


def exit_code(told: Sequence[Told]) -> int:
    """0 when all fared well, 1 when one failed or is gone, 3 when one could not be asked about."""
    codes = {CODES[each.outcome] for each in told}
    return next((code for code in WORTH if code in codes), FINE)
