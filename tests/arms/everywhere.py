"""One sentence about all arms at once: they share nothing, and most of what such a test does is wait."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.arms.chosen import ARMS


def in_every_arm(test: Callable[..., None]) -> Callable[..., None]:
    """The test, given each `arm` in a thread of its own. What fails says in which arm."""
    asked = inspect.signature(test)

    @functools.wraps(test)
    def everywhere(**given: Any) -> None:
        with ThreadPoolExecutor(len(ARMS)) as arms:
            tried = {arm: arms.submit(test, arm=arm, **given) for arm in ARMS}
        failed = [_in(arm, error) for arm, each in tried.items() if (error := each.exception())]
        if failed:
            raise BaseExceptionGroup(f"{len(failed)} of {len(tried)} arms", failed)

    parameters = [each for name, each in asked.parameters.items() if name != "arm"]
    everywhere.__dict__.pop("__wrapped__")  # pytest would look there for what the test wants
    everywhere.__dict__["__signature__"] = asked.replace(parameters=parameters)
    return everywhere


def _in(arm: str, error: BaseException) -> BaseException:
    error.add_note(f"in {arm}")
    return error
