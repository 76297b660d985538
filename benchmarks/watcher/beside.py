"""The watcher as a companion of a lab."""

from __future__ import annotations

import sys

from compose.local.companion import Companion
from compose.local.plan import Plan
from compose.local.ports import HOST

NAME = "watcher"
PORT = 18_091  # where it is looked for when nobody else is there


def companion(plan: Plan, port: int) -> Companion:
    """Watches the lab of this plan."""
    argv = (sys.executable, "-m", "benchmarks.watcher", "--home", str(plan.home), "--port", str(port))
    return Companion(NAME, argv, f"http://{HOST}:{port}")
