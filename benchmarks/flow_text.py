"""The flows for a terminal of 80 columns, with Rich. What is drawn is made in `flow`; nothing is decided here."""

from __future__ import annotations

from rich.text import Text

from benchmarks.flow import COLOURS, Flow, Line

NO = "red"
SENTENCES = {
    "orchestration": "one page knows the way, asks each service, hears every answer",
    "choreography": "nobody knows the way: each hears what happened, does its part",
}


def drawn(flow: Flow) -> Text:
    """One flow: its name, its sentence, the way forward, and in red the way back."""
    colour = COLOURS[flow.pattern]
    title = Text.assemble((flow.pattern.upper(), f"bold {colour}"), f"  {SENTENCES[flow.pattern]}", "\n")
    row = _asked if flow.pattern == "orchestration" else _heard
    return Text("\n").join([title, *row(flow.forward, colour), *row(flow.back, NO)])


def _asked(lines: tuple[Line, ...], colour: str) -> list[Text]:
    """`orchestrator ─ reserve ──▸ inventory  InventoryUpdated / OutOfStock`, whoever or whatever asks named once."""
    before = ("", *(line.on[0] for line in lines))
    names = ["" if line.on[0] == last else line.on[0] for line, last in zip(lines, before, strict=False)]
    return [
        Text.assemble(
            (f"{name:<12} ─ ", colour),
            (line.operation, f"bold {colour}"),
            (f" {'─' * (9 - len(line.operation))}▸ ", colour),
            (f"{line.service:<13}", "bold"),
            *_announced(line),
        )
        for name, line in zip(names, lines, strict=True)
    ]


def _heard(lines: tuple[Line, ...], colour: str) -> list[Text]:
    """`OrderPlaced ▸ inventory reserve ▸ InventoryUpdated / OutOfStock`, several causes one above the other."""
    return [row for line in lines for row in _causes(line, colour)]


def _causes(line: Line, colour: str) -> list[Text]:
    above = [Text.assemble(f"{event:<18} ", ("┐", colour)) for event in line.on[:-1]]
    does = Text.assemble(
        f"{line.on[-1]:<18}",
        (" ▸ ", colour),
        (f"{line.service:<13}", "bold"),
        (f"{line.operation:<9}", f"bold {colour}"),
        (" ▸ ", colour),
        *_announced(line),
    )
    return [*above, does]


def _announced(line: Line) -> list[str | tuple[str, str]]:
    return [line.yes, " / ", (line.no, NO)] if line.no else [line.yes]
