"""A small file that always says which processes an arm has: how the load generator learns of a new pid.

Locust's process has its own loop and cannot ask the supervisor without holding up its arrivals; reading a
file it can.
"""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from compose.local.errors import Trouble

REFRESH_S = 0.2  # below the load generator's own look every 0.25 s


@contextmanager
def kept_up(status: Callable[[], dict[str, Any]]) -> Iterator[Path]:
    """A temporary file with the status, written again and again until the `with` block is left."""
    with tempfile.TemporaryDirectory(prefix="harmony-run-") as folder:
        path = Path(folder) / "status.json"
        _write(path, status)
        with _refreshing(path, status):
            yield path


@contextmanager
def _refreshing(path: Path, status: Callable[[], dict[str, Any]]) -> Iterator[None]:
    done = threading.Event()

    def refresh() -> None:
        while not done.wait(REFRESH_S):
            with suppress(Trouble):  # a supervisor too busy to answer: the last word stands
                _write(path, status)

    thread = threading.Thread(target=refresh, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _write(path: Path, status: Callable[[], dict[str, Any]]) -> None:
    part = path.with_suffix(".part")
    part.write_text(json.dumps(status()), encoding="utf-8")
    part.replace(path)
