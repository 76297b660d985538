"""What a fault takes with it: when it was there, what customers missed, what piled up, how soon all was well."""

from dashboards.grafana import looks
from dashboards.grafana.board import Board, Row
from dashboards.grafana.boards.marks import FAULTS
from dashboards.grafana.panels import Panel, Target, lines, numbers, states
from dashboards.grafana.queries import (
    ARM,
    ARM_NAME,
    ASKED,
    ASKED_IN_ALL,
    GOOD,
    GOOD_IN_ALL,
    grown,
    largest,
    of,
    rate,
    that_were,
    total,
)

_GOOD_SHARE = f"(({GOOD} or {ASKED} * 0) / ({ASKED} > 0))"

FAULT: list[Panel] = [
    states(
        "Faults put on the lab",
        "What somebody asked for, from when to when: a process killed, paused or stopped; an operation slow, failing "
        "or crashing. Empty when nobody did. The same times are marked over all other panels.",
        Target(
            that_were(of("harmony_process_fault_active"), f"{ARM}, process, fault"),
            f"{ARM_NAME} {{{{fault}}}} {{{{process}}}}",
            needs="process fault",
        ),
        Target(
            that_were(of("harmony_fault_active"), f"{ARM}, service, operation, fault"),
            f"{ARM_NAME} {{{{fault}}}} {{{{operation}}}}",
            needs="operation fault",
        ),
        mappings=looks.words(v0=("well", "transparent"), v1=("fault", looks.BAD)),
        height=11,
    ),
]

CUSTOMERS: list[Panel] = [
    lines(
        "Goodput",
        "Orders closed within the SLO per second: what customers came for. The dip is the blast.",
        "ops",
        Target(GOOD, ARM_NAME),
        width=16,
        height=9,
    ),
    numbers(
        "Orders missed",
        "Asked for and not closed within the SLO while one looks: late, refused in trouble, or still open. Set the "
        "time to the fault and some seconds around it. Estimated from counters; the exact count by order is in the "
        "report of `harmony run blast-radius`.",
        "short",
        Target(f"clamp_min({ASKED_IN_ALL} - {GOOD_IN_ALL}, 0)", ARM_NAME),
        decimals=0,
    ),
    numbers(
        "Seconds below 90 %",
        "For so long fewer than nine in ten of the orders asked for were closed within the SLO: the fault itself, and "
        "the recovery after it.",
        "s",
        Target(f"sum_over_time(({_GOOD_SHARE} < bool 0.9)[$__range:1s])", ARM_NAME),
        decimals=0,
    ),
]

BACKLOG: list[Panel] = [
    lines(
        "Open orders",
        "Taken in and neither completed nor cancelled. Back at its old height, the lab has recovered.",
        "short",
        Target(largest(of("harmony_orders_open")), ARM_NAME),
    ),
    lines(
        "The oldest that waits",
        "Age of the oldest entry, job or open journal that nobody has finished: measured on the entries themselves, "
        "since a consumer group's lag lies after trimming.",
        "s",
        Target(largest(of("harmony_oldest_unprocessed_age_seconds")), f"{ARM_NAME} entry", needs="streams"),
        Target(largest(of("harmony_journal_oldest_age_seconds")), f"{ARM_NAME} journal", needs="orchestration"),
        Target(largest(of("harmony_rq_oldest_age_seconds")), f"{ARM_NAME} job", needs="rq"),
    ),
]

WORK: list[Panel] = [
    lines(
        "Trouble met",
        "Attempts that decided nothing: somebody could not be asked, or failed to decide. A declined card is an "
        "answer and not counted.",
        "ops",
        Target(rate("harmony_unreachable_total"), f"{ARM_NAME} unreachable"),
        Target(rate("harmony_undecided_total"), f"{ARM_NAME} undecided"),
        width=8,
    ),
    lines(
        "Asked again",
        "Requests, entries and jobs that were tried again, and entries that were handed out before: after a restart, "
        "or claimed from a dead peer.",
        "ops",
        Target(rate("harmony_retries_total"), f"{ARM_NAME} retries"),
        Target(rate("harmony_redeliveries_total"), f"{ARM_NAME} redeliveries"),
        width=8,
    ),
    lines(
        "Duplicates suppressed",
        "Operations that had been decided before and got their first answer again: work redone, harm none.",
        "ops",
        Target(rate("harmony_operations_total", 'outcome="repeated"'), ARM_NAME, needs="process fault"),
        width=8,
    ),
    numbers(
        "Set aside for a human",
        "Dead letters written while one looks: after the last attempt, or because an entry was not what it must be. "
        "`harmony dlq` lists and replays them.",
        "short",
        Target(grown("harmony_dead_letters_total"), f"{ARM_NAME} written"),
        width=12,
        decimals=0,
    ),
    numbers(
        "Dead letters there now",
        "Still waiting for a human, by service. The services that have none are not shown.",
        "short",
        Target(
            f"{total(of('harmony_dead_letters'), by='service')} > 0",
            f"{ARM_NAME} {{{{service}}}}",
            needs="dead letter",
        ),
        width=12,
        decimals=0,
    ),
]

BOARD = Board(
    uid="harmony-blast-radius",
    title="Harmony: blast radius",
    description="What a fault takes with it in each arm, and how soon all is well again.",
    rows=[
        Row("The fault", FAULT),
        Row("What customers missed", CUSTOMERS),
        Row("What piled up, and recovery", BACKLOG),
        Row("What it cost to get over it", WORK),
    ],
    marks=FAULTS,
)
