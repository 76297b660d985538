"""What the containers and the file that describes them must agree on: names, ports, places."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
KEPT = FOLDER / "secrets"
"""On the host: a file for each secret."""

GIVEN = Path("/run/secrets")
"""In a container: the secrets that it has been given, and no others."""

DATA = Path("/data")
TARGETS = Path("/targets")  # what Prometheus is to ask, written by the watcher's container
SCRATCH = Path("/run/harmony")  # in memory
READY = SCRATCH / "ready"
"""There while the Redis server holds what its arm needs."""

PORT = 8000  # of every process of ours: each has a container, and so all ports, to itself
REDIS_PORT = 6379
REDIS = "redis"
ADMIN, AUDITOR = "admin", "auditor"
TOKEN, PASSWORD, DOOR_PASSWORD, USERS = "token", "password", "door-password", "users.acl"


def host(arm: str, service: str) -> str:
    """The name by which the other containers know this one; the service's name in `compose.yaml`, too."""
    return f"{arm}-{service}"


def secret(arm: str, what: str) -> str:
    """The name of a secret of an arm's: a user's password, or the file of all users."""
    return f"{arm}.{what}"


def url(arm: str, service: str) -> str:
    """Where a service answers inside the network of containers."""
    return f"http://{host(arm, service)}:{PORT}"
