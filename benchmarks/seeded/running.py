"""Tries the seeded bugs one after the other, keeps what came of them, and says whether all were caught."""

from __future__ import annotations

import json as writing
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.commands import screen
from benchmarks.commands.ending import FAILED, FINE
from benchmarks.commands.nearest import no_such
from benchmarks.rows import Row
from benchmarks.runfolder import RunFolder, machine, now, versions
from benchmarks.seeded import page
from benchmarks.seeded.bugs import BUGS, Bug
from benchmarks.seeded.trial import tried
from common.unsafe import SWITCHES

EXPERIMENT = "calibrate"
TRIAL_S = 4.0  # on two cores, start and end of the lab included

Say = Callable[[str], None]


def run_seeded(
    seed: int = 7, out: Path = Path("runs"), json: bool = False, say: Say = screen.say, only: Sequence[str] = ()
) -> int:
    """Try all bugs, or those of these switches. The exit code: 1 when one was not caught, or a control not clean.

    Raises ValueError for a switch that does not exist; Trouble, Unreadable when the lab cannot be had or asked.
    """
    bugs = chosen(only)
    folder = RunFolder.make(out, EXPERIMENT)
    say(f"{len(bugs)} seeded bugs, each with its control: about {len(bugs) * 2 * TRIAL_S:.0f} s; all in {folder.path}")
    rows: list[Row] = []
    for bug in bugs:
        rows.append(_row(bug, seed, folder))
        _keep(folder, seed, rows)
        say(f"  {bug.switch}: {_said(rows[-1])}")
    if json:
        screen.data(_shape(seed, rows))
    else:
        screen.out().print(page.table(rows), soft_wrap=True)
        screen.out().print(f"table    {folder.file('seeded.md')}", soft_wrap=True)
    return FINE if all(row["ok"] for row in rows) else FAILED


def chosen(only: Sequence[str]) -> list[Bug]:
    """The bugs of these switches, all of them when none is named. Raises ValueError with the nearest names."""
    for name in only:
        if name not in SWITCHES:
            raise ValueError(no_such("seeded bug", name, SWITCHES))
    return [bug for bug in BUGS if not only or bug.switch in only]


def _row(bug: Bug, seed: int, folder: RunFolder) -> Row:
    """The bug with its switch on, then its control over as many chunks. What was not tried is not caught, nor clean."""
    outcome = tried(bug, seed, folder.file("logs") / bug.switch)
    control = tried(bug, seed, folder.file("logs") / f"{bug.switch}-control", outcome.chunks)
    caught = bug.invariant in outcome.fired and not outcome.untried
    clean = not control.fired and not control.untried
    return {
        "switch": bug.switch,
        "what": SWITCHES[bug.switch],
        "how": bug.how,
        "arm": bug.arm,
        "invariant": bug.invariant,
        "caught": caught,
        **outcome.as_row(),
        "control": {"ok": clean, **control.as_row()},
        "ok": caught and clean,
    }


def _said(row: Row) -> str:
    caught = f"{page.told(row)} after {row['orders']} orders" if row["caught"] else f"NOT CAUGHT: {page.told(row)}"
    return caught if row["control"]["ok"] else f"{caught}; the control is NOT {page.unclean(row)}"


def _shape(seed: int, rows: Sequence[Row]) -> Row:
    return {"experiment": EXPERIMENT, "seed": seed, "ok": all(row["ok"] for row in rows), "seeded_bugs": list(rows)}


def _keep(folder: RunFolder, seed: int, rows: Sequence[Row]) -> None:
    """As it stands: an interrupted run has what was tried until then."""
    about = {"finished": now(), "machine": machine(), "versions": versions()}
    shape = _shape(seed, rows)
    folder.write_manifest({name: shape[name] for name in ("experiment", "seed", "ok")} | about)
    text = writing.dumps(shape | about, indent=1, ensure_ascii=False) + "\n"
    folder.file("seeded.json").write_text(text, encoding="utf-8")
    folder.file("seeded.md").write_text(page.markdown(rows, seed), encoding="utf-8")
