"""Whether an arm is what its name says: judged on the orders that it was tried on, start by start.

orchestration: one node sends commands to the others and learns their outcomes; no service talks to another.
choreography: no commands, no replies; nobody addresses another. Either way every declared edge is seen, and none that
is not declared, also under load; the server's own word on who reads whose stream, and through whom, agrees; every order
is closed and ends as it must. Edges are always-on counts of the processes, and must be those of the orders' traces,
each of which hangs together. Over HTTP the asker counts a message; another witness of orchestration is what its
services performed, which commands must account for.
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
    loads = int(run.manifest.get("conformance_loads") or 0)
    if loads > sum("under_load" in row for row in rows) and not run.partial:
        wrong.append(f"looked at after the load of fewer than {loads} starts")
    looked_at = sum(int(row["orders"]) for row in rows)
    return Check(ID, not wrong and looked_at > 0, looked_at, "; ".join(wrong) or _fine(rows))


def objections(row: Row, pattern: str) -> Iterator[str]:
    """A sentence for everything in which an arm was not what it claims to be."""
    yield from _of_orders(row)
    yield from _of_words(row)
    yield from _of_edges(row, pattern)
    yield from _of_load(row)
    yield from _of_deeds(row, pattern)
    yield from _of_readers(row)
    yield from _of_carriers(row)
    yield from _of_traces(row)


def _of_orders(row: Row) -> Iterator[str]:
    if not row["orders"]:
        yield "no order was tried"
    elif row["closed"] < row["orders"]:
        yield f"{row['orders'] - row['closed']} of {row['orders']} orders were not closed"
    missing = [outcome for outcome in OUTCOMES if not row["outcomes"].get(outcome)]
    if missing:
        yield f"no order ended as {_list(missing)}"
    wanted: Row = row["wanted"] if "wanted" in row else row["outcomes"]
    other = sorted(each for each in {*wanted, *row["outcomes"]} if wanted.get(each, 0) != row["outcomes"].get(each, 0))
    if other:
        told = (f"{row['outcomes'].get(each, 0)} {each} and not {wanted.get(each, 0)}" for each in other)
        yield f"orders ended otherwise than they must: {_list(list(told))}"
    if not row.get("recalled", 1):
        yield "no order that was shipped when its deadline came was undone from the shipment back"


def _of_words(row: Row) -> Iterator[str]:
    """What the processes say that they are: no proof, but they must not contradict the arm's name."""
    for name, said in sorted((row.get("said") or {}).items()):
        if said is None:
            yield f"{name} would not say what it is part of"
        elif "-".join(said) != row["arm"]:
            yield f"{name} says that it is part of {'-'.join(said)}"


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


def _of_load(row: Row) -> Iterator[str]:
    """From the start of the processes to the end of their load; there, an edge may be missing."""
    if "under_load" not in row:
        return
    if row["under_load"] is None:
        yield "after the load a process would not say what it sent or heard"
        return
    declared = {(kind, source, target) for kind, source, target in row["declared"]}
    if beside := sorted({(kind, source, target) for kind, source, target, _ in row["under_load"]} - declared):
        yield f"seen under load and not declared: {_list([_told(*edge) for edge in beside])}"


def _of_deeds(row: Row, pattern: str) -> Iterator[str]:
    """A service that is commanded does nothing of its own: whatever it performed, somebody counted a command for."""
    if pattern != "orchestration" or "performed" not in row or row["edges"] is None:
        return
    if row["performed"] is None:
        yield "a process would not say what it performed"
        return
    for service, count in row["performed"].items():
        commands = sum(each for kind, _, target, each in row["edges"] if kind == "command" and target == service)
        if service in SERVICES and count > commands:
            yield f"{service} performed {count} operations on {commands} commands: somebody else asked it, too"


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
    fitting = [*declared, *((stream, group) for stream, group in row.get("quiet_readers", ()))]
    beside = sorted({each for each in seen if not any(_fits(each, wanted) for wanted in fitting)})
    if beside:
        yield f"by the server's word, and not declared: {_list([_read(*each) for each in beside])}"
    streams = {stream for stream, _ in declared}
    commands = sorted({row["stream"] for row in row["readers"] if row["stream"].endswith(COMMANDS)} - streams)
    if commands:
        yield f"there are streams for commands that are not declared: {_list(commands)}"


def _of_carriers(row: Row) -> Iterator[str]:
    """Which wire it is: whose processes read for a group. The server knows their names, whatever their label says."""
    if "carriers" not in row:
        return
    if row["carriers"] is None:
        yield "the server would not say who reads for whom"
        return
    declared = [(stream, group, service) for stream, group, service in row["declared_carriers"]]
    seen = {(stream, group, name.rpartition("-")[0]) for stream, group, name in row["carriers"]}
    if absent := [each for each in declared if not any(_carries(one, each) for one in seen)]:
        yield f"another wire: declared, and by the server's word not so: {_list([_for(*each) for each in absent])}"
    fitting = [*declared, *((stream, group, group) for stream, group in row["quiet_readers"])]
    if beside := sorted(one for one in seen if not any(_carries(one, each) for each in fitting)):
        yield f"another wire: by the server's word, and not declared: {_list([_for(*each) for each in beside])}"


def _of_traces(row: Row) -> Iterator[str]:
    """What the orders' own traces tell, which is not what the processes counted."""
    if "traced" not in row:
        return
    if row["traced"] is None:
        yield "no order was traced"
        return
    traced: Row = row["traced"]
    if (whole := traced["connected"]) < row["orders"]:
        yield f"{row['orders'] - whole} of {row['orders']} orders have no trace that hangs together"
    declared = {(kind, source, target) for kind, source, target in row["declared"]}
    seen = {(kind, source, target) for kind, source, target in traced["edges"]}
    if missing := sorted(declared - seen):
        yield f"declared and in no trace: {_list([_told(*edge) for edge in missing])}"
    if beside := sorted(seen - declared):
        yield f"traced and not declared: {_list([_told(*edge) for edge in beside])}"


def _carries(each: tuple[str, str, str], wanted: tuple[str, str, str]) -> bool:
    return each[1:] == wanted[1:] and fnmatchcase(each[0], wanted[0])


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
    loads = sum("under_load" in row for row in rows)
    loaded = f", and no other under load ({loads} times)" if loads else ""
    return (
        f"{orders} orders of every outcome, all closed; all {edges} declared edges seen {often} and no other{loaded};"
        f" {word}; {_by_what(rows)}"
    )


def _by_what(rows: Sequence[Row]) -> str:
    if all(row.get("traced") for row in rows):
        return "by counts, and by the traces of all these orders, each of which hangs together"
    return "by counts alone: nothing was traced"


def _told(kind: str, source: str, target: str) -> str:
    return f"{source} -{kind}-> {target}"


def _read(stream: str, group: str) -> str:
    return f"{group} reads {stream}"


def _for(stream: str, group: str, service: str) -> str:
    return f"{service} reads {stream} for {group}"


def _list(each: Sequence[Any]) -> str:
    more = f" and {len(each) - TOLD_MAX} more" if len(each) > TOLD_MAX else ""
    return ", ".join(str(one) for one in each[:TOLD_MAX]) + more
