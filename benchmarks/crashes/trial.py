"""One crash: a process is told to die at a point, an order comes by, and all must be well again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any

from benchmarks.crashes.asking import Asker, Refused, closed_ms
from benchmarks.crashes.cases import Case
from benchmarks.crashes.kinds import SLOW_OPERATION, SLOW_S, SLOW_SERVICE, Kind
from benchmarks.crashes.outcome import Outcome
from benchmarks.crashes.watching import KILLED, Life, Watch

LIMIT_S = 15.0  # for each wait: an idle machine needs a second, one that is busy with other work several
PASSES_S = 4.0  # after an order was closed: by then the last ack has come by, too
LOOK_S = 0.04  # figures are commit times and the supervisor's: how often we look does not touch them
PATIENCE = (1.0, 5.0)  # an order that expires before it is shipped shows nothing: once more, with more time


class Stopped(Exception):
    """Somebody has had enough."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Crashes in one arm, one after the other."""

    watch: Watch
    asker: Asker
    stop: Event

    def crash(self, case: Case) -> Outcome:
        """Do it, and say what came of it. Raises Stopped, Trouble."""
        outcome = Outcome(case)
        if case.kind is None:
            outcome.wrong.append("no kind of order brings this operation there: the enumeration is wrong")
            return outcome
        for patience in PATIENCE if case.kind.expires else PATIENCE[:1]:
            outcome = Outcome(case)
            try:
                again = self._crash(case, case.kind, patience, outcome)
            except Refused as refused:
                outcome.wrong.append(str(refused))
                again = False
            finally:
                with suppress(Refused):
                    self._calm(case)
            if not again:
                break
        return outcome

    def _crash(self, case: Case, kind: Kind, patience: float, outcome: Outcome) -> bool:
        """True when it says nothing: the order expired before it could come by."""
        if not self._until(lambda: not self.watch.unready()):
            outcome.wrong.append(f"not ready beforehand: {', '.join(self.watch.unready())}")
            return False
        since_ms, processes = time.time() * 1000, self.watch.processes()
        victim = processes[case.point.process]
        self.asker.arm(victim["url"], case.point)
        for row in _slowed(processes.values()) if kind.expires else ():
            self.asker.slow(row["url"], SLOW_OPERATION, SLOW_S * patience)
        outcome.order_id = self.asker.place(kind, patience, self._for(LIMIT_S), lambda: self._start_now(case))
        outcome.reached = self._reached(case, outcome.order_id, victim["starts"], since_ms)
        self._until(lambda: self._is_back(case, outcome))
        if outcome.order_id:
            self.asker.place_again(self._for(LIMIT_S), lambda: self._start_now(case))
        told = self.asker.told(outcome.order_id) if outcome.order_id else None
        early = kind.expires and "OrderShipped" not in (told or ())
        if early and not outcome.reached and patience < PATIENCE[-1]:
            return True
        self._judge(case, kind, outcome, since_ms)
        return False

    def _reached(self, case: Case, order_id: str | None, starts: int, since_ms: float) -> bool:
        """Whether the process dies. It will not when the order has been closed for a while."""
        passes_s: list[float] = []

        def settled() -> bool:
            row = self.watch.processes()[case.point.process]
            if row["starts"] > starts or row["pid"] is None:
                return True
            if not passes_s and self._order_closed_ms(order_id):
                passes_s.append(time.monotonic() + PASSES_S)
            return bool(passes_s) and time.monotonic() > passes_s[0]

        self._until(settled)
        return self.watch.life(case.point.process, since_ms).deaths > 0

    def _is_back(self, case: Case, outcome: Outcome) -> bool:
        """Whether all is ready and the order is closed."""
        self._start_now(case)
        return not self.watch.unready() and self._order_closed_ms(outcome.order_id) is not None

    def _start_now(self, case: Case) -> None:
        """Without a pause when it is taken to be in a crash loop: here, that says nothing."""
        self.watch.start_now(self.watch.processes()[case.point.process])

    def _judge(self, case: Case, kind: Kind, outcome: Outcome, since_ms: float) -> None:
        life, closed = self.watch.life(case.point.process, since_ms), self._order_closed_ms(outcome.order_id)
        outcome.closed = closed is not None
        outcome.wrong += [*self._deaths(case, life, since_ms), *self._ending(kind, outcome)]
        if closed is not None and life.died_ms is not None:
            outcome.closed_s = max(0.0, closed - life.died_ms) / 1000
        if closed is not None and life.ready_ms is not None:
            outcome.moved_on_s = max(0.0, closed - life.ready_ms) / 1000

    def _deaths(self, case: Case, life: Life, since_ms: float) -> Iterable[str]:
        if life.died_ms is None:
            yield "never reached: the process lives on"
            return
        if life.by != KILLED:
            yield f"died by {life.by or 'itself'}, and not by the crash"
        if life.deaths > 1:
            yield f"died {life.deaths} times"
        if life.ready_ms is None:
            yield "not ready again"
        yield from (f"{name} died, too" for name in self.watch.others_dead(case.point.process, since_ms))

    def _ending(self, kind: Kind, outcome: Outcome) -> Iterable[str]:
        if outcome.order_id is None:
            yield "the door took no order in"
            return
        order, told = self.asker.order(outcome.order_id), self.asker.told(outcome.order_id)
        if order is None or told is None:
            yield "the door does not show the order"
        elif not outcome.closed:
            yield f"still open after {', '.join(told) or 'nothing'}"
        elif (order["status"], order["reason"]) != (kind.status, kind.reason):
            yield f"{order['status']} for {order['reason']}, and not {kind.status} for {kind.reason}"
        elif not kind.fits(told):
            yield f"announced {', '.join(told)}"

    def _calm(self, case: Case) -> None:
        """No fault stays behind."""
        processes = self.watch.processes()
        targets = [processes[case.point.process]]
        targets += _slowed(processes.values()) if case.kind and case.kind.expires else []
        for row in targets:
            if row["pid"] is not None:
                self.asker.clear(row["url"])

    def _order_closed_ms(self, order_id: str | None) -> float | None:
        order = self.asker.order(order_id) if order_id else None
        return closed_ms(order) if order else None

    def _for(self, limit_s: float) -> Callable[[], bool]:
        give_up = time.monotonic() + limit_s

        def goes_on() -> bool:
            if self.stop.is_set():
                raise Stopped
            return time.monotonic() < give_up

        return goes_on

    def _until(self, true: Callable[[], bool]) -> bool:
        goes_on = self._for(LIMIT_S)
        while goes_on():
            if true():
                return True
            time.sleep(LOOK_S)
        return False


def _slowed(processes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in processes if row["service"] == SLOW_SERVICE]
