"""The traces of a lab, gathered into a run's one file: lines of OTLP JSON, as the processes wrote them."""

from __future__ import annotations

import shutil
from pathlib import Path

TRACES = "traces.ndjson"


def gathered(traces: Path, into: Path) -> int:
    """Put every line of every process into one file, and return how many bytes there are.

    Where the lab keeps its traces in the run's own folder, they are moved; a running lab's own stay where they are. A
    last line that its process was killed in is left out.
    """
    size = 0
    with into.open("wb") as whole:
        for file in sorted(traces.rglob("*.jsonl")) if traces.is_dir() else ():
            for line in file.open("rb"):
                if line.endswith(b"\n"):
                    size += whole.write(line)
    if traces.parent == into.parent:
        shutil.rmtree(traces, ignore_errors=True)
    return size
