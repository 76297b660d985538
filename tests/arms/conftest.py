"""Real labs, as `harmony up` starts them: one kept for sentences that do no harm, a new one where harm is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.settings import Settings
from compose.local.client import LabClient, start_lab
from tests.arms.chosen import ARMS

BUILT = tuple(ARMS)


@pytest.fixture(scope="session")
def lab() -> Iterator[LabClient]:
    with start_lab(list(ARMS.values()), Settings()) as client:
        yield client


@pytest.fixture(scope="session", params=BUILT)
def arm(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def door(lab: LabClient, arm: str) -> str:
    url: str = lab.status()["arms"][arm]["door"]
    return url
