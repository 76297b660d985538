"""Whether an arm is what its name says: judged on the orders that it was tried on, start by start.

orchestration: one node sends commands to the others and learns their outcomes; no service talks to another.
choreography: no commands, no replies; nobody addresses another. Either way every declared edge is seen, and none that
is not declared; the server's own word on who reads whose stream agrees; every order is closed and every outcome seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Any

from benchmarks.checkers import Check
from benchmarks.judge.run import Run
from benchmarks.rows import Row

ID = "conforms"
OUTCOMES = ("completed", "payment_declined", "out_of_stock", "undeliverable", "deadline")
ADDRESSED = ("command", "reply", "job")
TOLD_MAX = 6  # of one kind of objection: enough to see what it is
SERVICES = frozenset(("order", "inventory", "payment", "shipping", "notification"))
COMMANDS = ":commands"


def conforms(run: Run, arm: str) -> Check | None:
    """The check of one arm over all starts; None for a run that did not try its arms, or was cut short before."""
    rows = [row for row in run.conformance if row["arm"] == arm]
    starts = run.manifest.get("conformance_starts")
    if not rows and (starts is None or run.partial):
        return None
    wrong = [f"start {row['start']}: {each}" for row in rows for each in objections(row, run.claims(arm))]
    if len(rows) < int(starts or 0) and not run.partial:
        wrong.append(f"tried in {len(rows)} of {starts} starts of the lab")
    if not rows:
        wrong = ["nobody looked: not one order was tried"]
    looked_at = sum(int(row["orders"]) for row in rows)
    return Check(ID, not wrong and looked_at > 0, looked_at, "; ".join(wrong) or _fine(rows))


def objections(row: Row, pattern: str) -> Iterator[str]:
    """A sentence for everything in which an arm was not what it claims to be."""
    yield from _of_orders(row)
    yield from _of_edges(row, pattern)
    yield from _of_readers(row)


def _of_orders(row: Row) -> Iterator[str]:
    if not row["orders"]:
        yield "no order was tried"
    elif row["closed"] < row["orders"]:
        yield f"{row['orders'] - row['closed']} of {row['orders']} orders were not closed"
    missing = [outcome for outcome in OUTCOMES if not row["outcomes"].get(outcome)]
    if missing:
        yield f"no order ended as {_list(missing)}"


def _of_edges(row: Row, pattern: str) -> Iterator[str]:
    if row["edges"] is None:
        yield "a process would not say what it sent or heard"
        return
    seen = {(kind, source, target) for kind, source, target, count in row["edges"] if count > 0}
    declared = {(kind, source, target) for kind, source, target in row["declared"]}
    if not declared:
        yield "nothing was declared, so nothing can conform"
    yield from (_choreographed if pattern == "choreography" else _orchestrated)(seen)
    if missing := sorted(declared - seen):
        yield f"declared and never seen: {_list([_told(*edge) for edge in missing])}"
    if beside := sorted(seen - declared):
        yield f"seen and not declared: {_list([_told(*edge) for edge in beside])}"


def _choreographed(seen: set[tuple[str, str, str]]) -> Iterator[str]:
    if addressed := sorted({kind for kind, _, _ in seen if kind in ADDRESSED}):
        yield f"not choreography: there is {_list(addressed)}, so somebody addresses another"
    if nodes := sorted({node for _, *ends in seen for node in ends} - SERVICES):
        yield f"not choreography: {_list(nodes)} takes part, which is none of the five services"


def _orchestrated(seen: set[tuple[str, str, str]]) -> Iterator[str]:
    commanders = {source for kind, source, _ in seen if kind == "command"}
    learners = {target for kind, _, target in seen if kind == "reply"}
    if len(commanders) != 1:
        yield f"not orchestration: commands are sent by {_list(sorted(commanders)) or 'nobody'}, and not by one node"
    if learners != commanders:
        yield f"not orchestration: the outcomes are learned by {_list(sorted(learners)) or 'nobody'}"
    among = sorted(edge for edge in seen if edge[1] in SERVICES and edge[2] in SERVICES)
    if among:
        yield f"not orchestration: services talk to each other: {_list([_told(*edge) for edge in among])}"


def _of_readers(row: Row) -> Iterator[str]:
    """What the server says, who has no part in it."""
    if row["readers"] is None:
        yield "the server would not say who reads whose stream"
        return
    declared = [(stream, group) for stream, group in row["declared_readers"]]
    seen = [(each["stream"], each["group"]) for each in row["readers"] if each["group"]]
    moved = [(each["stream"], each["group"]) for each in row["readers"] if each["group"] and each["moved"]]
    unread = [wanted for wanted in declared if not any(_fits(each, wanted) for each in moved)]
    if unread:
        yield f"declared, and by the server's word never read: {_list([_read(*each) for each in sorted(unread)])}"
    beside = sorted({each for each in seen if not any(_fits(each, wanted) for wanted in declared)})
    if beside:
        yield f"by the server's word, and not declared: {_list([_read(*each) for each in beside])}"
    streams = {stream for stream, _ in declared}
    commands = sorted({row["stream"] for row in row["readers"] if row["stream"].endswith(COMMANDS)} - streams)
    if commands:
        yield f"there are streams for commands that are not declared: {_list(commands)}"


def _fits(each: tuple[str, str], wanted: tuple[str, str]) -> bool:
    return each[1] == wanted[1] and fnmatchcase(each[0], wanted[0])


def _fine(rows: Sequence[Row]) -> str:
    edges = len(rows[0]["declared"])
    often = "once" if len(rows) == 1 else f"in each of {len(rows)} starts"
    readers = len(rows[0]["declared_readers"])
    word = (
        f"{readers} readers of streams by the server's word"
        if readers
        else "by the server's word nobody reads a stream"
    )
    orders = sum(int(row["orders"]) for row in rows)
    return f"{orders} orders of every outcome, all closed; all {edges} declared edges seen {often} and no other; {word}"


def _told(kind: str, source: str, target: str) -> str:
    return f"{source} -{kind}-> {target}"


def _read(stream: str, group: str) -> str:
    return f"{group} reads {stream}"


def _list(each: Sequence[Any]) -> str:
    more = f" and {len(each) - TOLD_MAX} more" if len(each) > TOLD_MAX else ""
    return ", ".join(str(one) for one in each[:TOLD_MAX]) + more
