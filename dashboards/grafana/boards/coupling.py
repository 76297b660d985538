"""Who tells whom, how often and how much: the shape of an arm, drawn from what its processes counted."""

from dashboards.grafana.board import Board, Row
from dashboards.grafana.boards.marks import FAULTS
from dashboards.grafana.panels import Panel, Target, columns, lines, numbers
from dashboards.grafana.queries import ARM_NAME, CLOSED_IN_ALL, PATTERNS, grown, of, only, per, per_order
from dashboards.grafana.tables import graph, table

_MESSAGES, _BYTES = "harmony_messages_total", "harmony_message_bytes_total"
_SENT = f"increase({of(_MESSAGES)}[$__range])"
_PAIRS = f"sum by (pattern, transport, source, target) ({_SENT}) > 0"

_ORDERS = f"on () group_left () (sum({CLOSED_IN_ALL}) > 0)"
_EDGES = f'label_join((sum by (source, target) ({_SENT}) > 0) / {_ORDERS}, "id", " to ", "source", "target")'
_ENDS = " or ".join(f'label_replace({_SENT}, "id", "$1", "{end}", "(.+)")' for end in ("source", "target"))
_NODES = f'label_join((sum by (id) ({_ENDS}) > 0) / {_ORDERS}, "title", "", "id")'


def _graph(pattern: str) -> Panel:
    return graph(
        f"Who tells whom: {pattern}",
        "Arrows are messages for each closed order, from who tells to who hears; a node's figure is what it sends and "
        "hears. Orchestration is a star around its orchestrator, choreography a chain that nobody has drawn.",
        "short",
        Target(only(pattern, _EDGES)),
        Target(only(pattern, _NODES)),
        width=12,
        height=13,
    )


SHAPE: list[Panel] = [
    *(_graph(pattern) for pattern in PATTERNS),
    numbers(
        "Pairs that talk",
        "Different pairs of one who tells and one who hears, in the time that is shown.",
        "short",
        Target(f"count by (pattern, transport) ({_PAIRS})", ARM_NAME),
        width=8,
        decimals=0,
    ),
    numbers(
        "Messages per order",
        "Commands, replies, events and jobs for one closed order.",
        "short",
        Target(per(grown(_MESSAGES), CLOSED_IN_ALL), ARM_NAME),
        width=8,
    ),
    numbers(
        "Bytes per order",
        "The bodies of these messages, without what the wire wraps around them.",
        "bytes",
        Target(per(grown(_BYTES), CLOSED_IN_ALL), ARM_NAME),
        width=8,
    ),
]

KINDS: list[Panel] = [
    *columns(
        lines(
            "Messages per order, by kind",
            "A command says what to do, a reply what came of it, an event what is true now, a job that an order waits "
            "to be moved on. A mean of 30 s, drawn while orders close. A recorded run knows it at the end of its load "
            "alone: read the figure above there.",
            "short",
            Target(per_order(_MESSAGES, by="kind"), "{{transport}} {{kind}}"),
            by_arm=False,
        )
    ),
    *columns(
        lines(
            "Bytes per order, by kind",
            "The bodies of the same messages, as a mean of 30 s.",
            "bytes",
            Target(per_order(_BYTES, by="kind"), "{{transport}} {{kind}}"),
            by_arm=False,
        )
    ),
]

EDGES: list[Panel] = [
    table(
        "Every edge",
        "Messages and bytes for one closed order, edge by edge, over the time that is shown. What an arm claims to be "
        "is checked against the same counts at every start of a run.",
        "short",
        {
            "messages per order": Target(
                per(grown(_MESSAGES, by="source, target, kind"), CLOSED_IN_ALL, by="source, target, kind")
            ),
            "bytes per order": Target(
                per(grown(_BYTES, by="source, target, kind"), CLOSED_IN_ALL, by="source, target, kind")
            ),
        },
        ("pattern", "transport", "source", "target", "kind"),
        units={"bytes per order": "bytes"},
        height=16,
    ),
]

BOARD = Board(
    uid="harmony-coupling",
    title="Harmony: coupling and dependency graph",
    description="Who tells whom in each arm, how many messages an order takes, and how many bytes.",
    rows=[Row("The shape", SHAPE), Row("For one order", KINDS), Row("Edge by edge", EDGES)],
    marks=FAULTS,
)
