"""What an arm costs to run: processor time, memory, Redis."""

from dashboards.grafana.board import Board, Row
from dashboards.grafana.boards.marks import FAULTS
from dashboards.grafana.panels import Panel, Target, columns, lines, numbers
from dashboards.grafana.queries import ARM_NAME, CLOSED_IN_ALL, grown, largest, of, per, per_order, rate, total

_CPU, _COMMANDS = "harmony_process_cpu_seconds_total", "harmony_redis_commands_total"
_SERVICE = 'service=~"$service"'

IN_ALL: list[Panel] = [
    numbers(
        "CPU per order",
        "Processor time of all processes of an arm and of its Redis for one closed order, over the time that is shown. "
        "What they do at rest is in it, so compare arms under the same load.",
        "ms",
        Target(per(f"1000 * {grown(_CPU)}", CLOSED_IN_ALL), ARM_NAME, needs="watcher"),
        width=8,
    ),
    numbers(
        "Memory",
        "Resident, of all processes of an arm and its Redis, now. Pages that processes share are counted for each.",
        "bytes",
        Target(total(of("harmony_process_memory_bytes")), ARM_NAME, needs="watcher"),
        width=8,
    ),
    numbers(
        "Redis commands per order",
        "What the arm's server did for one closed order: waiting reads, and some 70 a second of the watcher's own, are "
        "in it.",
        "short",
        Target(per(grown(_COMMANDS), CLOSED_IN_ALL), ARM_NAME, needs="watcher"),
        width=8,
    ),
]

CPU: list[Panel] = [
    lines(
        "CPU per order",
        "The same as a mean of 30 s, drawn while orders close. A recorded run knows it "
        "once per load, at its end: read the figure above there.",
        "ms",
        Target(per_order(_CPU, times=1000), ARM_NAME, needs="watcher"),
        width=12,
    ),
    lines(
        "Processors in use",
        "How many processors an arm keeps busy. At the machine's number of processors nothing can be compared any "
        "more: all wait for all.",
        "none",
        Target(rate(_CPU), ARM_NAME, needs="watcher"),
        width=12,
    ),
    *columns(
        lines(
            "CPU per order, by service",
            "Who spends it, as a mean of 30 s. The entry (orchestrator, or order service) carries the door.",
            "ms",
            Target(per_order(_CPU, _SERVICE, by="service", times=1000), "{{transport}} {{service}}", needs="watcher"),
            by_arm=False,
        )
    ),
]

MEMORY: list[Panel] = [
    *columns(
        lines(
            "Memory, by service",
            "Resident. A line that only climbs is a leak, or records that are not yet dropped.",
            "bytes",
            Target(
                total(of("harmony_process_memory_bytes", _SERVICE), by="service"),
                "{{transport}} {{service}}",
                needs="watcher",
            ),
            by_arm=False,
        )
    ),
    lines(
        "Open files",
        "Of all processes of an arm: sockets, pipes, logs. It climbs when connections are not given back.",
        "short",
        Target(total(of("harmony_process_open_files")), ARM_NAME, needs="watcher"),
    ),
    lines(
        "Starts of processes",
        "In the last moments: more than none means a restart, on purpose or not.",
        "short",
        Target(
            f"sum by (pattern, transport) (increase({of('harmony_process_starts_total')}[$__rate_interval]))",
            ARM_NAME,
            needs="watcher",
        ),
    ),
]

REDIS: list[Panel] = [
    lines(
        "Redis memory",
        "Used by the arm's server: orders' records, streams, journal. Records go some minutes after an order closes.",
        "bytes",
        Target(largest(of("harmony_redis_memory_bytes")), ARM_NAME, needs="watcher"),
        width=8,
    ),
    lines(
        "Redis commands",
        "Per second; waiting reads, and some 70 of the watcher's own, are in it.",
        "ops",
        Target(rate(_COMMANDS), ARM_NAME, needs="watcher"),
        width=8,
    ),
    lines(
        "Redis clients",
        "Connections to the arm's server.",
        "short",
        Target(largest(of("harmony_redis_clients")), ARM_NAME, needs="watcher"),
        width=8,
    ),
]

BOARD = Board(
    uid="harmony-cost",
    title="Harmony: runtime cost",
    description="Processor time, memory and Redis: what each arm costs for one order.",
    rows=[
        Row("For one order", IN_ALL),
        Row("Processor", CPU),
        Row("Memory and files", MEMORY),
        Row("Redis", REDIS),
    ],
    marks=FAULTS,
    asks_service=True,
)
