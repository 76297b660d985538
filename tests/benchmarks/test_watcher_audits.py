"""The watcher's audits: of everything where that is little, else of the youngest orders, and never without end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks import history, story
from benchmarks.watcher import youngest
from benchmarks.watcher.auditing import APART_S, Auditor
from benchmarks.watcher.metrics import LOOKED_AT, VIOLATIONS, Sample, of
from benchmarks.watcher.source import OfLab, Watched
from common.settings import Settings
from common.store import keys
from common.store.connect import Credentials
from common.store.embedded import connect_once
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab

SETTINGS = Settings(skus=5)
ARM = "choreography-streams"


@pytest.fixture(scope="module")
def lab() -> Iterator[LabClient]:
    """Nine orders of each kind, all closed."""
    with start_lab([ARMS[ARM]], SETTINGS) as client:
        door = client.status()["arms"][ARM]["door"]
        bodies = [story.order_like(like, SETTINGS.seed, SETTINGS.skus) for like in story.LIKES if like != "malformed"]
        with ThreadPoolExecutor(4) as customers:
            for told in [customers.submit(story.place, door, body, 10.0) for body in bodies * 9]:
                assert told.result().status in ("completed", "cancelled")
        yield client


@pytest.fixture
def watched(lab: LabClient) -> Watched:
    (found,) = OfLab(lab.home).seen().arms
    return found


def figures(samples: list[Sample] | None) -> dict[str, tuple[float, float]]:
    """Invariant -> what broke it, what was looked at."""
    assert samples is not None
    looked_at = {each.labels[0]: each.value for each in of(samples, LOOKED_AT)}
    return {each.labels[0]: (each.value, looked_at[each.labels[0]]) for each in of(samples, VIOLATIONS)}


def test_what_is_read_of_the_youngest_is_what_is_read_of_all_when_there_are_no_others(watched: Watched) -> None:
    everything = history.collect(watched.auditor, ARM)
    young = youngest.collect(watched.auditor, ARM, 1_000)
    assert [*map(_key, young.events)] == [*map(_key, everything.events)]
    assert young.events[0] == everything.events[0]
    wanted = [row for row in everything.state if row["kind"] in ("order", "counters")]
    assert sorted(young.state, key=str) == sorted(wanted, key=str)


def _key(event: dict[str, object]) -> object:
    return event["stream"], event["entry"]


def test_of_many_orders_the_youngest_are_audited_whole(watched: Watched) -> None:
    found = figures(Auditor(orders_max=10).look(watched))
    assert found["legal_history"] == (0, 10)
    assert found["no_ghosts"] == found["no_zombies"] == (0, 10)
    assert "money" not in found  # sums over all orders are not judged by some of them
    whole = figures(Auditor().look(watched))
    assert whole["legal_history"][1] > 10
    assert whole["money"][0] == 0


def test_an_undone_effect_of_a_young_order_is_a_violation(watched: Watched, admin: Credentials) -> None:
    completed = [row for row in history.collect(watched.auditor, ARM).events if row["type"] == "OrderCompleted"]
    with connect_once(admin) as redis:
        redis.hdel(keys.record("shipping", completed[-1]["subject"]), "op:ship")
    found = figures(Auditor(orders_max=20).look(watched))
    assert found["no_ghosts"][0] == 1


@pytest.fixture
def admin(lab: LabClient) -> Credentials:
    return lab.credentials(ARM, "admin")


def test_nothing_is_audited_twice_while_nothing_is_closed_and_never_at_once(watched: Watched) -> None:
    auditor = Auditor()
    first = auditor.look(watched)
    assert first
    assert auditor.look(watched) is first
    assert APART_S >= 5
