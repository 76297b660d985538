"""Starts the lab that stays: in the background, or in the foreground until Ctrl-C."""

from __future__ import annotations

import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.commands import labs, screen
from common.settings import Settings
from compose.arm import Arm
from compose.local.client import LabClient, NoLab, launch_lab, start_lab
from compose.local.errors import Trouble

Show = Callable[[dict[str, Any]], None]


def up(arms: Sequence[Arm], seed: int, urls: Mapping[str, str], foreground: bool, port_base: int, show: Show) -> None:
    """Start it and show it; in the foreground, stay until Ctrl-C. Raises Trouble when one runs already.

    `port_base` 0: wherever ports are free.
    """
    _refuse_second()
    settings, base = Settings(seed=seed), port_base or None
    if not foreground:
        show(launch_lab(arms, settings, labs.home(), port_base=base, redis_urls=urls).status())
        return
    with start_lab(arms, settings, labs.home(), port_base=base, redis_urls=urls) as client:
        show(client.status())
        screen.say("Running until Ctrl-C.")
        signal.pause()


def _refuse_second() -> None:
    try:
        there = LabClient.connect(labs.home()).status()["arms"]
    except NoLab:
        return
    raise Trouble(f"A lab is running already ({', '.join(there)}): `harmony status` shows it, `harmony down` stops it.")
