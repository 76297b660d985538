"""What is marked over the panels of every board: the time of a fault that somebody put on the lab."""

from dashboards.grafana.board import Mark
from dashboards.grafana.queries import of

FAULTS = (
    Mark(
        "A process held down or paused",
        f"max by (pattern, transport, process, fault) ({of('harmony_process_fault_active')}) > 0",
        "{{fault}} {{process}} in {{pattern}}-{{transport}}",
        needs="process fault",
        colour="red",
    ),
    Mark(
        "An operation slow or failing",
        f"max by (pattern, transport, service, operation, fault) ({of('harmony_fault_active')}) > 0",
        "{{fault}} {{operation}} in {{pattern}}-{{transport}}",
        needs="operation fault",
        colour="orange",
    ),
)
