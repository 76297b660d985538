"""What the customers' side recorded: what the door answered, and how long an order took to be accepted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.replay.commits import placed_ms
from benchmarks.replay.records import Run
from benchmarks.replay.series import Change, Metric, by_process
from compose.arm import Arm

DOOR = Metric("harmony_door_requests_total", "counter", "Orders posted to the door, by the answer's status")
ACCEPTED = Metric(
    "harmony_order_accepted_seconds", "histogram", "From sending an order to its 202, as the customer saw it"
)

TAKEN_IN = "2xx"


def changes(run: Run) -> Iterator[Change]:
    """Orders that were posted. When a refusal came is not recorded: it is told at the moment of asking."""
    arms = {arm.name: arm for arm in run.arms}
    for row in run.rows["orders"]:
        if (arm := arms.get(row["arm"])) is None or row.get("sent_ms") is None or not row.get("http_status"):
            continue
        entry = run.process(arm.name, arm.entry), arm.entry
        answered_ms = row.get("accepted_ms")
        labels = by_process(arm, *entry, code=str(row["http_status"]))
        yield Change(answered_ms or row["sent_ms"], DOOR, labels, 1)
        if answered_ms is not None:
            yield Change(answered_ms, ACCEPTED, by_process(arm, *entry), (answered_ms - row["sent_ms"]) / 1000)
    yield from _beside_the_load(run, arms)


def _beside_the_load(run: Run, arms: Mapping[str, Arm]) -> Iterator[Change]:
    """Orders of warm-up and of conformance: they were taken in, and nobody has recorded by which code."""
    known = {(row["arm"], row.get("order_id")) for row in run.rows["orders"]}
    for event in run.rows["events"]:
        order, at_ms = (event["arm"], event["subject"]), placed_ms(event)
        if (arm := arms.get(event["arm"])) is not None and at_ms is not None and order not in known:
            known.add(order)
            labels = by_process(arm, run.process(arm.name, arm.entry), arm.entry, code=TAKEN_IN)
            yield Change(at_ms, DOOR, labels, 1)
