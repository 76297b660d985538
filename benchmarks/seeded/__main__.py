"""`python -m benchmarks.seeded`: seeded bugs, and what catches them. `--only no-dedupe` tries one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.commands import screen
from benchmarks.commands.ending import ENVIRONMENT, INTERRUPTED, USAGE, Ending
from benchmarks.history import Unreadable
from benchmarks.seeded.running import run_seeded
from compose.local.errors import Trouble


def main() -> int:
    """0 when all were caught and all controls clean, 1 when not, 2 usage, 3 without a lab, 130 after Ctrl-C."""
    Ending().listen()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seeded", description=__doc__)
    parser.add_argument("--seed", type=int, default=7, metavar="N", help="decides orders; 7 by default")
    parser.add_argument("--only", default="", metavar="A,B", help="the switches to try; all of them by default")
    parser.add_argument("--json", action="store_true", help="data on stdout, progress on stderr")
    parser.add_argument("--out", type=Path, default=Path("runs"), metavar="DIR", help="where runs are kept")
    given = parser.parse_args()
    only = tuple(name.strip() for name in given.only.split(",") if name.strip())
    try:
        return run_seeded(given.seed, given.out, given.json, screen.say, only)
    except ValueError as wrong:
        screen.say(str(wrong))
        return USAGE
    except (Trouble, Unreadable) as trouble:
        screen.say(str(trouble))
        return ENVIRONMENT
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
