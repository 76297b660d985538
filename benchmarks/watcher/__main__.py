"""`python -m benchmarks.watcher`: watches a lab, or the arms that a file names, and serves what it sees."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path

from benchmarks.watcher.looking import Watch
from benchmarks.watcher.page import serve
from benchmarks.watcher.source import OfFile, OfLab, Source

NICE = 5  # orders come first


def main() -> None:
    """Watch until SIGTERM."""
    asked = _arguments()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s watcher %(message)s")
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # it holds nothing that would have to be put in order
    os.nice(NICE)
    source: Source = OfFile(asked.config) if asked.config else OfLab(asked.home.absolute())
    watch = Watch(source)
    try:
        serve(watch, asked.host, asked.port)
    except OSError as error:
        sys.exit(f"cannot listen on {asked.host}:{asked.port}: {error.strerror}")
    try:
        watch.run()
    except KeyboardInterrupt:
        os._exit(130)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watcher", description=__doc__)
    watched = parser.add_mutually_exclusive_group(required=True)
    watched.add_argument("--home", type=Path, help="the folder of a running lab")
    watched.add_argument("--config", type=Path, help="a JSON file that names arms (see source.OfFile)")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
