"""The compose file as a whole. It is printed, committed, and compared with the table of arms by a test."""

from __future__ import annotations

from compose.arms import OWN
from compose.docker import arms, load, observability, passwords
from compose.docker.container import Form, common, settings
from compose.docker.emitter import emit
from compose.docker.names import FOLDER, KEPT, USERS, secret

FILE = FOLDER / "compose.yaml"
HEADER = """\
# The lab in containers. Printed from the table of arms by `python -m compose.docker write`: change that, not this.
#
# Before the first start: python -m compose.docker secrets. Profiles: core (the two arms that are compared first),
# the name of any arm, all-arms, observability (Grafana, Prometheus, Tempo, watcher), load (Locust). One command for all
# of it: make compose-up. Open: Grafana http://127.0.0.1:3000, Locust http://127.0.0.1:{page}; the doors of the arms are
# http://127.0.0.1:{first} and following, and nothing is published to other machines.
#
# Images of others are pinned by tag. Digests would pin them harder; they have to be looked up in a registry.
"""


def text(form: Form | None = None) -> str:
    """The file's text."""
    form = form or Form()
    content = {
        "name": "harmony",
        **common(form),
        **settings(),
        **arms.shared(form),
        "services": dict(arms.containers(form)) | load.containers(form) | observability.containers(form),
        "secrets": {name: {"file": f"./{KEPT.name}/{name}"} for name in _secrets()},
        "volumes": arms.volumes() | observability.volumes(),
    }
    return HEADER.format(first=form.door_base, page=form.page) + emit(content)


def write() -> None:
    """Write the committed file anew."""
    FILE.write_text(text(), encoding="utf-8")


def _secrets() -> list[str]:
    return [*passwords.names(), *(secret(arm, USERS) for arm in OWN)]
