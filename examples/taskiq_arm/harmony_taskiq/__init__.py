"""An arm that the lab does not know: the saga behind taskiq. This page is all that the lab is told of it.

How its processes are put together says `wiring`, and the queue itself is `jobs`.
"""

from compose.arm import Arm, Difference, Role
from compose.arms import DOOR_READS, ORCHESTRATOR, SERVICES, WORKER
from harmony_taskiq.names import AT_ONCE, LOCK, STREAM

ARM = Arm(
    name="orchestration-taskiq",
    pattern="orchestration",  # one node commands the others, and hears every outcome: each run tries that
    transport="taskiq",
    entry=ORCHESTRATOR,
    roles=(
        Role(ORCHESTRATOR, "harmony_taskiq.wiring:run_orchestrator", beside=((LOCK, "set get del evalsha"),)),
        Role(WORKER, "harmony_taskiq.wiring:run_worker", hears=(STREAM,), calls=SERVICES, user=ORCHESTRATOR),
        *(Role(service, "orchestration.http:run_service") for service in SERVICES),  # the services are the lab's own
    ),
    door_reads=DOOR_READS,
    easy_rate=30.0,
    wire="http",  # a job asks the services over HTTP
    queue="taskiq",
    differs=(
        Difference(
            "orders_at_once",
            own=f"{AT_ONCE} per worker",
            others="all that are open",
            reason="taskiq bounds the tasks that a worker has under way",
        ),
    ),
)
