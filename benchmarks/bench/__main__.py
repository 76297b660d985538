"""`python -m benchmarks.bench [--only G1,G7] [--seed N]`: measures the rows, tells them, and keeps them as JSON.

`--tell runs/...-bench` writes the pages of an earlier run again, from its JSON alone.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bench import page
from benchmarks.bench.batch import Lost
from benchmarks.bench.goals import GOALS, Measure, unmeasured
from benchmarks.bench.kept import Kept
from benchmarks.bench.orders import Orders
from benchmarks.bench.row import Row, Say
from benchmarks.bench.telling import tell
from benchmarks.commands.nearest import no_such
from benchmarks.runfolder import RunFolder
from common.messages import Unreachable
from common.settings import Settings
from compose.local.errors import Trouble

INTERRUPTED = 130


def main() -> int:
    """0 all was measured and exact, 1 books did not balance or nothing could be written, 3 something could not be
    measured, 130 interrupted: what was measured until then is kept and told.
    """
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever is asked to stop leaves nothing behind
    try:
        if arguments.tell:
            page.say(f"Written again: {tell(arguments.tell)}")
            return 0
        return _all(named(arguments.only), arguments.seed)
    except ValueError as wrong:
        sys.stderr.write(f"{wrong}\n")
        return 2
    except (Trouble, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--only", metavar="G1,G7", help="these rows, separated by commas")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("--tell", type=Path, metavar="RUN", help="write the pages of an earlier run again")
    return parser.parse_args()


def named(only: str | None) -> list[str]:
    """The rows of `G1, g7`, all of them when nothing is given. Raises ValueError for none, or one that is none."""
    if only is None:
        return list(GOALS)
    asked = [name.strip() for name in only.split(",") if name.strip()]
    known = {name.casefold(): name for name in GOALS}
    if not asked:
        raise ValueError(f"--only names no row. Rows are {', '.join(GOALS)}.")
    for name in asked:
        if name.casefold() not in known:
            raise ValueError(no_such("row", name, GOALS))
    return [name for name in GOALS if name.casefold() in {each.casefold() for each in asked}]


def _all(chosen: Sequence[str], seed: int) -> int:
    """Row after row; each is kept as soon as it is there."""
    orders = Orders(seed, Settings().skus)
    kept = Kept(RunFolder.make(Path("runs"), "bench"), seed, chosen)
    rows: list[Row] = []
    partial = False
    with page.Progress({name: GOALS[name].seconds for name in chosen}) as progress:
        try:
            for name in chosen:
                rows.append(measured(name, GOALS[name].measure, orders, seed, progress.begin(name)))
                progress.show(rows[-1])
                kept.write(_filled(rows, chosen, "its turn has not come"), partial=True)
        except KeyboardInterrupt:
            partial = True
    whole = _filled(rows, chosen, "interrupted before")
    kept.write(whole, partial)
    page.close(whole, tell(kept.folder))
    return INTERRUPTED if partial else code(whole)


def code(rows: Sequence[Row]) -> int:
    """The exit code: see main."""
    if any(row.exact is False or (row.id == "G15" and row.met is False) for row in rows):
        return 1
    return 3 if any(row.missing for row in rows) else 0


def _filled(rows: Sequence[Row], chosen: Sequence[str], why: str) -> list[Row]:
    there: Mapping[str, Row] = {row.id: row for row in rows}
    return [there.get(name) or unmeasured(name, why) for name in chosen]


def measured(name: str, measure: Measure, orders: Orders, seed: int, say: Say) -> Row:
    """The row; one that could not be measured says why, whatever it was: the other rows are worth having."""
    try:
        return asyncio.run(_row(measure, orders, seed, say))
    except (Lost, Trouble, Unreachable) as error:
        return unmeasured(name, str(error))
    except Exception as error:
        logging.exception("%s was not measured", name)
        return unmeasured(name, f"{type(error).__name__}: {error}")


async def _row(measure: Measure, orders: Orders, seed: int, say: Say) -> Row:
    return await measure(orders, seed, say)


if __name__ == "__main__":
    sys.exit(main())
