"""`harmony fault points` and `harmony fault crash`: the crash points of the arms, and a process told to die at one."""

from __future__ import annotations

from benchmarks.commands import options, screen


def points(arm: str | None, json: bool) -> None:
    """List every crash point, and every single crash of each arm, or of one."""
    from benchmarks.commands import crashes
    from common.crash import POINTS
    from compose.arms import ARMS
    from compose.crashes import crash_points

    chosen = tuple(ARMS) if arm is None else options.arms(arm)
    found = {name: crash_points(ARMS[name]) for name in chosen}
    if json:
        arms = {name: [each.name for each in single] for name, single in found.items()}
        screen.data({"points": POINTS, "arms": arms})
        return
    screen.out().print(crashes.table(POINTS, found))
    for name, single in found.items() if arm else ():
        screen.out().print(f"\n{screen.heading(name)}", crashes.singles(single), sep="\n")


def crash(arm: str | None, point: str | None, operation: str | None, nth: int, json: bool) -> None:
    """Have a process of the running lab die at a point."""
    from benchmarks.commands import crashes, labs
    from compose.crashes import crash_points

    if arm is None or point is None:
        raise options.wrong("fault crash takes ARM and POINT: `harmony fault points ARM` shows every point of an arm.")
    client = labs.running()
    (chosen,) = labs.running_arms(client, arm)
    meant = crashes.meant(crash_points(labs.as_running(client, chosen)), point, operation)
    crashes.arm(labs.url_of(client, chosen, meant.process), client.token(), meant, nth)
    if json:
        screen.data({"arm": chosen, "process": meant.process, "fault": "crash", "point": meant.name, "nth": nth})
        return
    when = "the next order that comes by" if nth == 1 else f"order number {nth} that comes by"
    told = f"will crash at {meant.point}, at {meant.operation} of {when}, if one does within a minute"
    told += "; a second replica may get it instead" if labs.replicas_of(client, chosen, meant.process) > 1 else ""
    screen.out().print(f"{meant.process} of {screen.heading(chosen)} {told}", soft_wrap=True)
