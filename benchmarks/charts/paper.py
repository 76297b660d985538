"""Pictures that leave the page: a file that carries its own style, light, for slides and viewers that know little CSS.

The style is the page's. Its variables are written out, once for each pattern and for the way back, since not every
viewer of SVG knows variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from benchmarks.charts.svg import tag

STYLE = Path(__file__).parents[1] / "templates" / "story.css"
LIGHT = {
    "card": "#ffffff", "ink": "#1a1f26", "soft": "#5b6470", "grid": "#e8eaed", "control": "#9aa3ad", "bad": "#b3261e",
    "orchestration": "#0072b2", "choreography": "#d55e00", "other": "#5d6d7e",
    "undo": "#7a3e9d", "undo-paper": "#f3edf7", "quiet": "#eef0f2",
}  # fmt: skip
TONES = {"orchestration": "orchestration", "choreography": "choreography", "back": "undo"}
BASE = (
    "text{font:12.5px system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;fill:var(--ink)}"
    ".label{fill:var(--soft)}.heading{font-size:14.5px;font-weight:650}.grid{stroke:var(--grid)}"
)
UNDER = re.compile(r"var\(--under[^)]*\)\)")  # what lies behind a letter, so that lines do not run through it
APART = 24

Picture = tuple[str, int, int]  # the elements, width, height


def sheet(columns: Sequence[Sequence[str]]) -> str:
    """One SVG document of pictures (as `svg.picture` makes them): a column for each story, from left to right."""
    laid = [[_opened(each) for each in column] for column in columns]
    wide = [max(width for _, width, _ in column) for column in laid]
    rows = [max(heights) for heights in zip_longest(*([h for *_, h in column] for column in laid), fillvalue=0)]
    size = sum(wide) + APART * (len(laid) + 1), sum(rows) + APART * (len(rows) + 1)
    parts, left = [], APART
    for column, width in zip(laid, wide, strict=True):
        parts += list(_stacked(column, rows, left))
        left += width + APART
    paper = tag("rect", width=size[0], height=size[1], rx=14, fill=LIGHT["card"])
    inside = tag("title", "An order's story") + tag("style", written_out(STYLE.read_text(encoding="utf-8")))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}" '
        f'height="{size[1]}" role="img">{inside}{paper}{"".join(parts)}</svg>\n'
    )


def _stacked(column: Sequence[Picture], rows: Sequence[int], left: int) -> Iterator[str]:
    top = APART
    for (elements, _, _), height in zip(column, rows, strict=False):
        yield tag("g", elements, transform=f"translate({left} {top})")
        top += height + APART


def _opened(picture: str) -> Picture:
    """What is inside a picture's svg element, and its size."""
    width, height = re.findall(r'viewBox="0 0 (\d+) (\d+)"', picture)[0]
    return picture[picture.index(">") + 1 : picture.rindex("</svg>")], int(width), int(height)


def written_out(css: str) -> str:
    """The rules of the page with each colour in the place of its variable."""
    plain = re.sub(r"/\*.*?\*/|@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", BASE + css, flags=re.DOTALL)
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", plain)
    return "".join(rule for selector, style in rules for rule in _rules(_bare(selector), style.strip()))


def _bare(selector: str) -> str:
    return ",".join(each.strip().removeprefix(".picture ").removeprefix(".story ") for each in selector.split(","))


def _rules(selector: str, style: str) -> Iterator[str]:
    style = re.sub(r"--[a-z-]+:[^;]*;?", "", style).strip()
    if not style:
        return
    if "var(--tone)" in style:
        for scope, tone in TONES.items():
            coloured = _coloured(style.replace("var(--tone)", LIGHT[tone]))
            yield f"{_within(scope, selector)},{_itself(scope, selector)}{{{coloured}}}"
    else:
        yield f"{_within('arm', selector)}{{{_coloured(UNDER.sub(LIGHT['card'], style))}}}"
    if "var(--under" in style:
        yield f"{_within('undone', selector)}{{stroke:{LIGHT['undo-paper']}}}"


def _within(scope: str, selector: str) -> str:
    return ",".join(f".{scope} {each}" for each in selector.split(","))


def _itself(scope: str, selector: str) -> str:
    """What bears the class itself, as strong as what is within it."""
    return ",".join(f".arm {each}.{scope}" for each in selector.split(","))


def _coloured(style: str) -> str:
    return re.sub(r"var\(--([a-z-]+)\)", lambda found: LIGHT[found.group(1)], style)
