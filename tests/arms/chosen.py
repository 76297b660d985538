"""The arms that this suite judges: the lab's own, or those that HARMONY_TEST_ARMS names, which may be outside ones."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pytest

from benchmarks.kills.chosen import arms
from compose import arms as known
from compose.arm import Arm


def _chosen() -> Mapping[str, Arm]:
    named = os.environ.get("HARMONY_TEST_ARMS")
    return {name: known.ARMS[name] for name in arms(named)} if named else known.OWN


ARMS = _chosen()


def about(arm: str) -> pytest.MarkDecorator:
    """For a sentence about one of the lab's own arms: left out when that one is not asked for."""
    return pytest.mark.skipif(arm not in ARMS, reason=f"{arm} is not among {', '.join(ARMS)}")
