"""What the load can be told, on the command line and in Locust's web page, and what is wrong with it, in a sentence."""

from __future__ import annotations

import math
from argparse import ArgumentTypeError, Namespace
from contextlib import suppress
from typing import Any

from benchmarks.arrivals import SHAPE_S
from benchmarks.scenarios import SCENARIOS

RATE = "orders a second, whatever the answers do: the mean, where a scenario has a shape"
SECONDS = "how long the shape of ramp, step, burst and flash-sale takes; then it begins anew, or the last rate stays"
FILES = {
    "--rows": "keep a row of every order in this file (NDJSON), and one of every block beside it",
    "--plan": "run the blocks of this file (made by harmony) and quit",
}


def add_arguments(parser: Any) -> None:
    """Add ours to Locust's own. Not in a group: those do not reach the web page."""
    add = parser.add_argument
    add("--rate", type=_above_0, default=50.0, help=RATE)
    add("--scenario", choices=sorted(SCENARIOS), default="steady", help=f"the kind of load: {scenarios()}")
    add("--seconds", type=_above_0, default=SHAPE_S, help=SECONDS)
    add("--seed", type=int, default=7, help="decides every order and every moment")
    for name, text in FILES.items():
        add(name, default="", help=text, include_in_web_ui=False)
    _refuse_several(parser)


def objection(options: Namespace) -> str:
    """What is wrong with the options, "" when nothing is: the web page takes any number."""
    for name in ("rate", "seconds"):
        if not 0 < getattr(options, name) < math.inf:
            return f"{name} must be a number above 0, not {getattr(options, name):g}: nothing is sent"
    return ""


def told(options: Namespace) -> str:
    """The load in one line, with how far its rate goes up and down."""
    rate, shape = options.rate, SCENARIOS[options.scenario].shape
    line = f"{options.scenario}, seed {options.seed}: {rate:g} orders/s"
    if shape is None:
        return line
    return f"{line} on average, between {rate * shape.lowest:g} and {rate * shape.highest:g}, in {options.seconds:g} s"


def scenarios() -> str:
    """Each scenario in a few words."""
    return "; ".join(f"{each.name} ({each.about})" for each in SCENARIOS.values())


def _above_0(text: str) -> float:
    with suppress(ValueError):
        if 0 < (number := float(text)) < math.inf:
            return number
    raise ArgumentTypeError(f"it must be a number above 0, not {text}")


def _refuse_several(parser: Any) -> None:
    """A plan's progress is told on one standard output, and its rows belong in one file.

    Asked while options are read, because later Locust has made its workers, and one of them may stay behind.
    """
    options, _ = parser.parse_known_args()
    if options.plan and (options.master or options.worker or options.processes):
        parser.error("a plan runs in one process: leave out --master, --worker, --processes")
