"""What `harmony fault` has done, as the rest of a sentence that begins with the process."""

from __future__ import annotations

import time

NOT_DOWN = ("ready", "starting", "paused")


def told(what: str, process: str, arm: str, hold_s: float | None, before: str) -> str:
    """`is killed and ...`: what happened, and when or how it ends."""
    to_it = f"{process} --arm {arm}"
    if what == "kill":
        return _killed(to_it, hold_s)
    if what == "pause":
        until = f"for {hold_s:g} s, until {_clock(hold_s)}" if hold_s is not None else "until it is resumed"
        return f"is paused {until} (`harmony fault resume {to_it}`)"
    if what == "resume":
        return "goes on" if before == "paused" else f"was not paused ({before}): nothing was done"
    return f"was not down ({before}): nothing was done" if before in NOT_DOWN else "is started"


def _killed(to_it: str, hold_s: float | None) -> str:
    if hold_s is None:
        return "is killed and will be started again in a moment"
    back = f"`harmony fault start {to_it}` starts it sooner"
    return f"is killed and stays down for {hold_s:g} s, until {_clock(hold_s)} ({back})"


def _clock(after_s: float) -> str:
    """The time of day, so many seconds from now."""
    return time.strftime("%H:%M:%S", time.localtime(time.time() + after_s))
