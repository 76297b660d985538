"""`python -m benchmarks.kills`: random kills under load in every arm at once; what survives is audited, at rest.

Ends in order at Ctrl-C and after --minutes: the arms come to rest, are audited, and the test goes on with --resume.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from benchmarks.commands import screen
from benchmarks.commands.ending import ENVIRONMENT, FAILED, FINE, INTERRUPTED, USAGE, Ending
from benchmarks.commands.options import ALL
from benchmarks.kills import page
from benchmarks.kills.campaign import Campaign, Ground
from benchmarks.kills.chosen import arms as arms_named
from benchmarks.kills.plan import Plan
from benchmarks.kills.records import NoTest, Records
from benchmarks.runfolder import machine, now
from common.settings import Settings
from compose.arms import ARMS
from compose.local.client import LabClient, start_lab
from compose.local.errors import Trouble

KILLS, ORDERS, SEED = 500, 20_000, 7
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Usage(Exception):
    """What was typed makes no sense. The text says what would."""


def main() -> int:
    """0 fine, 1 when something was violated or came too late, 2 usage, 3 when the lab cannot run, 130 after Ctrl-C."""
    Ending().listen()
    arguments = _parser().parse_args()
    try:
        records, plan = _test(arguments)
        return _carried_out(records, plan, arguments.minutes)
    except (Usage, NoTest) as wrong:
        screen.say(str(wrong))
        return USAGE
    except Trouble as trouble:
        screen.say(str(trouble))
        return ENVIRONMENT
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    add = parser.add_argument
    add("--arms", metavar="A,B", help="the arms, separated by commas; all of them by default")
    add("--kills", type=_count, metavar="N", help=f"in all arms together; {KILLS} by default")
    add("--orders", type=_count, metavar="N", help=f"at least so many accepted, in all; {ORDERS} by default")
    add("--seed", type=int, metavar="N", help=f"decides orders and kills; {SEED} by default")
    add("--resume", type=Path, metavar="FOLDER", help="go on with a test that was stopped; its folder has its plan")
    add("--minutes", type=_minutes, metavar="M", help="stop after so long, in order")
    return parser


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1, not {text!r}")
    return int(text)


def _minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"minutes, more than 0, not {text!r}")
    return minutes


def _test(arguments: argparse.Namespace) -> tuple[Records, Plan]:
    """The folder and the plan: new, or those of the folder to go on with. Raises Usage, NoTest, Trouble."""
    if arguments.resume is not None:
        given = [name for name in ("arms", "kills", "orders", "seed") if getattr(arguments, name) is not None]
        if given:
            raise Usage(f"--resume goes on with the plan in its folder: leave out --{', --'.join(given)}.")
        return Records.resume(arguments.resume)
    arms = _arms(ALL if arguments.arms is None else arguments.arms)
    kills, orders = arguments.kills or KILLS, arguments.orders or ORDERS
    if min(kills, orders) < len(arms):
        raise Usage(f"{len(arms)} arms need a kill and an order each: --kills and --orders from {len(arms)}.")
    plan = Plan(arms, kills, orders, SEED if arguments.seed is None else arguments.seed)
    return Records.begin(plan, _settings(plan).model_dump(mode="json"), Path("runs")), plan


def _arms(text: str) -> tuple[str, ...]:
    try:
        return arms_named(text)
    except ValueError as wrong:
        raise Usage(str(wrong)) from wrong


def _settings(plan: Plan) -> Settings:
    return Settings(seed=plan.seed, appendfsync="always")  # why: see page.ALWAYS


def _carried_out(records: Records, plan: Plan, minutes: float | None) -> int:
    screen.say(
        f"{plan.kills} kills over {plan.orders:,} orders, {', '.join(plan.arms)}; everything in {records.folder.path}"
    )
    settings = _settings(plan)
    with start_lab([ARMS[arm] for arm in plan.arms], settings, logs=records.folder.file("logs")) as lab:
        interrupted = asyncio.run(_campaigns(lab, settings, plan, records, minutes))
    totals = {arm: records.totals(arm) for arm in plan.arms}
    screen.out().print(page.told(totals, machine(), now()), soft_wrap=True)
    left = {arm: totals[arm].left(share) for arm, share in plan.shares().items()}
    ok = all(each.ok for each in totals.values())
    timely = not any(each.overdue() for each in totals.values())
    for arm in (arm for arm, each in totals.items() if not each.ok):
        screen.say(f"What {arm} held when something was violated, and its kills: {records.evidence(arm)}")
    if ok and any(each.kills or each.orders for each in left.values()):
        screen.say(f"Not done yet: go on with `python -m benchmarks.kills --resume {records.folder.path}`")
    return FAILED if not (ok and timely) else INTERRUPTED if interrupted else FINE


async def _campaigns(lab: LabClient, settings: Settings, plan: Plan, records: Records, minutes: float | None) -> bool:
    """All arms beside each other, until done or told to stop; says whether it was Ctrl-C that told."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    interrupted = asyncio.Event()

    def leave() -> None:
        screen.say("Stopping: the arms come to rest and are audited. Once more leaves at once.")
        interrupted.set()
        stop.set()
        for number in SIGNALS:
            loop.remove_signal_handler(number)
        Ending().listen()

    for number in SIGNALS:
        loop.add_signal_handler(number, leave)
    if minutes is not None:
        loop.call_later(minutes * 60, stop.set)
    watcher = page.Watcher(screen.err())
    ground = Ground(lab, settings, plan, records, stop, watcher.hear)
    campaigns = [Campaign(ground, arm) for arm in plan.arms]
    watcher.begin(campaigns)
    try:
        async with asyncio.TaskGroup() as group:
            for campaign in campaigns:
                group.create_task(campaign.run())
    except* Trouble as troubles:
        raise troubles.exceptions[0] from troubles
    finally:
        watcher.end()
    return interrupted.is_set()


if __name__ == "__main__":
    sys.exit(main())
