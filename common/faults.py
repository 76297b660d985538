"""Faults that a process can be told to have: an operation that is slow, or that fails to decide; and work, which all
its operations then pretend to do. Never read by the business.

Every fault ends by itself (`for_s`), so that a forgotten one cannot spoil what comes later.
"""

from __future__ import annotations

import time
from typing import Literal, Self

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.crash import Crashes
from common.domain.model import Order
from common.guard import token_guard
from common.messages import Undecided
from common.work import MEDIAN_MS_MAX, SIGMA_MAX, Work

LASTS_S_MAX = 600.0
WORK = "work"
EVERY = "*"  # what work is put on: every operation of the process


class Fault(BaseModel):
    """What shall go wrong, in which operation, and for how long (seconds).

    Work is put on all operations at once (`operation` is then EVERY, whatever was asked), beside the faults of single
    ones, and nothing else is; its draws are told in `common.work`. A crash has a `point` (see common.crash) and ends
    the process when the operation comes by it for the nth time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Literal["slow", "fail", "crash", "work"]
    operation: str = Field(max_length=40)
    point: str = Field("", max_length=40)
    nth: int = Field(1, ge=1, le=100_000)
    delay_ms: float = Field(0, ge=0, le=60_000)
    for_s: float = Field(10, gt=0, le=LASTS_S_MAX)
    median_ms: float = Field(0, ge=0, le=MEDIAN_MS_MAX)
    sigma: float = Field(0, ge=0, le=SIGMA_MAX)
    seed: int = 0

    @model_validator(mode="after")
    def _of_one(self) -> Self:
        if self.operation == EVERY and self.fault != WORK:
            raise ValueError(f"{self.fault} is put on one operation, by its name; only work is put on all")
        return self


class Faults:
    """The faults of this process, and until when they last."""

    def __init__(self) -> None:
        self._active: dict[str, tuple[Fault, float]] = {}
        self._work: tuple[Fault, Work, float] | None = None
        self.crashes = Crashes()

    def inject(self, fault: Fault) -> None:
        """From now on, for `for_s` seconds; a fault put on the same operation before is replaced.

        Raises ValueError for a crash at a point that does not exist.
        """
        if fault.fault == "crash":
            self.crashes.arm(fault.point, fault.operation, fault.nth, fault.for_s)
        until = time.monotonic() + fault.for_s
        if fault.fault == WORK:
            drawn = Work(fault.median_ms, fault.sigma, fault.seed)
            self._work = (fault.model_copy(update={"operation": EVERY}), drawn, until)
        else:
            self._active[fault.operation] = (fault, until)

    def clear(self) -> None:
        """End them all."""
        self._active.clear()
        self._work = None
        self.crashes.disarm()

    def active(self) -> list[Fault]:
        """Those that have not ended."""
        now = time.monotonic()
        work = [] if self._work is None else [(self._work[0], self._work[2])]
        return [fault for fault, until in (*self._active.values(), *work) if until > now]

    def delay_s(self, operation: str, order: Order) -> float:
        """How long a decision on this order is to be held up. Raises Undecided when it is to fail."""
        if not self._active and self._work is None:
            return 0.0
        now = time.monotonic()
        fault, until = self._active.get(operation, (None, 0.0))
        if fault is None or until <= now or fault.fault == "crash":
            return self._work_s(operation, order, now)
        if fault.fault == "fail":
            raise Undecided(f"{operation} fails because it was told to (fault injection)")
        return fault.delay_ms / 1000 + self._work_s(operation, order, now)

    def _work_s(self, operation: str, order: Order, now: float) -> float:
        if self._work is None or self._work[2] <= now:
            return 0.0
        return self._work[1].drawn_ms(operation, order) / 1000


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
