"""A calibration's folder, made up: twins that differ by chance alone, a delay and a loss that are known to us.

`python -m tests.benchmarks.calibrated FOLDER` writes one.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.calibrate.plan import DELAY, LOSS, NULL, NULL_SEEN, OVERHEAD, SAME, Calibration, twins
from benchmarks.history import Snapshot
from benchmarks.history import write as write_history
from benchmarks.joined import joined
from benchmarks.rows import write_rows
from common.unsafe import is_lost
from tests.benchmarks.histories import FORWARD, History

Row = dict[str, Any]

START_MS = 1_795_401_600_000.0
ARMS = ("orchestration-http", "choreography-streams")
LEVEL = {ARMS[0]: (14.0, 6.0), ARMS[1]: (9.0, 3.5)}  # closed p50 in ms, CPU ms per order
MACHINE = {"system": "Linux (made up)", "cpu": "made up", "cores": 2, "memory_mib": 24_000}


@dataclass(frozen=True, slots=True)
class Shape:
    """What is made up. `delay_ms` and `extra_ms` are what really is: in the twin under the delay, and in every twin."""

    seed: int = 7
    plan: Calibration = field(default_factory=Calibration)
    delay_ms: float = 5.1
    extra_ms: float = 0.0
    spread: float = 0.05  # of blocks
    start_spread: float = 0.0  # of starts, which all blocks of a start share; none under the delay
    orders: int = 20  # in each: enough for a median of its own
    loses: Callable[[str], bool] = is_lost
    manifest: Row = field(default_factory=dict)


def write(folder: Path, shape: Shape | None = None) -> Path:
    """Write the records: everything but the summary and the report."""
    shape = shape or Shape()
    folder.mkdir(parents=True, exist_ok=True)
    orders: list[Row] = []
    blocks: list[Row] = []
    for part, starts in ((SAME, shape.plan.starts), (DELAY, 1)):
        for start in range(starts):
            for arm in ARMS:
                _twins(shape, part, start, arm, orders, blocks)
    for name in (NULL, NULL_SEEN):
        _block(shape, OVERHEAD, 0, name, 1.0, 0.5, orders, blocks)
    histories = [_loss(shape, arm, orders, blocks) for arm in ARMS]
    write_history(folder, [Snapshot(history.events, history.state()) for history in histories])
    write_rows(folder / "orders.ndjson", orders)
    write_rows(folder / "blocks.ndjson", blocks)
    (folder / "manifest.json").write_text(json.dumps(_manifest(shape) | shape.manifest, indent=1), encoding="utf-8")
    return folder


def _twins(shape: Shape, part: str, start: int, arm: str, orders: list[Row], blocks: list[Row]) -> None:
    level_ms, cpu_ms = LEVEL[arm]
    for pair in range(shape.plan.pairs):
        number = start * shape.plan.pairs + pair
        drift = random.Random(f"{shape.seed}:{part}:{arm}:{number}").gauss(1, 0.1)  # of both alike
        for name in twins(arm):
            more = shape.extra_ms if name != arm else 0.0
            more += shape.delay_ms if part == DELAY and name != arm else 0.0
            dice = random.Random(f"{shape.seed}:{part}:{name}:{number}:level")
            luck = random.Random(f"{shape.seed}:{part}:{name}:{start}:luck").gauss(
                1, shape.start_spread * (part == SAME)
            )
            level = level_ms * luck * drift * dice.gauss(1, shape.spread) + more
            _block(shape, part, number, name, level, cpu_ms * dice.gauss(1, 0.03), orders, blocks)


def _block(
    shape: Shape, part: str, pair: int, name: str, level_ms: float, cpu_ms: float, orders: list[Row], blocks: list[Row]
) -> None:
    number, dice = len(blocks), random.Random(f"{shape.seed}:{part}:{name}:{pair}")
    started_ms = START_MS + 1_200 * number
    rows = [_order(part, name, number, index, started_ms + 16 * index, level_ms, dice) for index in range(shape.orders)]
    orders += rows
    blocks.append(
        {
            "part": part,
            "arm": name,
            "block": number,
            "pair": pair,
            "phase": "measure",
            "restart": pair // shape.plan.pairs,
            "started_ms": started_ms,
            "ended_ms": started_ms + 1_050,
            "cpu_ms": {"load": 50.0 + 5 * (name == NULL_SEEN)} if part == OVERHEAD else {"redis": cpu_ms * len(rows)},
        }
    )


def _order(part: str, name: str, block: int, index: int, due_ms: float, level_ms: float, dice: random.Random) -> Row:
    accepted_ms = due_ms + 0.2 * level_ms * dice.lognormvariate(0, 0.2)
    closed_ms = None if part == OVERHEAD else due_ms + level_ms + dice.gauss(0, 0.5)
    row = {"part": part, "arm": name, "block": block, "index": index, "due_ms": due_ms, "sent_ms": due_ms + 0.3}
    row |= {"accepted_ms": accepted_ms, "order_id": f"{block:06x}{index:026x}", "http_status": 202, "error": None}
    row |= {"expected": "completed", "amount_cents": 700, "decided_ms": closed_ms, "closed_ms": closed_ms}
    return row | {"status": "open" if closed_ms is None else "completed", "reason": None}


def _loss(shape: Shape, arm: str, orders: list[Row], blocks: list[Row]) -> History:
    history, dice = History(arm, stock=1_000_000), random.Random(f"loss:{shape.seed}:{arm}")
    rows = [_order(LOSS, arm, len(blocks), index, START_MS + index, 10.0, dice) for index in range(300)]
    for row in rows:
        row["order_id"] = f"{dice.getrandbits(128):032x}"
        if not shape.loses(row["order_id"]):
            times = [row["due_ms"] + step for step in range(1, len(FORWARD) + 1)]
            history.order(row["order_id"], *FORWARD, at_ms=times)
    for row in joined(rows, history.events):
        orders.append(row)
    blocks.append({"part": LOSS, "arm": arm, "block": len(blocks), "pair": 0, "phase": "measure", "restart": 0})
    return history


def _manifest(shape: Shape) -> Row:
    return {
        "experiment": "calibrate",
        "question": "Made up: can this instrument be trusted?",
        "arms": list(ARMS),
        "patterns": {arm: arm.partition("-")[0] for arm in ARMS},
        "seed": shape.seed,
        "partial": False,
        "lost": None,
        "spoiled": None,
        "started": "2026-01-01T00:00:00.000000Z",
        "ended": "2026-01-01T00:05:00.000000Z",
        "command": "python -m tests.benchmarks.calibrated",
        "machine": MACHINE,
        "calibration": asdict(shape.plan),
        "parts": list(_parts(shape)),
    }


def _parts(shape: Shape) -> Iterator[Row]:
    names = [name for arm in ARMS for name in twins(arm)]
    for start in range(shape.plan.starts):
        told: Row = {"clock_offset_ms": dict.fromkeys(names, 0.01)}
        told |= {"conditions": {name: {"appendfsync": "everysec"} for name in names}}
        yield {"part": SAME, "start": start, "whole": True, "told": told}
    took = {name: 2.0 + shape.delay_ms * (name not in ARMS) for name in names}
    delayed = {"overshoot_ms": {"count": 200, "p25": 0.1, "p50": 0.2, "p75": 0.3}, "took_ms": took}
    yield {"part": DELAY, "start": 0, "whole": True, "told": delayed}
    yield {"part": LOSS, "start": 0, "whole": True, "told": {}}
    yield {"part": OVERHEAD, "start": 0, "whole": True, "told": {"looked_at": 7}}


if __name__ == "__main__":
    write(Path(sys.argv[1]))
