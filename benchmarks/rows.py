"""Rows on disk: newline-delimited JSON, buffered while a block runs and written out when it ends."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BUFFER_ROWS_MAX = 5_000  # an endless load is written out now and then; some 2 MB

Row = dict[str, Any]


class Rows:
    """Appends rows to one file. Without a path the rows are dropped, for a load that only shows its table."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._waiting: list[str] = []

    def keep(self, row: Row) -> None:
        """Take a row; it is on disk after the next flush."""
        if self._path is None:
            return
        self._waiting.append(json.dumps(row, separators=(",", ":")))
        if len(self._waiting) >= BUFFER_ROWS_MAX:
            self.flush()

    def flush(self) -> None:
        """Write out all rows taken so far."""
        if self._path is None or not self._waiting:
            return
        written, self._waiting = self._waiting, []
        with self._path.open("a", encoding="utf-8") as file:
            file.write("\n".join(written) + "\n")


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, none when there is no file."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write a file of rows, in place of what was there."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
