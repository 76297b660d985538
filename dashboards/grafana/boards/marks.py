"""What is marked over the panels of every board: the time of a fault that somebody put on the lab, by whose it is."""

from dashboards.grafana.board import Mark
from dashboards.grafana.looks import COLOURS
from dashboards.grafana.queries import PATTERNS, of, only

_PROCESS = f"max by (pattern, transport, process, fault) ({of('harmony_process_fault_active')}) > 0"
_OPERATION = f"max by (pattern, transport, service, operation, fault) ({of('harmony_fault_active')}) > 0"
_KINDS = (
    ("a process held down or paused", _PROCESS, "{{fault}} {{process}}", "process fault"),
    ("an operation slow or failing", _OPERATION, "{{fault}} {{operation}}", "operation fault"),
)

FAULTS = tuple(
    Mark(
        f"{pattern.capitalize()}: {what}",
        only(pattern, query),
        f"{title} in {{{{pattern}}}}-{{{{transport}}}}",
        needs=needs,
        colour=COLOURS[pattern],
    )
    for pattern in PATTERNS
    for what, query, title, needs in _KINDS
)
