"""The row about the two patterns on one wire (G9): reported and accounted for; it has no goal."""

from __future__ import annotations

from benchmarks.bench.account import Account, account, counted, difference
from benchmarks.bench.batch import Batch
from benchmarks.bench.figure import Figure
from benchmarks.bench.orders import Orders
from benchmarks.bench.ratio import Estimate, ratio
from benchmarks.bench.row import Row, Say, cost, equal
from benchmarks.bench.started import COMMANDS, EVENTS, Started, lab
from benchmarks.bench.systems import System
from benchmarks.bench.turns import in_blocks, per_order

COUNT = 1_000
PAIRS, PAIRS_INNER = 10, 6
WITHOUT = (
    "without the doors: the bench makes each arm's first durable write, so that the commit of place is the bench's with"
    " events, and the arm's own, commanded and answered, with commands"
)
BEHIND = {EVENTS: f"{EVENTS}, no door", COMMANDS: f"{COMMANDS}, no door"}


async def g9(orders: Orders, seed: int, say: Say) -> Row:
    """CPU per order of commands and replies over that of events, with their doors and without."""
    with lab(orders, seed, EVENTS, COMMANDS) as started:
        doored: dict[str, System] = {arm: started.doored(COUNT, arm) for arm in BEHIND}
        whole = await in_blocks(doored, dict.fromkeys(doored, COUNT), PAIRS, seed, say)
        accounts = {arm: await _account(started, arm, doored[arm], whole[arm], say) for arm in BEHIND}
        fed: dict[str, System] = {name: started.fed(arm) for arm, name in BEHIND.items()}
        inner = await in_blocks(fed, dict.fromkeys(fed, COUNT), PAIRS_INNER, seed, say)
    found, within = _dearer(whole, EVENTS, COMMANDS), _dearer(inner, BEHIND[EVENTS], BEHIND[COMMANDS])
    return Row(
        "G9",
        "commands and replies (orchestration-streams) over events (choreography-streams): CPU per order",
        "",
        f"{found.told()}x; {within.told()}x without the doors",
        None,
        "each other",
        (Figure("CPU per order", found), Figure("CPU per order without the doors", within)),
        whole | inner,
        (
            *(cost(name, each) for name, each in (whole | inner).items()),
            *_told(accounts),
            f"without the doors, {difference(*(account(inner[BEHIND[arm]], None) for arm in (COMMANDS, EVENTS)))}",
            *_conditions(found),
        ),
        reported=True,
    )


async def _account(started: Started, arm: str, system: System, batches: list[Batch], say: Say) -> Account:
    say(f"counting messages: {arm}")
    return account(batches, await counted(started, arm, system, COUNT))


def _dearer(batches: dict[str, list[Batch]], cheap: str, dear: str) -> Estimate:
    return ratio(*per_order(batches, dear, cheap))


def _told(accounts: dict[str, Account]) -> tuple[str, ...]:
    """The account: owed beyond a factor of 2, and given below it as well."""
    return (
        *(each.told(arm) for arm, each in accounts.items()),
        difference(accounts[COMMANDS], accounts[EVENTS]),
    )


def _conditions(found: Estimate) -> tuple[str, ...]:
    return (f"{equal(COUNT, found.pairs)} ({PAIRS_INNER} without the doors), all of a batch in flight", WITHOUT)
