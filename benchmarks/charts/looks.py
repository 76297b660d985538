"""How arms look: a pattern has one colour and one shape, further arms of the same pattern a dashed line and a hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.charts.svg import line, tag

SHAPES = {"orchestration": "circle", "choreography": "diamond"}


@dataclass(frozen=True, slots=True)
class Look:
    """An arm's class on the page (colour), its shape, and how many arms of its pattern came before it."""

    arm: str
    pattern: str
    nth: int

    @property
    def shape(self) -> str:
        """circle, diamond or square."""
        return SHAPES.get(self.pattern, "square")

    @property
    def sign(self) -> str:
        """The mark of the charts, as large as a letter, for tables and text."""
        return tag("svg", self.mark(7, 7, 4.5), viewBox="0 0 14 14", class_="sign", aria_hidden="true")

    @property
    def sample(self) -> str:
        """A piece of the arm's line with its mark on it, for a legend."""
        parts = line(2, 8, 42, 8, f"curve {self.classes}") + self.mark(22, 8, 4.5)
        return tag("svg", parts, viewBox="0 0 44 16", class_="sample", aria_hidden="true")

    @property
    def classes(self) -> str:
        """For colour and dash."""
        return f"arm {self.pattern} nth{self.nth}"

    def mark(self, x: float, y: float, size: float = 4.0, more: str = "") -> str:
        """The arm's shape at a place."""
        classes = f"mark {self.classes} {more}".strip()
        if self.shape == "circle":
            return tag("circle", cx=x, cy=y, r=size, class_=classes)
        reach = size * 1.3 if self.shape == "diamond" else size
        corners = [(x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)]
        if self.shape == "square":
            corners = [(x - reach, y - reach), (x + reach, y - reach), (x + reach, y + reach), (x - reach, y + reach)]
        return tag("polygon", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in corners), class_=classes)


def looks(patterns: Mapping[str, str]) -> dict[str, Look]:
    """Arm -> its look, from arm -> pattern."""
    before: dict[str, int] = {}
    made = {}
    for arm, pattern in patterns.items():
        made[arm] = Look(arm, pattern, before.get(pattern, 0))
        before[pattern] = before.get(pattern, 0) + 1
    return made
