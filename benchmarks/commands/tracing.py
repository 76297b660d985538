"""Where the traces are that a command is asked about: of the running lab, of a run, or of the latest run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.commands import labs, options
from benchmarks.commands.troubles import Unusable
from benchmarks.conformance_traces import folder
from benchmarks.traces.examples import in_the_report, of_run
from benchmarks.traces.journey import Journey, Key
from benchmarks.traces.listing import Brief, briefs, each_arm_in_turn
from benchmarks.traces.reading import Ambiguous, Damaged, NoTraces, Traces
from compose.local.client import NoLab
from compose.local.errors import Trouble

LATEST = Path("runs/latest")
LISTED_MAX = 20
ORDERS_MAX = 6  # side by side: more cannot be read


def found(orders: Sequence[str], run: Path | None) -> list[Journey]:
    """The orders, in the order asked for; one that several arms have is there once for each.

    Raises usage errors for ids that are none, or not clear; Unusable, Trouble.
    """
    if len(orders) > ORDERS_MAX:
        raise options.wrong(f"At most {ORDERS_MAX} orders can be shown together, not {len(orders)}.")
    journeys: dict[tuple[str, str], Journey] = {}
    for order in orders:
        journeys |= {(each.arm, each.order_id): each for each in _found(order, run)}
    return list(journeys.values())


def _found(order: str, run: Path | None) -> list[Journey]:
    places = _places(run)
    for traces in places:
        try:
            if journeys := traces.orders(order):
                return journeys
        except Ambiguous as error:
            raise options.wrong(f"{order} may be {' or '.join(error.ids)}: say more of it.") from error
        except NoTraces:
            continue
        except Damaged as error:
            raise _damaged(error) from error
    raise _unknown(order, places, run)


@dataclass(frozen=True, slots=True)
class Listed:
    """Orders of one place, the newest first: of `total` that are traced there. `shown`: in its report, and as what."""

    path: Path
    orders: list[Brief]
    total: int
    shown: dict[Key, str]


def listed(run: Path | None) -> Listed:
    """The latest orders, of each arm as many. Raises Unusable, Trouble."""
    places = _places(run)
    for traces in places:
        try:
            if orders := briefs(traces.spans()):
                shown = in_the_report(traces.path.parent, orders)
                return Listed(traces.path, each_arm_in_turn(orders, LISTED_MAX, shown), len(orders), shown)
        except NoTraces:
            continue
        except Damaged as error:
            raise _damaged(error) from error
    raise _nothing(places, run)


def _places(run: Path | None) -> list[Traces]:
    """Where to look, most likely first."""
    if run is not None:
        if not run.is_dir():
            raise options.wrong(f"{run} is no run's folder. The newest run is {LATEST}.")
        return [of_run(run)]
    try:
        of_lab = folder(labs.running())
    except NoLab:
        of_lab = labs.home() / "traces"  # of the one before
    return [Traces(of_lab), of_run(LATEST)]


def _damaged(error: Damaged) -> Unusable:
    return Unusable(f"No line of {error} can be read: it is no file of traces (OTLP JSON lines), or it is damaged.")


def _nothing(places: Sequence[Traces], run: Path | None) -> Exception:
    if run is not None:
        return Unusable(f"{run} has no traces: no order of it was traced, or it was recorded before there were any.")
    looked = " and ".join(str(traces.path) for traces in places)
    return Trouble(f"No order is traced in {looked}: start a lab with `harmony up`, place one with `harmony order`.")


def _unknown(order: str, places: Sequence[Traces], run: Path | None) -> Exception:
    looked = " and ".join(str(traces.path) for traces in places if traces.files())
    if not looked:
        return _nothing(places, run)
    return options.wrong(
        f"{order} is not traced in {looked}: 1 in 100 orders are. Place one with `harmony order`, or start the lab"
        " with HARMONY_TRACE_SHARE=1; `harmony trace` lists those there are."
    )
