"""`python -m dashboards.grafana` writes the dashboards anew; a test compares what is committed."""

from __future__ import annotations

import json
from pathlib import Path

from dashboards.grafana.board import Board
from dashboards.grafana.boards import BOARDS

FOLDER = Path(__file__).with_name("dashboards")


def text(board: Board) -> str:
    """The file's whole content."""
    return json.dumps(board.json(), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write every board; remove what is none."""
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.json"):
        file.unlink()
    for board in BOARDS:
        (FOLDER / f"{board.uid}.json").write_text(text(board), encoding="utf-8")


if __name__ == "__main__":
    main()
