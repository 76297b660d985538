"""Which lab a command talks to: the one that `harmony up` started, or a temporary one that is gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import story
from benchmarks.commands import screen
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, NoLab, start_lab
from compose.local.errors import Trouble
from compose.local.home import check_length, default_home
from compose.local.settings import Machine

if TYPE_CHECKING:
    import httpx

TEXT_MAX = 200  # characters of an answer that nobody expected
GRACE_S = 5.0  # beyond the deadline: undoing has no deadline of its own, but takes well under this


@dataclass(frozen=True, slots=True)
class Lab:
    """A running lab, and the settings of whoever started it as far as they are known."""

    client: LabClient
    settings: Settings
    temporary: bool

    def door(self, arm: str) -> str:
        """The URL of the arm's door."""
        return str(self.client.status()["arms"][arm]["door"])

    def placed(self, arm: str, like: str) -> story.Story:
        """One order through the arm's door, followed to its end. Raises Trouble when the door cannot be asked."""
        import httpx

        body = story.order_like(like, self.settings.seed, self.settings.skus)
        wait_s = self.settings.deadline_s + GRACE_S
        try:
            if self.temporary:  # the first order of a fresh process pays for connections; it is not the one shown
                story.place(self.door(arm), body, wait_s)
            return story.place(self.door(arm), body, wait_s)
        except httpx.HTTPStatusError as error:
            raise Trouble(f"The door of {arm} refused the order: {_reason(error.response)}") from error
        except httpx.HTTPError as error:
            raise Trouble(f"The door of {arm} does not answer ({error}): `harmony status` tells more.") from error


def _reason(refusal: httpx.Response) -> str:
    """What a problem document (RFC 9457) says to a person; else how the answer begins."""
    try:
        problem = refusal.json()
        return str(problem.get("detail") or problem["title"])
    except (ValueError, KeyError, AttributeError):
        return f"{refusal.status_code} {refusal.text[:TEXT_MAX]}".strip()


def home() -> Path:
    """Where this user's lab lives. Raises Trouble when no socket in it could have a name."""
    root = default_home(Machine().home)
    check_length(root, ARMS)
    return root


def running() -> LabClient:
    """The lab that `harmony up` started. Raises NoLab, which says what to do."""
    return LabClient.connect(home())


def running_arms(client: LabClient, wanted: str | None) -> tuple[str, ...]:
    """The arms of the running lab, or those of them that were named."""
    from benchmarks.commands import options

    there = tuple(client.status()["arms"])
    chosen = tuple(dict.fromkeys(part.strip() for part in (wanted or "").split(",") if part.strip()))
    for arm in chosen:
        if arm not in there:
            raise options.unknown("running arm", arm, there)
    return chosen or there


@contextmanager
def any_lab(arms: tuple[str, ...], seed: int, redis_urls: Mapping[str, str]) -> Iterator[Lab]:
    """The running lab when it has the arms, else a temporary one, and it is said which."""
    settings = Settings(seed=seed)
    client = None if redis_urls else _running_with(arms)
    if client is not None:
        yield Lab(client, settings, temporary=False)
        return
    screen.say(f"Starting a temporary lab: {', '.join(arms)} (`harmony up` keeps one running)")
    with start_lab([ARMS[arm] for arm in arms], settings, redis_urls=redis_urls) as client:
        yield Lab(client, settings, temporary=True)


def _running_with(arms: tuple[str, ...]) -> LabClient | None:
    try:
        client = LabClient.connect(home())
    except NoLab:
        return None
    missing = [arm for arm in arms if arm not in client.status()["arms"]]
    if missing:
        screen.say(f"The running lab has no {', '.join(missing)}")
        return None
    return client
