"""`python -m benchmarks.crashes`: every single crash point of every arm; a process dies there, starts again, and is
audited."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

from benchmarks.commands import screen
from benchmarks.commands.ending import ENVIRONMENT, FAILED, FINE, USAGE, Ending
from benchmarks.commands.nearest import no_such
from benchmarks.crashes import page
from benchmarks.crashes.campaign import crash_all, crash_lab, settings
from benchmarks.crashes.cases import Case, Part, cases, part
from benchmarks.crashes.outcome import ArmOutcome
from benchmarks.history import Unreadable
from benchmarks.kills.chosen import arms as arms_named
from benchmarks.rows import Rows
from benchmarks.runfolder import RunFolder, machine, now, versions
from common.crash import POINTS
from compose.arms import ARMS
from compose.crashes import crash_points
from compose.local.errors import Trouble

EXPERIMENT, SEED = "crashes", 7


class Usage(Exception):
    """What was typed makes no sense. The text says what would."""


def main() -> int:
    """0 fine, 1 when a point was not reached or survived (in time), 2 usage, 3 without a lab, 130 after Ctrl-C."""
    ending = Ending()
    ending.listen()
    arguments = _parser().parse_args()
    try:
        return _carried_out(arguments, _chosen(arguments))
    except Usage as wrong:
        screen.say(str(wrong))
        return USAGE
    except (Trouble, Unreadable) as trouble:
        screen.say(str(trouble))
        return ENVIRONMENT
    except KeyboardInterrupt:
        return ending.interrupted()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description=__doc__)
    add = parser.add_argument
    add("--arms", default="all", metavar="A,B", help="the arms, separated by commas; all of them by default")
    add("--part", type=_part, default=Part(), metavar="K/N", help="the K-th of N parts, such as 2/4; all by default")
    add("--only", default="", metavar="NAME", help="points whose name contains this, such as payment-1/commit.after")
    add("--every", action="store_true", help="with each kind of order that comes by, and not just the plainest")
    add("--seed", type=int, default=SEED, metavar="N", help=f"decides the order of the crashes; {SEED} by default")
    add("--json", action="store_true", help="data on stdout, progress on stderr")
    return parser


def _part(text: str) -> Part:
    try:
        return part(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _chosen(arguments: argparse.Namespace) -> dict[str, list[Case]]:
    """Arm -> its crashes, those without any left out. Raises Usage."""
    arms = _arms(arguments.arms)
    names = list(dict.fromkeys(point.name for arm in arms for point in crash_points(ARMS[arm])))
    if not any(arguments.only in name for name in names):
        raise Usage(no_such("crash point", arguments.only, POINTS, longer=names))
    found = {arm: cases(ARMS[arm], arguments.part, arguments.seed, arguments.only, arguments.every) for arm in arms}
    if not any(found.values()):
        raise Usage(f"part {arguments.part} of {arguments.only} is empty: leave out --part.")
    return {arm: those for arm, those in found.items() if those}


def _arms(text: str) -> tuple[str, ...]:
    try:
        return arms_named(text)
    except ValueError as wrong:
        raise Usage(str(wrong)) from wrong


def _carried_out(arguments: argparse.Namespace, chosen: Mapping[str, Sequence[Case]]) -> int:
    folder = RunFolder.make(Path("runs"), EXPERIMENT)
    logs = folder.file("logs")
    count = sum(map(len, chosen.values()))
    screen.say(f"{count} crashes, part {arguments.part}, in {', '.join(chosen)}; everything in {folder.path}")
    asked = {"arms": list(chosen), "part": str(arguments.part), "only": arguments.only, "every": arguments.every}
    what = {"experiment": EXPERIMENT, "asked": asked, "seed": arguments.seed, "begun": now()}
    told = settings(arguments.seed).model_dump(mode="json")
    folder.write_manifest(what | {"settings": told, "machine": machine(), "versions": versions()})
    kept = Rows(folder.file("crashes.ndjson"))
    watcher = page.Watcher(screen.err(), {arm: len(those) for arm, those in chosen.items()}, kept)
    with crash_lab(chosen, arguments.seed, logs) as lab, watcher:
        arms = crash_all(lab, chosen, Event(), watcher.hear)
    _tell(arms, folder, arguments.json)
    return FINE if all(arm.ok and not arm.late for arm in arms) else FAILED


def _tell(arms: Sequence[ArmOutcome], folder: RunFolder, as_data: bool) -> None:
    rows = {arm.arm: arm.as_row() for arm in arms}
    if as_data:
        screen.data({"ok": all(arm.ok and not arm.late for arm in arms), "folder": str(folder.path), "arms": rows})
    else:
        screen.out().print(page.told(arms, folder.file("logs")), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
