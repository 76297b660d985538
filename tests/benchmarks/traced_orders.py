"""Made-up orders in every arm: such as end well or are refused, and such as were asked again, claimed or set aside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.traces.naming import SERVICE_OF
from tests.benchmarks.traced import Context, Row, Step, Writing, order_id_of

ARMS = (
    "orchestration-http",
    "orchestration-streams",
    "orchestration-rq",
    "choreography-streams",
    "choreography-http",
)
CLOSING = (("apologise", "accepted", "CustomerApologised"), ("cancel", "accepted", "OrderCancelled"))
RELEASE = ("release", "accepted", "InventoryReleased")
REFUND = ("refund", "accepted", "PaymentRefunded")
FORWARD = (
    ("place", "accepted", "OrderPlaced"),
    ("reserve", "accepted", "InventoryUpdated"),
    ("charge", "accepted", "OrderPayed"),
    ("ship", "accepted", "OrderShipped"),
    ("confirm", "accepted", "CustomerNotified"),
    ("complete", "accepted", "OrderCompleted"),
)
STEPS = {
    "completed": FORWARD,
    "out_of_stock": (*FORWARD[:1], ("reserve", "rejected", "OutOfStock"), *CLOSING),
    "payment_declined": (*FORWARD[:2], ("charge", "rejected", "PaymentDeclined"), RELEASE, *CLOSING),
    "undeliverable": (*FORWARD[:3], ("ship", "rejected", "ShipmentRejected"), REFUND, RELEASE, *CLOSING),
    "deadline": (
        *FORWARD[:5],
        ("expire", "accepted", "OrderExpired"),
        ("recall", "accepted", "ShipmentRecalled"),
        REFUND,
        RELEASE,
        *CLOSING,
    ),
}


def told(
    arm: str, like: str = "completed", order_id: str = "", *, link: bool = False, customer: bool = True
) -> Writing:
    """An order that ends so, with no trouble."""
    writing = Writing(arm, order_id or order_id_of(arm, like), link)
    walk(writing, STEPS[like], writing.door("orchestrator" if arm.startswith("o") else "order", customer))
    return writing


def walk(writing: Writing, steps: Sequence[Step], cause: Context, heard: Step | None = None) -> Context:
    """Take these steps, as the arm does. `heard`: the step that the first one reacts to. Returns the last commit."""
    arm = writing.arm
    if arm == "orchestration-rq":
        cause = writing.job(cause)
    for step in steps:
        writing.later(0.5)
        if arm.startswith("orchestration"):
            _asked(writing, step, cause)
        else:
            cause = _reacted(writing, heard, step, cause)
            heard = step
    return cause


def _asked(writing: Writing, step: Step, cause: Context) -> None:
    if writing.arm == "orchestration-streams":
        command = writing.command(step[0], cause)
        writing.later(0.7)
        service = SERVICE_OF[step[0]]
        committed = writing.handled(f"{{{service}}}:commands", service, step, command)
        writing.later(0.3)
        writing.answered(step, committed)
    else:
        writing.request("worker" if writing.arm == "orchestration-rq" else "orchestrator", step, cause)


def _reacted(writing: Writing, heard: Step | None, step: Step, cause: Context) -> Context:
    if heard is None or step[0] == "expire":
        return writing.commit(step, cause)
    source = SERVICE_OF[heard[0]]
    if writing.arm == "choreography-http":
        return writing.posted(heard[2], source, step, cause)
    return writing.handled(f"{{{source}}}:events:{heard[2]}", SERVICE_OF[step[0]], step, cause)


def retried(arm: str, times: int = 4, every_ms: float = 200.0) -> Writing:
    """Payment cannot be reached for a while: asked again over HTTP, or the entry waits."""
    writing = Writing(arm, order_id_of(arm, "retried"))
    cause = writing.door("orchestrator" if arm.startswith("o") else "order")
    if arm.startswith("orchestration") and arm != "orchestration-streams":
        if arm == "orchestration-rq":
            cause = writing.job(cause)
        asker = "worker" if arm == "orchestration-rq" else "orchestrator"
        for step in FORWARD:
            if step[0] == "charge":
                for attempt in range(1, times + 1):
                    writing.refused(asker, "charge", cause, attempt)
                    writing.later(every_ms)
                writing.request(asker, step, cause, attempt=times + 1)
            else:
                writing.request(asker, step, cause)
        return writing
    before = walk(writing, FORWARD[:2], cause)
    writing.later(times * every_ms)
    walk(writing, FORWARD[2:], before if arm.startswith("choreo") else cause, FORWARD[1])
    return writing


def claimed(arm: str = "choreography-streams") -> Writing:
    """payment-1 dies with the entry in hand; payment-2 claims it, and does it."""
    writing = Writing(arm, order_id_of(arm, "claimed"))
    before = walk(writing, FORWARD[:2], writing.door("order"))
    writing.later(2100)
    writing.replica["payment"] = "payment-2"
    stream = "{inventory}:events:InventoryUpdated"
    paid = writing.handled(stream, "payment", FORWARD[2], before, deliveries=2)
    walk(writing, FORWARD[3:], paid, FORWARD[2])
    return writing


def dead_lettered(arm: str = "choreography-streams", attempts: int = 3) -> Writing:
    """charge fails again and again, and is set aside."""
    writing = Writing(arm, order_id_of(arm, "dead"))
    before = walk(writing, FORWARD[:2], writing.door("order"))
    stream = "{inventory}:events:InventoryUpdated"
    for attempt in range(1, attempts + 1):
        writing.later(50)
        writing.failed(stream, "charge", before, attempt, last=attempt == attempts)
    return writing


def without(writing: Writing, lost: Callable[[str, Row], bool]) -> Writing:
    """The same, but these spans were never written: their process was killed before."""
    writing.rows = [(service, process, row) for service, process, row in writing.rows if not lost(process, row)]
    return writing
