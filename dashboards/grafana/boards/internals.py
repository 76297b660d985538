"""Under the hood: streams and their readers, the orchestrator's journal, RQ's queue, the audit, the traces."""

from dashboards.grafana import looks
from dashboards.grafana.board import Board, Row
from dashboards.grafana.boards.marks import FAULTS
from dashboards.grafana.panels import Panel, Target, columns, judged, lines, numbers
from dashboards.grafana.queries import ARM_NAME, grown, largest, of, per_order, rate, rate_if_any, total
from dashboards.grafana.tables import table

_SERVICE = 'service=~"$service"'
_BY_OPERATION = (
    "histogram_quantile(0.95, sum by (operation, le) "
    f"(rate({of('harmony_operation_duration_seconds_bucket', _SERVICE)}[$__rate_interval])))"
)

SERVICES: list[Panel] = [
    *columns(
        lines(
            "Operations per second, by outcome",
            "Accepted and rejected are answers of the business; barred came after its own undoing; repeated got the "
            "first answer again.",
            "ops",
            Target(rate("harmony_operations_total", _SERVICE, by="outcome"), "{{transport}} {{outcome}}"),
            by_arm=False,
        )
    ),
    *columns(
        lines(
            "Operations that failed",
            "Attempts that decided nothing, by operation and kind. They are asked again by the same name.",
            "ops",
            Target(
                rate_if_any("harmony_operation_failures_total", _SERVICE, by="operation, kind"),
                "{{transport}} {{operation}} {{kind}}",
                needs="operation fault",
            ),
            by_arm=False,
        )
    ),
    *columns(
        lines(
            "The door's answers",
            "Per second, by status code: 202 taken in, 4xx the customer's mistake, 429 and 503 the lab's trouble.",
            "reqps",
            Target(rate_if_any("harmony_door_requests_total", by="code"), "{{transport}} {{code}}"),
            by_arm=False,
        )
    ),
    lines(
        "An operation's time",
        "From heard to committed: what one in twenty exceeds, by operation, over all arms that are chosen above.",
        "s",
        Target(_BY_OPERATION, "{{operation}}"),
        by_arm=False,
    ),
    lines(
        "Commits in one round trip",
        "Batches grow by themselves under load: up to 64 commits share one call.",
        "short",
        Target(
            f"{rate('harmony_commit_batch_size_sum', _SERVICE)} / ({rate('harmony_commit_batch_size_count', _SERVICE)}"
            " > 0)",
            ARM_NAME,
        ),
    ),
]

STREAMS: list[Panel] = [
    *columns(
        lines(
            "The oldest entry not acked",
            "By who should hear it. It is zero when all is done, and grows second by second while somebody is down.",
            "s",
            Target(
                largest(of("harmony_oldest_unprocessed_age_seconds", _SERVICE), by="service"),
                "{{transport}} {{service}}",
                needs="streams",
            ),
            by_arm=False,
        )
    ),
    lines(
        "Handed out and not acked",
        "Entries in some reader's hands. What a dead reader held is claimed by a peer, or read again by itself after "
        "its restart.",
        "short",
        Target(total(of("harmony_stream_pending", _SERVICE)), ARM_NAME, needs="streams"),
    ),
    lines(
        "Entries kept",
        "Length of all streams of an arm. Trimmed by what all readers have acked, when orders are dropped after the "
        "retention time: until then it climbs.",
        "short",
        Target(total(of("harmony_stream_entries")), ARM_NAME, needs="streams"),
    ),
]

ORCHESTRATOR: list[Panel] = [
    lines(
        "Orders in hand",
        "That orchestrators and workers are moving on at this moment. In choreography nobody has an order in hand: "
        "it is in the streams.",
        "short",
        Target(total(of("harmony_orders_in_flight", _SERVICE)), ARM_NAME),
        width=8,
    ),
    lines(
        "Open journals",
        "Orders that an orchestrator would go on with after a restart.",
        "short",
        Target(largest(of("harmony_journal_open")), ARM_NAME, needs="orchestration"),
        width=8,
    ),
    lines(
        "Journal writes per order",
        "The price of being able to go on: answers written down, for each order closed, as a mean of 30 s. "
        "Choreography writes none.",
        "short",
        Target(per_order("harmony_journal_writes_total"), ARM_NAME),
        width=8,
    ),
    judged(
        numbers(
            "Parked",
            "Orders whose undoing failed for the last time. They count as open, and wait for a human: `harmony dlq`.",
            "short",
            Target(largest(of("harmony_journal_parked")), ARM_NAME, needs="orchestration"),
            width=8,
            decimals=0,
        ),
        looks.steps((None, looks.GOOD), (1, looks.BAD)),
    ),
    lines(
        "RQ: jobs",
        "Queued, started and failed, in the one queue.",
        "short",
        Target(largest(of("harmony_rq_jobs"), by="state"), "{{transport}} {{state}}", needs="rq"),
        width=8,
        by_arm=False,
    ),
    lines(
        "RQ: the oldest job",
        "Age of the job that has waited or run for longest. RQ itself notices a dead worker only after a minute or "
        "more; the journal looks after its own much sooner.",
        "s",
        Target(largest(of("harmony_rq_oldest_age_seconds")), ARM_NAME, needs="rq"),
        width=8,
    ),
]

WATCH: list[Panel] = [
    numbers(
        "Since the last audit",
        "An old audit says nothing about now.",
        "s",
        Target(f"time() - {largest(of('harmony_audit_timestamp_seconds'))}", ARM_NAME, needs="watcher"),
        width=8,
        decimals=0,
    ),
    numbers(
        "Spans lost",
        "Of traces, in the time that is shown, by reason: a full queue, a file or an endpoint that would not take "
        "them. Orders never wait for a span.",
        "short",
        Target(grown("harmony_spans_dropped_total", by="reason"), f"{ARM_NAME} {{{{reason}}}}", needs="span loss"),
        width=8,
        decimals=0,
    ),
    numbers(
        "What the lab was started with",
        "An order closed after the SLO counts as harmed; one not closed at its deadline is undone.",
        "s",
        Target(largest(of("harmony_slo_seconds")), f"{ARM_NAME} SLO", needs="watcher"),
        Target(largest(of("harmony_deadline_seconds")), f"{ARM_NAME} deadline", needs="watcher"),
        width=8,
        decimals=0,
    ),
    table(
        "The last audit",
        "Every invariant of every arm: what was found, and at how much the audit looked. Zero looked at is no pass.",
        "short",
        {
            "violations": Target(largest(of("harmony_invariant_violations"), by="invariant"), needs="watcher"),
            "looked at": Target(largest(of("harmony_audit_looked_at"), by="invariant"), needs="watcher"),
        },
        ("pattern", "transport", "invariant"),
        width=16,
        height=10,
    ),
    lines(
        "Spans exported",
        "Per second. Each traced order is some twenty spans.",
        "ops",
        Target(rate("harmony_spans_total"), ARM_NAME),
        width=8,
        height=10,
    ),
]

BOARD = Board(
    uid="harmony-internals",
    title="Harmony: streams, RQ and orchestrator",
    description="Under the hood: what services decide, who waits for what, the journal, the queue, the audit.",
    rows=[
        Row("What services do", SERVICES),
        Row("Streams", STREAMS),
        Row("Orchestrator and RQ", ORCHESTRATOR),
        Row("Audit and traces", WATCH),
    ],
    marks=FAULTS,
    asks_service=True,
)
