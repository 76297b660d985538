"""The containers that send load: Locust's page with its master, and workers who divide one schedule among them."""

from __future__ import annotations

from compose.docker.container import LOAD, PROBE, Entry, Form, health, limits, on_loopback
from compose.docker.emitter import Ref
from compose.docker.names import url

MASTER, WORKER = "locust-master", "locust-worker"
WEB_PORT = 8089
LOCUST = ("python", "-m", "locust", "-f", "benchmarks/locustfile.py")
FIRST_HOST = url("choreography-streams", "order")  # the page offers it, and takes any other door


def containers(form: Form) -> dict[str, Entry]:
    """Master and workers. They let what is under way end, so they are given time to stop."""
    common = {"<<": Ref("ours"), "profiles": [LOAD], "stop_grace_period": "30s"}
    master = {
        **common,
        "command": [*LOCUST, "--master", "--host", FIRST_HOST],
        "deploy": limits(1, "512m", 64),
        "healthcheck": health(form, *PROBE, "locust"),
        "ports": on_loopback(form.page, WEB_PORT),
    }
    worker = {
        **common,
        "command": [*LOCUST, "--worker", "--master-host", MASTER],
        "deploy": {"mode": "replicated", "replicas": "${LOCUST_WORKERS:-2}", **limits(1, "512m", 64)},
        "depends_on": {MASTER: {"condition": "service_healthy"}},
    }
    return {MASTER: master, WORKER: worker}
