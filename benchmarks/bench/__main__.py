"""`python -m benchmarks.bench [--only G1,G7] [--seed N]`: measures the rows, prints them, and keeps them as JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bench import page
from benchmarks.bench.batch import Lost
from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say
from benchmarks.bench.rows_burst import g12
from benchmarks.bench.rows_commands import g3, g4
from benchmarks.bench.rows_durable import g5, t1
from benchmarks.bench.rows_exact import g15
from benchmarks.bench.rows_http import g6, g7
from benchmarks.bench.rows_patterns import g9
from benchmarks.bench.rows_price import h1
from benchmarks.bench.rows_recovery import r1
from benchmarks.bench.rows_start import g11, g13
from benchmarks.bench.rows_streams import g1, g2, g8, g16
from benchmarks.bench.rows_telemetry import g10
from benchmarks.commands.nearest import no_such
from benchmarks.runfolder import machine, versions
from common.settings import Settings
from compose.local.errors import Trouble

ROWS: dict[str, Callable[[Orders, int, Say], Awaitable[Row]]] = {
    "G1": g1,
    "G2": g2,
    "G3": g3,
    "G4": g4,
    "G5": g5,
    "G6": g6,
    "G7": g7,
    "G8": g8,
    "G9": g9,
    "G10": g10,
    "G11": g11,
    "G12": g12,
    "G13": g13,
    "G15": g15,
    "G16": g16,
    "H1": h1,
    "T1": t1,
    "R1": r1,
}


def main() -> int:
    """0 when all was measured and exact, 1 when books did not balance, 3 when something could not be measured."""
    arguments = _arguments()
    try:
        chosen = named(arguments.only)
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    orders = Orders(arguments.seed, Settings().skus)
    rows = []
    for name in chosen:
        rows.append(_measured(name, orders, arguments.seed))
        page.show(rows[-1])
    kept = _keep(rows, arguments.seed)
    page.close(rows, kept)
    if any(row.exact is False or (row.id == "G15" and row.met is False) for row in rows):
        return 1
    return 3 if any(row.missing for row in rows) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--only", metavar="G1,G7", help="these rows, separated by commas")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    return parser.parse_args()


def named(only: str | None) -> list[str]:
    """The rows of `G1, g7`, all of them when nothing is given. Raises ValueError for none, or one that is none."""
    if only is None:
        return list(ROWS)
    asked = [name.strip() for name in only.split(",") if name.strip()]
    known = {name.casefold(): name for name in ROWS}
    if not asked:
        raise ValueError(f"--only names no row. Rows are {', '.join(ROWS)}.")
    for name in asked:
        if name.casefold() not in known:
            raise ValueError(no_such("row", name, ROWS))
    return [name for name in ROWS if name.casefold() in {each.casefold() for each in asked}]


def _measured(name: str, orders: Orders, seed: int) -> Row:
    """The row; one that could not be measured says why."""
    with page.progress(name) as say:
        try:
            return asyncio.run(_row(name, orders, seed, say))
        except (Lost, Trouble) as error:
            return Row(name, (ROWS[name].__doc__ or "").strip(), "", f"not measured: {error}", None)


async def _row(name: str, orders: Orders, seed: int, say: Say) -> Row:
    return await ROWS[name](orders, seed, say)


def _keep(rows: list[Row], seed: int) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = Path("runs") / f"{moment}-bench"
    folder.mkdir(parents=True)
    kept = {"seed": seed, "machine": machine(), "versions": versions(), "rows": [row.as_row() for row in rows]}
    file = folder / "bench.json"
    file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    sys.exit(main())
