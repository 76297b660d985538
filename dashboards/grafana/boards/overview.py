"""The first board: is the lab well, and how do the two patterns compare?"""

from dataclasses import replace

from dashboards.grafana import looks
from dashboards.grafana.board import Board, Row
from dashboards.grafana.boards.marks import FAULTS
from dashboards.grafana.panels import Panel, Target, columns, judged, lines, numbers, states
from dashboards.grafana.queries import (
    ARM_NAME,
    ASKED,
    ASKED_IN_ALL,
    CLOSED,
    CLOSED_IN_ALL,
    GOOD_IN_ALL,
    grown,
    largest,
    of,
    per,
    per_order,
    quantile,
    quantile_of_all,
    total,
)

_CPU = "harmony_process_cpu_seconds_total"

_FIGURES: list[Panel] = [
    numbers(
        "Orders closed",
        "Completed or cancelled, and the customer told, in the time that is shown.",
        "short",
        Target(CLOSED_IN_ALL, ARM_NAME),
        decimals=0,
    ),
    judged(
        numbers(
            "Closed within the SLO",
            "Of the orders that customers asked for (their own mistakes not counted), how many were closed within the "
            "SLO chosen above. Orders refused by a lab in trouble, and those still open, count as missed.",
            "percentunit",
            Target(f"clamp_max({per(GOOD_IN_ALL, ASKED_IN_ALL)}, 1)", ARM_NAME),
        ),
        looks.steps((None, looks.BAD), (0.97, "yellow"), (0.99, looks.GOOD)),
    ),
    numbers(
        "Median until closed",
        "Half of the orders are closed sooner than this, counted from the door's receipt.",
        "s",
        Target(quantile_of_all(0.5, "harmony_order_closed_seconds"), ARM_NAME),
    ),
    numbers(
        "CPU per order",
        "Processor time of all processes of an arm and of its Redis for one closed order: the steadiest figure there "
        "is. Start with it. What the processes do at rest is spread over the orders, so it rises when few come.",
        "ms",
        Target(per(f"1000 * {grown(_CPU)}", CLOSED_IN_ALL), ARM_NAME, needs="watcher"),
    ),
    numbers(
        "Messages per order",
        "Commands, replies, events and jobs from one service to another, for one closed order.",
        "short",
        Target(per(grown("harmony_messages_total"), CLOSED_IN_ALL), ARM_NAME),
    ),
    judged(
        numbers(
            "Invariants violated",
            "Found by the last audit: money or stock astray, orders done twice or by half. Zero is the only good "
            "figure, and only where the audit has looked at something (see Streams, RQ and orchestrator).",
            "short",
            Target(total(of("harmony_invariant_violations")), ARM_NAME, needs="watcher"),
            decimals=0,
        ),
        looks.steps((None, looks.GOOD), (1, looks.BAD)),
    ),
]
AT_A_GLANCE = [replace(each, width=8) for each in _FIGURES]  # room for an arm's whole name

BESIDE: list[Panel] = [
    *columns(
        lines(
            "Orders per second",
            "Asked for at the door, and closed. Where the lines part, orders pile up or are refused.",
            "ops",
            Target(CLOSED, f"{ARM_NAME} closed"),
            Target(ASKED, f"{ARM_NAME} asked"),
        )
    ),
    *columns(
        lines(
            "Time until closed",
            "Median, and what one in a hundred exceeds, from receipt to the commit that completes or cancels. "
            "Points are traces of single orders. Both are read off a histogram: as exact as its buckets are wide. A "
            "p99 of 4.9 s may be a slowest order of 3.3 s, since both are between 2.5 and 5 s.",
            "s",
            Target(quantile(0.5, "harmony_order_closed_seconds"), f"{ARM_NAME} p50", exemplar=True),
            Target(quantile(0.99, "harmony_order_closed_seconds"), f"{ARM_NAME} p99"),
        )
    ),
    *columns(
        lines(
            "CPU per order",
            "Processor time of all processes and Redis for each order closed, as a mean of 30 s. Drawn while orders "
            "close: where few do, what is spent at rest would be divided by almost nothing. "
            "A recorded run knows it once per load, at its end: read the figure on top there.",
            "ms",
            Target(per_order(_CPU, times=1000), ARM_NAME, needs="watcher"),
        )
    ),
]

HEALTH: list[Panel] = [
    states(
        "Who is up",
        "Each process of each arm. A process that is down on purpose is marked over all panels as a fault. "
        "A recorded run does not tell it.",
        Target(
            largest(of("harmony_process_up"), by="process"),
            f"{ARM_NAME} {{{{process}}}}",
            needs="watcher",
        ),
        mappings=looks.words(v0=("not ready", looks.BAD), v1=("ready", looks.GOOD)),
        height=14,
    ),
]

BOARD = Board(
    uid="harmony-overview",
    title="Harmony: overview",
    description="The same five services, orchestrated and choreographed: is all well, and what differs?",
    rows=[Row("At a glance", AT_A_GLANCE), Row("Side by side, on the same axes", BESIDE), Row("Health", HEALTH)],
    marks=FAULTS,
)
