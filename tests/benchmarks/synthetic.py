"""A made-up run of two or five arms, fault included, to try judge and report on. Its manifest says what it is.

`python -m tests.benchmarks.synthetic FOLDER [two|five]` writes one.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.conformance import claim
from benchmarks.history import Snapshot
from benchmarks.history import write as write_history
from benchmarks.joined import joined
from benchmarks.judge.conformance import OUTCOMES
from benchmarks.rows import write_rows
from tests.benchmarks.histories import DECLINED, FORWARD, OUT_OF_STOCK, UNDELIVERABLE, History

Row = dict[str, Any]

START_MS = 1_795_401_600_000.0
KINDS = {
    "completed": FORWARD,
    "out_of_stock": OUT_OF_STOCK,
    "payment_declined": DECLINED,
    "undeliverable": UNDELIVERABLE,
}
SPEED = {
    "orchestration-http": (3.4, 7.1, 0.35),
    "orchestration-streams": (4.1, 6.2, 0.4),
    "orchestration-rq": (7.5, 12.0, 0.6),
    "choreography-streams": (2.4, 3.9, 0.4),
    "choreography-http": (2.9, 4.8, 0.4),
}
"""Arm -> ms per event (median), CPU ms per order, spread of a block's pace."""
SERVICES = ("order", "inventory", "payment", "shipping", "notification")
TWO = ("orchestration-http", "choreography-streams")
FIVE = tuple(SPEED)
STARTED = 50  # orders that each arm was tried on


def processes(arm: str) -> tuple[str, ...]:
    """The processes of an arm, without its server."""
    before = ("orchestrator-1",) if arm.startswith("orchestration") else ()
    worker = ("worker-1",) if arm.endswith("rq") else ()
    return (*before, *worker, *(f"{service}-1" for service in SERVICES))


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the made-up run is."""

    seed: int = 7
    pairs: int = 12
    rate: float = 60.0
    block_s: float = 1.5
    fault_s: float = 10.0
    starts: int = 3  # of the lab: the measured pairs fall to them in turn
    lost: int = 0  # orders of the fault's block that never close
    arms: tuple[str, ...] = TWO


@dataclass(frozen=True, slots=True)
class Block:
    """One block of one arm: which, when, and the fault in it, if any (ms since its start)."""

    arm: str
    number: int
    pair: int
    phase: str
    seconds: float
    seed: int
    start_ms: float
    down: tuple[float, float] | None = None
    start: int = 0


def write(folder: Path, shape: Shape | None = None) -> Path:
    """Write the records of a run: everything but the summary and the report."""
    shape = shape or Shape()
    folder.mkdir(parents=True, exist_ok=True)
    blocks = _blocks(shape)
    histories = {arm: History(arm, stock=1_000_000) for arm in shape.arms}
    load = [row for block in blocks for row in _load(block, shape, histories[block.arm])]
    snapshots = [Snapshot(history.events, history.state()) for history in histories.values()]
    write_history(folder, snapshots)
    write_rows(folder / "load.ndjson", load)
    events = [event for snapshot in snapshots for event in snapshot.events]
    write_rows(folder / "orders.ndjson", joined(load, events))
    write_rows(folder / "blocks.ndjson", (_block_row(block, load, shape) for block in blocks))
    write_rows(folder / "faults.ndjson", (_fault_row(block) for block in blocks if block.down))
    each_start = (tried(arm, start) for arm in shape.arms for start in range(shape.starts))
    write_rows(folder / "conformance.ndjson", each_start)
    (folder / "manifest.json").write_text(json.dumps(_manifest(shape), indent=1), encoding="utf-8")
    (folder / "order.json").write_text(json.dumps(_one_order(histories, load), indent=1), encoding="utf-8")
    return folder


def _blocks(shape: Shape) -> list[Block]:
    arms, start_ms = list(shape.arms), START_MS
    laid_out: list[Block] = []
    plan = [("warmup", 0, shape.block_s, 1)]
    plan += [("measure", pair, shape.block_s, 100 + pair) for pair in range(shape.pairs)]
    plan += [("control", 0, shape.fault_s, 900), ("fault", 0, shape.fault_s, 900)]
    for phase, pair, seconds, seed in plan:
        for arm in arms if pair % 2 else reversed(arms):
            down = (3000.0, 6000.0) if phase == "fault" else None
            start = pair * shape.starts // shape.pairs if phase == "measure" else 0
            number = len(laid_out)
            laid_out.append(Block(arm, number, pair, phase, seconds, seed + shape.seed, start_ms, down, start))
            start_ms += (seconds + 1.5) * 1000
    return laid_out


def _load(block: Block, shape: Shape, history: History) -> list[Row]:
    dice, at_ms = random.Random(block.seed), 0.0
    rows: list[Row] = []
    pace = _pace(block)
    while (at_ms := at_ms + dice.expovariate(shape.rate) * 1000) < block.seconds * 1000:
        expected = dice.choices([*KINDS, "malformed"], (85, 3, 10, 1, 1))[0]
        rows.append(_arrival(block, len(rows), at_ms, expected, pace, history))
    for row in [row for row in rows if block.down and row["order_id"]][-shape.lost :] if shape.lost else []:
        _lose(history, row["order_id"])
    return rows


def _arrival(block: Block, index: int, at_ms: float, expected: str, pace: float, history: History) -> Row:
    dice = random.Random(f"{block.arm}:{block.number}:{index}")
    due_ms = block.start_ms + at_ms
    accepted_ms = due_ms + 1.2 + dice.lognormvariate(0.6, 0.4)
    row: Row = {"arm": block.arm, "block": block.number, "index": index, "due_ms": due_ms, "sent_ms": due_ms + 0.4}
    row |= {"error": None, "expected": expected, "amount_cents": 700}
    if expected == "malformed":
        return row | {"accepted_ms": None, "order_id": None, "http_status": 422}
    order_id = f"{block.arm[:2]}{block.arm[-2:]}-{block.number}-{index}"
    times = _times(block, KINDS[expected], accepted_ms - 0.6, pace, index, dice)
    history.order(order_id, *KINDS[expected], reason="" if expected == "completed" else expected, at_ms=times)
    return row | {"accepted_ms": accepted_ms, "order_id": order_id, "http_status": 202}


def _times(
    block: Block, kinds: Sequence[str], start_ms: float, pace: float, index: int, dice: random.Random
) -> list[float]:
    """Commit times: steps of the arm's pace; what meets payment while it is down waits, and then in line."""
    at_ms = start_ms
    times: list[float] = []
    for kind in kinds:
        if times:
            at_ms += pace * dice.lognormvariate(0, 0.5)
        if block.down and kind in ("OrderPayed", "PaymentDeclined"):
            down_ms, up_ms = (block.start_ms + each for each in block.down)
            backlog_ms = up_ms + 350 + (at_ms - down_ms) * 0.25
            if down_ms < at_ms < backlog_ms:
                at_ms = max(at_ms, backlog_ms + dice.random() * 20)
        times.append(at_ms)
    return times


