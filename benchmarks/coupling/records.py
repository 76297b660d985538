"""What a coupling run writes down before it begins: the code as it is then, and what follows from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.coupling.needs import needs
from benchmarks.coupling.plan import Size, modest
from benchmarks.coupling.sources import Sources
from benchmarks.coupling.static import static
from compose.arm import Arm
from compose.arms import ARMS

FILE = "coupling.json"


def write(
    folder: Path, arms: Sequence[str], size: Size, sources: Sources | None = None, table: Mapping[str, Arm] = ARMS
) -> None:
    """The static view and the needs of each arm, and how much is done. Raises OSError."""
    sources = sources or Sources()
    recorded = {
        "size": asdict(modest(size, arms, table)),
        "static": {arm: static(table[arm], sources) for arm in arms},
        "needs": {arm: needs(table[arm]) for arm in arms},
    }
    (folder / FILE).write_text(json.dumps(recorded, indent=1), encoding="utf-8")
