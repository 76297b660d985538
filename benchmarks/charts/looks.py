"""How arms look: a pattern has one colour and one shape, further arms of the same pattern a dashed line and a hole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from benchmarks.charts.svg import tag, text

SHAPES = {"orchestration": "circle", "choreography": "diamond"}
SIGNS = {"circle": "\N{BLACK CIRCLE}", "diamond": "\N{BLACK DIAMOND}", "square": "\N{BLACK SQUARE}"}


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
        """The shape as a character, for tables and text."""
        return SIGNS[self.shape]

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


def legend(arms: Iterable[Look], x: float, y: float) -> str:
    """The arms with their shapes, side by side."""
    parts, at = [], x
    for look in arms:
        parts += [look.mark(at + 5, y - 4), text(at + 14, y, look.arm, "label strong")]
        at += 24 + 7.3 * len(look.arm)
    return "".join(parts)
