"""`python -m compose.docker WHAT`. On the host: write, secrets. As what a container runs: process, redis, watcher."""

from __future__ import annotations

import sys
from collections.abc import Callable

USAGE = f"{__doc__}\n"


def _write() -> None:
    from compose.docker.file import FILE, write

    write()
    sys.stdout.write(f"Written: {FILE}\n")


def _secrets() -> None:
    from compose.docker.names import KEPT
    from compose.docker.passwords import make

    made = make()
    sys.stdout.write(f"{len(made)} secrets made, the others kept, in {KEPT}\n")


def _process() -> None:
    from compose.docker.process import main

    main()


def _redis() -> None:
    from compose.docker.server import main

    main()


def _watcher() -> None:
    from compose.docker.watcher import main

    main()


COMMANDS: dict[str, Callable[[], None]] = {
    "write": _write,
    "secrets": _secrets,
    "process": _process,
    "redis": _redis,
    "watcher": _watcher,
}

if __name__ == "__main__":
    command = COMMANDS.get(sys.argv[1] if len(sys.argv) == 2 else "")
    if command is None:
        sys.exit(USAGE)
    command()
