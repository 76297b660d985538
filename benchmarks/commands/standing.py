"""Starts the lab that stays: in the background, or in the foreground until Ctrl-C."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from benchmarks.commands import labs, screen
from benchmarks.watcher.beside import observed
from common.settings import Settings
from compose.arm import Arm
from compose.local.client import LabClient, NoLab, launch_lab, start_lab
from compose.local.companion import Beside, nobody
from compose.local.errors import Trouble

__all__ = ["nobody", "observed", "up"]

LOOK_S = 0.5
Show = Callable[[dict[str, Any]], None]


def up(
    arms: Sequence[Arm],
    seed: int,
    urls: Mapping[str, str],
    foreground: bool,
    port_base: int,
    show: Show,
    beside: Beside = nobody,
) -> None:
    """Start it and show it; in the foreground, stay until Ctrl-C. Raises Trouble when one runs already.

    `port_base` 0: wherever ports are free. `beside`: what runs with it.
    """
    _refuse_second()
    settings, base = Settings(seed=seed), port_base or None
    if not foreground:
        show(launch_lab(arms, settings, labs.home(), port_base=base, redis_urls=urls, beside=beside).status())
        return
    with start_lab(arms, settings, labs.home(), port_base=base, redis_urls=urls, beside=beside) as client:
        show(client.status())
        screen.say("Running until Ctrl-C.")
        _until_stopped(client)
        screen.say("The lab was stopped by `harmony down`.")


def _until_stopped(client: LabClient) -> None:
    """Return when somebody else has stopped it; Ctrl-C comes as ever."""
    with suppress(NoLab):
        while True:
            client.status()
            time.sleep(LOOK_S)


def _refuse_second() -> None:
    try:
        there = LabClient.connect(labs.home()).status()["arms"]
    except NoLab:
        return
    raise Trouble(f"A lab is running already ({', '.join(there)}): `harmony status` shows it, `harmony down` stops it.")