def _pace(block: Block) -> float:
    pace_ms, _, spread = SPEED[block.arm]
    drift = random.Random(f"drift:{block.pair}:{block.phase}").gauss(1, 0.06)  # a pair's blocks drift together
    return pace_ms * drift * random.Random(f"pace:{block.arm}:{block.number}").gauss(1, spread / 5)


def _lose(history: History, order_id: str) -> None:
    """Forget how the order ended: it is open for ever."""
    last = [event for event in history.events if event["subject"] == order_id][-1]
    history.events.remove(last)
    operation = last["id"].rpartition("/")[2]
    del history.answers["order", order_id][operation]
    history.records[order_id] = {"status": "open"}
    history.open["deadlines"] += 1


def _block_row(block: Block, load: Sequence[Row], shape: Shape) -> Row:
    rows = [row for row in load if row["block"] == block.number]
    accepted = sum(row["order_id"] is not None for row in rows)
    dice = random.Random(f"cpu:{block.arm}:{block.number}")
    names = (*processes(block.arm), "redis")
    shares = [0.34 if name.startswith("orchestrator") else 0.13 for name in names]
    total_ms = SPEED[block.arm][1] * accepted * dice.gauss(1, 0.05)
    return {
        "arm": block.arm,
        "block": block.number,
        "pair": block.pair,
        "phase": block.phase,
        "restart": block.start,
        "seed": block.seed,
        "rate": shape.rate,
        "started_ms": block.start_ms,
        "ended_ms": block.start_ms + block.seconds * 1000,
        "drained": not (block.down and shape.lost),
        "sent": len(rows),
        "skipped": 0,
        "checked": 1,
        "contradicted": 0,
        "cpu_ms": {name: total_ms * share / sum(shares) for name, share in zip(names, shares, strict=True)},
        "memory_mib": 214.0 if block.arm.startswith("o") else 187.0,
    }


