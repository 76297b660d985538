"""Asks one process of the lab over HTTP, with the lab's token, and says in words what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

ANSWER_TIMEOUT_S = 30.0  # a replayed request may take all its attempts, with their pauses
TEXT_MAX = 200  # characters of an answer that nobody expected


class Unanswered(Exception):
    """Nobody answered. The text says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The status code, what a problem document said (`` when there was nothing to say), and the body as it came."""

    status: int
    words: str
    text: str = ""


def asked(method: str, url: str, token: str, body: dict[str, Any] | None = None) -> Answered:
    """One request. Raises Unanswered."""
    import httpx

    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.request(method, url, headers=headers, json=body, timeout=ANSWER_TIMEOUT_S, trust_env=False)
    except httpx.TransportError as error:
        raise Unanswered(str(error) or type(error).__name__) from error
    return Answered(answer.status_code, "" if answer.is_success else reason_of(answer), answer.text)


def reason_of(refusal: httpx.Response) -> str:
    """What a problem document (RFC 9457) says to a person; else how the answer begins."""
    try:
        problem = refusal.json()
        return str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, AttributeError):
        return f"{refusal.status_code} {refusal.text[:TEXT_MAX]}".strip()
