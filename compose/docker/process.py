"""A process of an arm, alone in its container: what it is told, put together from the table, settings and secrets."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable

from common.process import ProcessSpec
from common.settings import Settings
from common.store.connect import Credentials
from compose.arm import DOOR, Arm, Role, subscribers, user_of
from compose.arms import OWN
from compose.docker.names import DOOR_PASSWORD, GIVEN, PASSWORD, PORT, REDIS, REDIS_PORT, TOKEN, host, url
from compose.docker.settings import Container

Secret = Callable[[str], str]


def main() -> None:
    """Be the process that the environment names, until SIGTERM."""
    container = Container()
    arm = OWN[container.arm]
    role = next(role for role in arm.roles if role.service == container.service)
    pkgutil.resolve_name(role.main)(spec(arm, role, container, Settings(), given))


def spec(arm: Arm, role: Role, container: Container, settings: Settings, given: Secret) -> ProcessSpec:
    """As the local lab's `part` makes it, but with names for ports, and with secrets."""
    return ProcessSpec(
        arm=arm.name,
        pattern=arm.pattern,
        transport=arm.transport,
        service=role.service,
        replica=container.replica,
        host=container.host,
        port=PORT,
        redis=credentials(arm.name, user_of(role), given(PASSWORD)),
        door=credentials(arm.name, DOOR, given(DOOR_PASSWORD)) if role.service == arm.entry else None,
        addresses={service: (url(arm.name, service),) for service in role.calls},
        subscribers={name: (kinds, (url(arm.name, name),)) for name, kinds in subscribers(role).items()},
        token=given(TOKEN),
        settings=settings,
        known_as=(host(arm.name, role.service),),
    )


def credentials(arm: str, user: str, password: str) -> Credentials:
    """Of a user of the arm's server."""
    return Credentials(f"redis://{host(arm, REDIS)}:{REDIS_PORT}/0", user, password)


def given(secret: str) -> str:
    """A secret that this container has been given. Raises OSError when it has not."""
    return (GIVEN / secret).read_text(encoding="utf-8").strip()
