"""Which lab a command talks to: the one that `harmony up` started, or a temporary one that is gone afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import story
from benchmarks.commands import screen
from benchmarks.commands.asking import reason_of
from benchmarks.conformance_traces import folder
from common.settings import Settings
from common.telemetry.tracing import Origin, Policy, Tracing
from compose.arm import Arm
from compose.arms import ARMS, OWN
from compose.local.client import LabClient, NoLab, start_lab
from compose.local.errors import Trouble
from compose.local.home import check_length, default_home
from compose.local.settings import Machine

KEPT = "`harmony up` keeps one running, with its orders and their traces"
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
        """One order through the arm's door, traced, and followed to its end.

        Raises Trouble when the door cannot be asked.
        """
        import httpx

        body = story.order_like(like, self.settings.seed, self.settings.skus)
        wait_s = self.settings.deadline_s + GRACE_S
        customer = Tracing(_customer(arm), Policy(folder=str(folder(self.client) / arm)))
        try:
            if self.temporary:  # the first order of a fresh process pays for connections; it is not the one shown
                story.place(self.door(arm), body, wait_s)
            return story.place(self.door(arm), body, wait_s, customer)
        except httpx.HTTPStatusError as error:
            raise Trouble(f"The door of {arm} refused the order: {reason_of(error.response)}") from error
        except httpx.HTTPError as error:
            raise Trouble(f"The door of {arm} does not answer ({error}): `harmony status` tells more.") from error
        finally:
            customer.close()


def _customer(arm: str) -> Origin:
    """Who tells the customer's part of a trace."""
    return Origin(arm, ARMS[arm].pattern, ARMS[arm].transport, "customer", "customer-1")


def home() -> Path:
    """Where this user's lab lives. Raises Trouble when no socket in it could have a name."""
    root = default_home(Machine().home)
    check_length(root, OWN)
    return root


def running() -> LabClient:
    """The lab that `harmony up` started. Raises NoLab, which says what to do."""
    return LabClient.connect(home())


def running_arms(client: LabClient, wanted: str | None) -> tuple[str, ...]:
    """The arms of the running lab, or those of them that were named."""
    from benchmarks.commands import options

    there = tuple(client.status()["arms"])
    chosen = options.listed("" if wanted == options.ALL else wanted or "")
    for arm in chosen:
        if arm not in there:
            raise options.unknown("running arm", arm, there)
    return chosen or there


def replicas_of(client: LabClient, arm: str, process: str) -> int:
    """How many processes of its service run beside a process, itself included."""
    service = process.rpartition("-")[0]
    return sum(each["service"] == service for each in client.status()["arms"][arm]["processes"])


def running_or_default() -> tuple[str, ...]:
    """The arms of the running lab; without one, the two that are most often compared."""
    from benchmarks.commands import options

    try:
        return tuple(running().status()["arms"])
    except NoLab:
        return options.arms(options.DEFAULT_ARMS)


def built(arms: Sequence[str], replicas: Mapping[str, int]) -> list[Arm]:
    """The arms as they are to be started."""
    return [ARMS[arm].with_replicas(replicas) for arm in arms]


def as_running(client: LabClient, arm: str) -> Arm:
    """An arm with as many replicas as there are processes of it in this lab."""
    processes = client.status()["arms"][arm]["processes"]
    return ARMS[arm].with_replicas(Counter(process["service"] for process in processes))


def url_of(client: LabClient, arm: str, process: str) -> str:
    """Where a process of the running lab answers. Raises a usage error when there is none of this name."""
    from benchmarks.commands import options

    urls = {each["name"]: str(each["url"]) for each in client.status()["arms"][arm]["processes"]}
    if process not in urls:
        raise options.unknown("process", process, urls)
    return urls[process]


@contextmanager
def any_lab(
    arms: tuple[str, ...], seed: int, redis_urls: Mapping[str, str], replicas: Mapping[str, int]
) -> Iterator[Lab]:
    """The running lab when it has the arms and replicas, else a temporary one, and it is said which."""
    settings, wanted = Settings(seed=seed), built(arms, replicas)
    client = None if redis_urls else _running_with(wanted, replicas)
    if client is not None:
        yield Lab(client, settings, temporary=False)
        return
    screen.say(f"Starting a temporary lab: {', '.join(arms)} ({KEPT})")
    with start_lab(wanted, settings, redis_urls=redis_urls) as client:
        yield Lab(client, settings, temporary=True)


def _running_with(arms: Sequence[Arm], replicas: Mapping[str, int]) -> LabClient | None:
    try:
        client = LabClient.connect(home())
    except NoLab:
        return None
    missing = [arm.name for arm in arms if arm.name not in client.status()["arms"]]
    if missing:
        screen.say(f"The running lab has no {', '.join(missing)}")
        return None
    there = [as_running(client, arm.name) for arm in arms]
    if there != [arm.with_replicas(replicas) for arm in there]:
        screen.say(f"The running lab has not {', '.join(f'{name}={count}' for name, count in replicas.items())}")
        return None
    return client
