"""`python -m dashboards.preview URL OUT.html`: every board, drawn from what this Prometheus answers."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime
from pathlib import Path

from dashboards.asking import Prometheus, Refused
from dashboards.grafana.__main__ import FOLDER
from dashboards.grafana.boards import BOARDS
from dashboards.preview.page import page
from dashboards.preview.window import Window, chosen

NOBODY = """\
There is no Prometheus at {url} ({error}).
Start a lab with one, `harmony up --observability`, or show a recorded run in one, `harmony replay runs/latest`:
both print its address. Then: make preview PROMETHEUS=http://127.0.0.1:PORT
"""
NOTHING = """\
The Prometheus at {url} has nothing of Harmony{when}: no page was written.
Is it the right one? `harmony status` and `harmony replay` print their addresses: make preview PROMETHEUS=http://127.0.0.1:PORT
Another time is named in epoch seconds: make preview FROM=... TO=...
"""


def main() -> None:
    """Write the page; 1 when there is nothing to draw, 3 when there is no Prometheus at the address."""
    asked = _arguments()
    prometheus = Prometheus(asked.prometheus)
    boards = [json.loads((FOLDER / f"{board.uid}.json").read_text(encoding="utf-8")) for board in BOARDS]
    try:
        window = chosen(prometheus, time.time(), asked.since, asked.to)
        if window is None or not _is_told(prometheus, window):
            sys.exit(NOTHING.format(url=asked.prometheus, when=f" {_span(window)}" if window else "").rstrip())
        drawn = page(prometheus, boards, window)
    except Refused as refused:
        sys.exit(f"Prometheus refused a query: {refused}")
    except (OSError, ValueError) as error:
        sys.stderr.write(NOBODY.format(url=asked.prometheus, error=error))
        sys.exit(3)
    asked.out.write_text(drawn, encoding="utf-8")
    print(f"{asked.out}  all dashboards, {_span(window)}, from {asked.prometheus}")


def _is_told(prometheus: Prometheus, window: Window) -> bool:
    return bool(prometheus.over('{__name__=~"harmony_order.+"}', window.start_s, window.end_s, window.length_s / 50))


def _span(window: Window) -> str:
    begin, end = (datetime.fromtimestamp(each).astimezone() for each in (window.start_s, window.end_s))
    return f"{begin:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S} {end:%Z}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dashboards.preview", description=__doc__)
    parser.add_argument("prometheus", help="its address, as in http://127.0.0.1:9090")
    parser.add_argument("out", type=Path, help="the page to write")
    parser.add_argument("--from", dest="since", type=float, help="epoch seconds; if not given, where the data begin")
    parser.add_argument("--to", type=float, help="epoch seconds; if not given, where the data end")
    return parser.parse_args()


if __name__ == "__main__":
    main()