def _fault_row(block: Block) -> Row:
    down_ms, up_ms = (block.start_ms + each for each in block.down or ())
    row: Row = {"arm": block.arm, "fault": "kill", "target": "payment-1", "block": block.number, "onset_ms": down_ms}
    return row | {"end_ms": up_ms, "restarted_ms": up_ms, "ready_ms": up_ms + 300}


def _manifest(shape: Shape) -> Row:
    return {
        "synthetic": True,
        "question": "Made up: how long does an order take in each arm, what does it cost, and who suffers from a kill?",
        "experiment": "synthetic",
        "arms": list(shape.arms),
        "seed": shape.seed,
        "started": "2026-11-23T02:40:00.000000Z",
        "ended": "2026-11-23T02:42:10.000000Z",
        "command": "python -m tests.benchmarks.synthetic",
        "settings": {"slo_s": 1.0, "deadline_s": 10.0},
        "at_rest": dict.fromkeys(shape.arms, True),
        "clock_offset_ms": dict.fromkeys(shape.arms, 0.0),
        "idle_cpu_ms_per_s": dict.fromkeys(shape.arms, 17.0),
        "versions": {"python": "3.11.7", "harmony-lab": "0.1.0"},
        "machine": {"system": "Linux (made up)", "architecture": "x86_64", "cores": 2, "memory_mib": 24_000},
        "ledger": {arm: _ledger(arm) for arm in shape.arms},
        "ledger_differences": {},
        "allowed_differences": [],
        "conformance_starts": shape.starts,
    }


def tried(arm: str, start: int = 0) -> Row:
    """A row of an arm that is what its name says, seen in one start of the lab."""
    wanted = claim(arm)
    return {
        "arm": arm,
        "start": start,
        "orders": STARTED,
        "closed": STARTED,
        "outcomes": dict.fromkeys(OUTCOMES, STARTED // len(OUTCOMES)),
        "declared": sorted(list(edge) for edge in wanted.edges),
        "edges": sorted([*edge, 20] for edge in wanted.edges),
        "declared_readers": sorted(list(reader) for reader in wanted.readers),
        "readers": [
            {"stream": stream.replace("*", "OrderPlaced"), "group": group, "entries_read": 20, "last": "9-0"}
            | {"consumers": 1, "length": 20, "moved": True}
            for stream, group in sorted(wanted.readers)
        ],
    }


def _ledger(arm: str) -> Row:
    pattern, _, transport = arm.partition("-")
    return {
        "pattern": pattern,
        "transport": transport,
        "processes": len(processes(arm)),
        "appendfsync": "everysec",
        "deadline_s": 10.0,
        "concurrency": 64,
        "serializer": "msgspec JSON",
        "http_client": "httpx-aiohttp" if transport == "http" else None,
        "messages_per_order": 13.0 if pattern == "orchestration" else 5.0,
        "messages_per_order_by_kind": {"command": 6.5, "reply": 6.5} if pattern == "orchestration" else {"event": 5.0},
        "bytes_per_order": 4_000.0,
        "journal_writes_per_order": 7.0 if pattern == "orchestration" else 0.0,
        "unsafe": "",
    }


def _one_order(histories: dict[str, History], load: Sequence[Row]) -> Row:
    """The first completed order of each arm, in the shape of `harmony order --json`."""
    told: Row = {}
    for arm, history in histories.items():
        row = next(row for row in load if row["arm"] == arm and row["expected"] == "completed")
        events = [event for event in history.events if event["subject"] == row["order_id"]]
        told[arm] = {
            "order_id": row["order_id"],
            "status": "completed",
            "reason": None,
            "accepted_ms": round(row["accepted_ms"] - row["due_ms"], 3),
            "decided_ms": round(events[2]["time_ms"] - row["due_ms"], 3),
            "closed_ms": round(events[-1]["time_ms"] - row["due_ms"], 3),
            "events": [{"type": e["type"], "service": e["service"], "time": _rfc3339(e["time_ms"])} for e in events],
        }
    return told


def _rfc3339(epoch_ms: float) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    write(Path(sys.argv[1]), Shape(arms=FIVE if sys.argv[2:] == ["five"] else TWO))
