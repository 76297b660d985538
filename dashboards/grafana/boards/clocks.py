"""How long an order takes, by three clocks, and where the time goes."""

from dashboards.grafana.board import Board, Row
from dashboards.grafana.boards.marks import FAULTS
from dashboards.grafana.panels import Panel, Target, heatmap, lines
from dashboards.grafana.queries import ARM_NAME, PATTERNS, of, only, quantile, quantile_of_all
from dashboards.grafana.tables import table

CLOCKS = {
    "accepted": "From the door's receipt until the customer holds an id (the answer 202).",
    "decided": "From the door's receipt until stock and money are final.",
    "closed": "From the door's receipt until the order is completed or cancelled, and the customer told.",
}
EXACT = (
    "Read off a histogram: as exact as its buckets are wide, so a p99 of 4.9 s may be a slowest order of 3.3 s, since "
    "both are between 2.5 and 5 s."
)


def _clock(clock: str, q: float, what: str) -> Panel:
    asked = quantile(q, f"harmony_order_{clock}_seconds")
    return lines(
        f"{clock.capitalize()}: {what}",
        f"{CLOCKS[clock]} Points are traces of single orders. {EXACT}",
        "s",
        Target(asked, ARM_NAME, exemplar=True),
        width=8,
    )


def _in_all() -> Panel:
    asked = {
        f"{clock} p{round(q * 100)}": Target(quantile_of_all(q, f"harmony_order_{clock}_seconds"))
        for clock in CLOCKS
        for q in (0.5, 0.9, 0.99)
    }
    return table(
        "All that is shown, in figures",
        "Quantiles over the whole time that is shown, from histograms: as exact as their buckets are wide. A p99 means "
        "little below 500 orders; intervals and verdicts are in the report of a run, not here.",
        "s",
        asked,
        ("pattern", "transport"),
        height=7,
    )


def _spread(pattern: str) -> Panel:
    grown = f"sum by (le) (increase({of('harmony_order_closed_seconds_bucket')}[$__rate_interval]))"
    return heatmap(
        f"Where orders fall: {pattern}",
        "Orders closed, by how long they took: darker is more. A second band above the first is a fault's mark, where "
        "a median shows nothing.",
        "s",
        Target(only(pattern, grown)),
    )


WHERE: list[Panel] = [
    lines(
        "Deciding: one in twenty takes longer",
        "From when a service hears of an operation until its commit has answered: the same code in every arm, so what "
        "differs here is load and batching, not the pattern.",
        "s",
        Target(quantile(0.95, "harmony_operation_duration_seconds"), ARM_NAME, exemplar=True),
    ),
    lines(
        "Committing: one in twenty takes longer",
        "One round trip to Redis, with up to 64 commits in it.",
        "s",
        Target(quantile(0.95, "harmony_commit_seconds"), ARM_NAME),
    ),
]

BOARD = Board(
    uid="harmony-clocks",
    title="Harmony: latency and the three clocks",
    description="How long until an order is accepted, decided and closed, and where the time goes.",
    rows=[
        Row("Half of the orders", [_clock(clock, 0.5, "median") for clock in CLOCKS]),
        Row("The slowest in a hundred", [_clock(clock, 0.99, "p99") for clock in CLOCKS]),
        Row("All orders", [*(_spread(pattern) for pattern in PATTERNS), _in_all()]),
        Row("Where the time goes", WHERE),
    ],
    marks=FAULTS,
)
