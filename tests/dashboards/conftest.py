"""The lab that was watched, once for all sentences about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.dashboards.scene import Scene, played


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    if shutil.which("prometheus") is None:
        pytest.skip("prometheus is not on PATH: install it (Debian: apt-get install prometheus) to ask it all queries")
    with played(tmp_path_factory.mktemp("prometheus")) as watched:
        yield watched
