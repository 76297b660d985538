"""Dead letters for a terminal: a row each, one whole, and how they fared."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from benchmarks.commands import screen
from benchmarks.commands.burial import Told, What
from benchmarks.commands.letters import Letter
from benchmarks.commands.programs import typable

ROWS_MAX = 100  # letters on a screen; with --json all
DONE: dict[What, str] = {"replay": "was done now and is no dead letter any more", "drop": "is dropped"}
OTHERWISE = {
    "gone": "is no dead letter any more: somebody else has dealt with it",
    "failed": "failed again and stays",
    "not asked": "could not be asked about and stays",
}
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def listed(letters: Sequence[Letter]) -> RenderableType:
    """The newest by arm, oldest first, each with its reason below it; and what can be done with them."""
    shown, lines = letters[-ROWS_MAX:], list[RenderableType]()
    for arm in dict.fromkeys(letter.arm for letter in shown):
        lines += [Text.from_markup(screen.heading(arm)), _rows([each for each in shown if each.arm == arm])]
    hint = typable("`harmony dlq show ID` prints one whole, `harmony dlq replay ID` has it done after all")
    return Group(*lines, *_left_out(letters), Text(f"\n{hint}"))


def _rows(letters: Sequence[Letter]) -> RenderableType:
    """Two lines each: an id and a reason are both too long to share one with everything else."""
    cells = [_cells(letter) for letter in letters]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = (
        "  ".join(("", *(text.ljust(width) for text, width in zip(row, widths, strict=True)))).rstrip()
        + f"\n      {letter.fields.get('reason') or 'no reason is given'}"
        for letter, row in zip(letters, cells, strict=True)
    )
    return Text("\n".join(lines))


def _cells(letter: Letter) -> tuple[str, ...]:
    row = letter.as_row()
    attempts = "" if row["attempts"] is None else f"attempts {row['attempts']}"
    return (letter.id, age(row["age_s"]), letter.service, letter.operation, letter.order or "no order", attempts)


def _left_out(letters: Sequence[Letter]) -> list[Text]:
    more = len(letters) - ROWS_MAX
    return [Text(f"and {more:,} older ones: --json has them all")] if more > 0 else []


def age(seconds: float) -> str:
    """In the largest unit that gives a whole number: `3 min`."""
    size, unit = next((each for each in UNITS if seconds >= each[0]), UNITS[-1])
    return f"{seconds // size:.0f} {unit}"


def whole(letter: Letter) -> dict[str, Any]:
    """Everything about a letter, its JSON decoded where it is JSON."""
    return letter.as_row() | {"fields": {name: _decoded(text) for name, text in letter.fields.items()}}


def shown(letter: Letter) -> RenderableType:
    """A letter whole, a line for each field."""
    rows = Table.grid(padding=(0, 2))
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(letter.at_ms / 1000))
    rows.add_row("letter", Text(letter.id))
    rows.add_row("lies with", Text(f"{letter.service} of {letter.arm}, since {when}"))
    for name, text in letter.fields.items():
        value = _decoded(text)
        rows.add_row(Text(name), Text(text if isinstance(value, str) else json.dumps(value, indent=1)))
    return rows


def _decoded(text: str) -> Any:
    """An object or a list that is written as JSON; everything else as it stands."""
    try:
        return json.loads(text) if text[:1] in ("{", "[") else text
    except ValueError:
        return text


def fared(what: What, told: Told) -> Text:
    """`1700000000000-0 of payment, choreography-streams, ...`: a line."""
    letter = told.letter
    how = DONE[what] if told.outcome == "done" else OTHERWISE[told.outcome]
    why = f": {told.detail}" if told.detail and told.outcome != "gone" else "."
    return Text(f"{letter.id} of {letter.service}, {letter.arm}, {how}{why}")
