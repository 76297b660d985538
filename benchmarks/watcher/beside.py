"""What runs beside a lab that is to be looked at: the watcher, and a Prometheus that asks it and everybody else."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from compose.local import prometheus
from compose.local.companion import Beside, Companion, ports_beside
from compose.local.plan import Plan
from compose.local.ports import HOST

NAME = "watcher"
PORT = 18_091  # where it is looked for when nobody else is there


def watcher(plan: Plan, port: int) -> Companion:
    """Watches the lab of this plan."""
    argv = (sys.executable, "-m", "benchmarks.watcher", "--home", str(plan.home), "--port", str(port))
    return Companion(NAME, argv, f"http://{HOST}:{port}")


def observed() -> Beside:
    """The watcher and a Prometheus. Raises Trouble when no Prometheus will do."""
    binary = prometheus.find()

    def beside(plan: Plan) -> Sequence[Companion]:
        its_port, watchers = ports_beside(plan, (prometheus.PORT, PORT))
        watching = watcher(plan, watchers)
        return watching, prometheus.companion(binary, plan, its_port, watching.url)

    return beside
