"""`harmony audit`: do the invariants hold in the running lab?"""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from benchmarks.commands import screen
from benchmarks.commands.options import FLAG, Json

HELP = """Check the invariants of the running lab: stock, money, parcels, messages, events, order by order.

Waits until no order is open, their deadline and 5 s at most.
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
    if not now:
        _wait_for_rest(client, chosen)
    told = {arm: _checked(client, arm, at_rest=not now) for arm in chosen}
    ok = all(check["ok"] for arm in told.values() for check in arm["invariants"])
    if json:
        screen.data({"ok": ok, "arms": told})
    else:
        screen.out().print(audit_text.table(told))
        if ok and now:
            screen.out().print(
                "\nLooked at once: orders may be under way, so only what must hold at any time was checked."
            )
    if not ok:
        raise typer.Exit(1)


def _wait_for_rest(client: Any, arms: tuple[str, ...]) -> None:
    """Return when no order is open, or when they all should have been closed."""
    from benchmarks import history
    from benchmarks.commands.labs import GRACE_S
    from common.settings import Settings

    auditors = [client.credentials(arm, "auditor") for arm in arms]
    give_up = time.monotonic() + Settings().deadline_s + GRACE_S
    said = False
    while (still := sum(history.open_orders(auditor) for auditor in auditors)) and time.monotonic() < give_up:
        if not said:
            screen.say(f"{still} orders are open; waiting for rest, {give_up - time.monotonic():.0f} s at most")
            said = True
        time.sleep(LOOK_EVERY_S)


def _checked(client: Any, arm: str, at_rest: bool) -> dict[str, Any]:
    from benchmarks import checkers, history

    auditor = client.credentials(arm, "auditor")
    snapshot = history.collect(auditor, arm)
    checks = checkers.check(snapshot.events, snapshot.state, at_rest=at_rest)
    orders = {row["order_id"] for row in snapshot.state if row["kind"] == "order"}
    return {
        "orders": len(orders),
        "open": history.open_orders(auditor),
        "invariants": [check.as_row() for check in checks],
    }
