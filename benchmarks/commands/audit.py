"""`harmony audit`: do the invariants hold in the running lab?"""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from benchmarks.commands import screen
from benchmarks.commands.options import FLAG, Json

HELP = """Check the invariants of the running lab: stock, money, parcels, messages, events, order by order.

Waits until no order is open, their deadline and 5 s at most. Where orders keep coming, it checks what must hold at any
time, and says so; an order that was open all the while is a violation.
With --now it checks at once what must hold at any time, and says so.
A lab without orders does not pass: there was nothing to look at.

\b
Examples:
  harmony audit
  harmony audit --now --json
"""
LOOK_EVERY_S = 0.2
Arms = Annotated[str | None, typer.Option("--arms", metavar="A,B", help="Only these of the running arms.")]
Now = Annotated[bool, typer.Option("--now", metavar=FLAG, help="Do not wait for rest.")]


def enroll(app: typer.Typer) -> None:
    """Add the command."""
    app.command("audit", help=HELP)(audit)


def audit(arms: Arms = None, now: Now = False, json: Json = False) -> None:
    """See HELP. Exit 1 when an invariant does not hold, or when there was nothing to look at."""
    from benchmarks.commands import audit_text, labs

    client = labs.running()
    chosen = labs.running_arms(client, arms)
    moving = chosen if now else _after_waiting(client, chosen)
    told = {arm: _checked(client, arm, at_rest=arm not in moving) for arm in chosen}
    moving = tuple(arm for arm in chosen if not told[arm]["at_rest"])
    ok = all(check["ok"] for arm in told.values() for check in arm["invariants"])
    if json:
        screen.data({"ok": ok, "arms": told})
    else:
        screen.out().print(audit_text.table(told))
        if ok and moving:
            why = "Looked at once" if now else f"Orders keep coming in {' and '.join(moving)}"
            only = "orders may be under way, so only what must hold at any time was checked"
            screen.out().print(f"\n{why}: {only}.", soft_wrap=True)
    if not ok:
        raise typer.Exit(1)


def _after_waiting(client: Any, arms: tuple[str, ...]) -> tuple[str, ...]:
    """Wait until no order is open, or those that are should have been closed. Returns the arms that do not come to rest
    because there are always others."""
    from benchmarks import history
    from benchmarks.commands.labs import GRACE_S
    from common.settings import Settings

    auditors = {arm: client.credentials(arm, "auditor") for arm in arms}
    first = still = {arm: history.open_ids(auditor) for arm, auditor in auditors.items()}
    give_up = time.monotonic() + Settings().deadline_s + GRACE_S
    if any(first.values()):
        count, wait_s = sum(map(len, first.values())), give_up - time.monotonic()
        screen.say(f"{count} orders are open; waiting for rest, {wait_s:.0f} s at most")
    while any(still.values()) and time.monotonic() < give_up:
        time.sleep(LOOK_EVERY_S)
        still = {arm: history.open_ids(auditor) for arm, auditor in auditors.items()}
    return tuple(arm for arm in arms if still[arm] and not still[arm] & first[arm])


def _checked(client: Any, arm: str, at_rest: bool) -> dict[str, Any]:
    from benchmarks import checkers, history

    auditor = client.credentials(arm, "auditor")
    before = history.mark(auditor)
    snapshot = history.collect(auditor, arm)
    at_rest = at_rest and history.mark(auditor) == before  # else orders came while it was read
    checks = checkers.check(snapshot.events, snapshot.state, at_rest=at_rest)
    orders = {row["order_id"] for row in snapshot.state if row["kind"] == "order"}
    return {
        "orders": len(orders),
        "open": history.open_orders(auditor),
        "at_rest": at_rest,
        "invariants": [check.as_row() for check in checks],
    }
