"""`python -m benchmarks.composetest`: the lab in containers, tried. 0 fine, 1 something is wrong, 3 no engine."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.commands import screen
from benchmarks.commands.ending import ENVIRONMENT, FAILED, FINE, Ending
from benchmarks.composetest import confined, image, page
from benchmarks.composetest.engine import Engine, Failed, Missing, find
from benchmarks.composetest.project import Project
from benchmarks.composetest.swarm import Swarmed, swarmed
from benchmarks.composetest.trial import Tried, tried
from common.domain.catalogue import catalogue
from common.settings import Settings
from compose.arms import OWN
from compose.docker.container import CORE_ARMS, PROFILES
from compose.docker.file import FILE

SEED, SECONDS = 7, 16.0


def main() -> int:
    """Everything in a folder and a project of its own, which are gone afterwards, however it ends."""
    ending = Ending()
    ending.listen()
    asked = _arguments()
    try:
        with tempfile.TemporaryDirectory(prefix="harmony-composetest-") as folder:
            return _tried(asked, Path(folder))
    except Missing as missing:
        screen.say(str(missing))
        return ENVIRONMENT
    except Failed as failed:
        screen.say(str(failed))
        return FAILED
    except KeyboardInterrupt:
        return ending.interrupted()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.composetest", description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help=f"decides the orders; {SEED} by default")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"of orders; {SECONDS:g} by default")
    parser.add_argument("--all-arms", action="store_true", help="try every arm, and not only the core ones")
    parser.add_argument("--base", help="the base image; by default the official one, or one made here")
    return parser.parse_args()


def _tried(asked: argparse.Namespace, folder: Path) -> int:
    engine = find(folder)
    engine.compose("-f", str(FILE), *(word for each in PROFILES for word in ("--profile", each)), "config")
    screen.say("the committed file is sound, with all profiles")
    base = asked.base or image.base(engine, folder)
    began = time.monotonic()
    image.build(engine, base, folder)
    screen.say(f"built from {base} in {time.monotonic() - began:.0f} s, {image.size_mb(engine):.0f} MB")
    with ExitStack() as stack:
        lab = folder / "lab"
        lab.mkdir()
        project = Project.prepare(engine, lab, tuple(OWN) if asked.all_arms else CORE_ARMS)
        stack.callback(_taken_down, project)
        _up(project)
        open_doors = confined.complaints(project)
        arms = asyncio.run(_arms(project, asked))
        swarm = swarmed(project, asked.seconds)
    left = project.containers()
    return _told(engine, base, arms, swarm, [*open_doors, *(f"still there: {each}" for each in left)])


def _up(project: Project) -> None:
    began = time.monotonic()
    project.up()
    project.until_healthy(project.containers(), screen.say)
    screen.say(f"up and healthy in {time.monotonic() - began:.0f} s")


async def _arms(project: Project, asked: argparse.Namespace) -> list[Tried]:
    """All at once: they share nothing."""
    stock = catalogue(Settings.model_fields["seed"].default)
    return list(await asyncio.gather(*(tried(project, arm, stock, asked.seed, asked.seconds) for arm in project.arms)))


def _taken_down(project: Project) -> None:
    left = project.down()
    screen.say(f"still there: {', '.join(left)}" if left else "everything is taken down")


def _told(engine: Engine, base: str, arms: list[Tried], swarm: Swarmed, wrong: list[str]) -> int:
    complaints = [*wrong, *(f"{each.arm}: {told}" for each in arms for told in each.complaints), *swarm.complaints]
    screen.out().print(page.told(engine.program, base, arms, swarm, complaints), soft_wrap=True)
    return FAILED if complaints else FINE


if __name__ == "__main__":
    sys.exit(main())
