"""`python -m dashboards.preview URL OUT.html`: every board, drawn from what this Prometheus answers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from dashboards.asking import Prometheus, Refused
from dashboards.grafana.__main__ import FOLDER
from dashboards.grafana.boards import BOARDS
from dashboards.preview.asked import Window
from dashboards.preview.page import page

LOOK_BACK_S = 300.0


def main() -> None:
    """Write the page; 3 when there is no Prometheus at the address."""
    asked = _arguments()
    end_s = asked.to or time.time()
    window = Window(asked.since or end_s - LOOK_BACK_S, end_s)
    boards = [json.loads((FOLDER / f"{board.uid}.json").read_text(encoding="utf-8")) for board in BOARDS]
    try:
        drawn = page(Prometheus(asked.prometheus), boards, window)
    except Refused as refused:
        sys.exit(f"Prometheus refused a query: {refused}")
    except OSError as error:
        sys.stderr.write(f"There is no Prometheus at {asked.prometheus}: {error}\n")
        sys.exit(3)
    asked.out.write_text(drawn, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dashboards.preview", description=__doc__)
    parser.add_argument("prometheus", help="its address, as in http://127.0.0.1:9090")
    parser.add_argument("out", type=Path, help="the page to write")
    parser.add_argument("--from", dest="since", type=float, help="epoch seconds; five minutes before --to if not given")
    parser.add_argument("--to", type=float, help="epoch seconds; now if not given")
    return parser.parse_args()


if __name__ == "__main__":
    main()
