"""`harmony fault slow`, `fail` and `clear`: an operation whose decisions are slow, or fail, for a while."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.commands import options, screen
from benchmarks.commands.asking import Unanswered, asked

DELAY_MS = 300.0
LASTS_S = 30.0


def spoil(what: str, operation: str | None, arm: str | None, delay_ms: float, for_s: float, json: bool) -> None:
    """Put it on every process that decides the operation, in one running arm or in all of them."""
    from compose.arms import SERVICES

    homes = {each.__name__: name for name in SERVICES for each in import_module(f"common.domain.{name}").OPERATIONS}
    if operation is None:
        raise options.wrong(f"Say which operation: harmony fault {what} refund. Operations are {', '.join(homes)}.")
    if operation not in homes:
        raise options.unknown("operation", operation, homes)
    fault = {"fault": what, "operation": operation, "delay_ms": delay_ms if what == "slow" else 0, "for_s": for_s}
    done = [_told(arm, process, "POST", fault) for arm, process in _deciding(arm, homes[operation])]
    how = f"takes {delay_ms:g} ms longer" if what == "slow" else "fails"
    _say(done, fault, f"{operation} {how} for {for_s:g} s", json)


def clear(arm: str | None, json: bool) -> None:
    """End all faults of operations, and every armed crash."""
    done = [_told(name, process, "DELETE", None) for name, process in _deciding(arm, None)]
    _say(done, {"fault": "clear"}, "nothing is slow, fails or is to crash any more", json)


def _deciding(arm: str | None, service: str | None) -> list[tuple[str, dict[str, Any]]]:
    from benchmarks.commands import labs

    client = labs.running()
    arms = client.status()["arms"]
    chosen = labs.running_arms(client, arm) if arm else tuple(arms)
    return [
        (name, process)
        for name in chosen
        for process in arms[name]["processes"]
        if process["service"] != "redis" and service in (None, process["service"])
    ]


def _told(arm: str, process: dict[str, Any], method: str, fault: dict[str, Any] | None) -> str:
    from benchmarks.commands import labs
    from compose.local.errors import Trouble

    name = f"{process['name']} of {arm}"
    try:
        answer = asked(method, f"{process['url']}/faults", labs.running().token(), fault)
    except Unanswered as error:
        raise Trouble(f"{name} does not answer ({error}): `harmony status` shows whether it runs.") from error
    if answer.words:
        raise Trouble(f"{name} cannot be told so: {answer.words}.")
    return name


def _say(done: list[str], fault: dict[str, Any], told: str, json: bool) -> None:
    if json:
        screen.data({**fault, "processes": done})
    else:
        screen.out().print(f"{told}: {', '.join(done)}", soft_wrap=True)
