"""Faults that a process can be told to have: an operation that is slow, or that fails to decide. Never read by the
business.

Every fault ends by itself (`for_s`), so that a forgotten one cannot spoil what comes later.
"""

from __future__ import annotations

import time
from typing import Literal

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from common.crash import Crashes
from common.guard import token_guard
from common.messages import Undecided

LASTS_S_MAX = 600.0


class Fault(BaseModel):
    """What shall go wrong, in which operation, and for how long (seconds).

    A crash has a `point` (see common.crash) and ends the process when the operation comes by it for the nth time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Literal["slow", "fail", "crash"]
    operation: str = Field(max_length=40)
    point: str = Field("", max_length=40)
    nth: int = Field(1, ge=1, le=100_000)
    delay_ms: float = Field(0, ge=0, le=60_000)
    for_s: float = Field(10, gt=0, le=LASTS_S_MAX)


class Faults:
    """The faults of this process, and until when they last."""

    def __init__(self) -> None:
        self._active: dict[str, tuple[Fault, float]] = {}
        self.crashes = Crashes()

    def inject(self, fault: Fault) -> None:
        """From now on, for `for_s` seconds; a fault put on the same operation before is replaced.

        Raises ValueError for a crash at a point that does not exist.
        """
        if fault.fault == "crash":
            self.crashes.arm(fault.point, fault.operation, fault.nth, fault.for_s)
        self._active[fault.operation] = (fault, time.monotonic() + fault.for_s)

    def clear(self) -> None:
        """End them all."""
        self._active.clear()
        self.crashes.disarm()

    def active(self) -> list[Fault]:
        """Those that have not ended."""
        now = time.monotonic()
        return [fault for fault, until in self._active.values() if until > now]

    def delay_s(self, operation: str) -> float:
        """How long a decision is to be held up. Raises Undecided when it is to fail."""
        if not self._active:
            return 0.0
        fault, until = self._active.get(operation, (None, 0.0))
        if fault is None or until <= time.monotonic() or fault.fault == "crash":
            return 0.0
        if fault.fault == "fail":
            raise Undecided(f"{operation} fails because it was told to (fault injection)")
        return fault.delay_ms / 1000


def routes(faults: Faults, token: str) -> APIRouter:
    """`/faults` for whoever holds the lab's token: list, put on, end all."""
    router = APIRouter(prefix="/faults", dependencies=[Depends(token_guard(token))], include_in_schema=False)

    @router.get("")
    def listed() -> list[Fault]:
        return faults.active()

    @router.post("", status_code=201)
    def inject(fault: Fault) -> Fault:
        try:
            faults.inject(fault)
        except ValueError as error:
            raise HTTPException(422, str(error)) from error
        return fault

    @router.delete("", status_code=204)
    def clear() -> None:
        faults.clear()

    return router
