"""Every query with what came back: which were answered, which were meant to be empty, and a value of each."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dashboards.asking import Series, expand
from dashboards.grafana.board import Board
from dashboards.grafana.boards import BOARDS
from tests.dashboards.reading import ROOT
from tests.dashboards.scene import HAD, HAPPENED, Scene

LOG = Path(os.environ.get("HARMONY_QUERY_LOG", ROOT / "runs" / "dashboards-queries.md"))


@dataclass(frozen=True)
class Answer:
    """What a query gave."""

    board: str
    panel: str
    needs: str
    query: str
    series: int
    """With at least one value that is a number."""
    sample: str
    moved: bool
    """Whether any value was another than 0."""

    @property
    def owed(self) -> bool:
        """Whether it should have been there, and was not: where something happened, a 0 has missed it."""
        return self.needs in HAD and (not self.series or (self.needs in HAPPENED and not self.moved))


def answers(scene: Scene) -> Iterator[Answer]:
    """Every query of every panel and of every mark. Raises Refused."""
    for board in BOARDS:
        for panel in board.panels():
            for target in panel.targets:
                yield _answer(scene, board, panel.title, target.needs, target.query, target.instant)
        for mark in board.marks:
            yield _answer(scene, board, f"mark: {mark.name}", mark.needs, mark.query, instant=False)


def _answer(scene: Scene, board: Board, panel: str, needs: str, query: str, instant: bool) -> Answer:
    sent = expand(query, scene.end_s - scene.start_s)
    if instant:
        found = scene.prometheus.at(sent, scene.end_s)
    else:
        found = scene.prometheus.over(sent, scene.start_s, scene.end_s, 1)
    told = [series for series in found if numbers(series)]
    moved = any(value for series in told for value in numbers(series))
    return Answer(board.uid, panel, needs, sent, len(told), _sample(told[0]) if told else "", moved)


def numbers(series: Series) -> list[float]:
    """Its values that are numbers."""
    return [value for _, value in series.points if math.isfinite(value)]


def _sample(series: Series) -> str:
    return f"{series.named('')}: {numbers(series)[-1]:.4g}"


def page(told: Iterable[Answer]) -> str:
    """The log, as Markdown."""
    rows = list(told)
    answered = sum(1 for row in rows if row.series)
    lines = [
        "# Every query of every board, asked of a real Prometheus that watched a real lab",
        "",
        f"{len(rows)} queries, {answered} with data, {sum(row.owed for row in rows)} without that should have some, "
        f"{sum(not row.series and not row.owed for row in rows)} meant to be empty here.",
        "",
        "| board | panel | needs | series | one of them, its last value | query |",
        "|---|---|---|---|---|---|",
        *(
            f"| {row.board} | {row.panel} | {row.needs} | {row.series} | {row.sample} | `{_cell(row.query)}` |"
            for row in rows
        ),
    ]
    return "\n".join(lines) + "\n"


def _cell(query: str) -> str:
    return query.replace("|", "\\|")
