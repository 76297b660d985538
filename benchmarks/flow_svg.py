"""The flows as a picture: a swimlane diagram per pattern, for the README, the report and slides. Plain SVG.

Solid arrows are the way forward in the pattern's colour, dashed ones the way back. An order walks from top to bottom.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from benchmarks.flow import COLOURS, SERVICES, Flow, Line

LANE, ROW, LEFT, HEAD = 150, 46, 164, 104
INK, FAINT, BACK = "#1b1f24", "#c9ced6", "#8a2b2b"
FONT = "font-family='ui-sans-serif,system-ui,Segoe UI,Helvetica,Arial,sans-serif'"
TITLES = {
    "orchestration": "Orchestration: one page asks, every service answers",
    "choreography": "Choreography: each service hears what happened and does its part",
}


@dataclass(frozen=True, slots=True)
class Arrow:
    """From lane to lane, with what it carries, and what the receiver then does (or announces at the end)."""

    sender: str
    receiver: str
    label: str
    then: str = ""
    reply: str = ""
    back: bool = False


def svg(*flows: Flow) -> str:
    """The flows, one below the other, as one SVG document."""
    panels, height = [], 0
    width = LEFT + LANE * len(SERVICES) + 14
    for flow in flows:
        lanes, arrows = _lanes(flow), _arrows(flow)
        panels.append(f"<g transform='translate(0 {height})'>{_panel(flow.pattern, lanes, arrows)}</g>")
        height += HEAD + ROW * len(arrows) + 28
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}' "
        f"role='img' {FONT}><title>How an order travels</title>"
        f"<rect width='{width}' height='{height}' rx='14' fill='#ffffff'/>{''.join(panels)}</svg>\n"
    )


def _lanes(flow: Flow) -> tuple[str, ...]:
    return ("orchestrator", *SERVICES) if flow.pattern == "orchestration" else SERVICES


def _arrows(flow: Flow) -> list[Arrow]:
    if flow.pattern == "orchestration":
        lines = [(line, False) for line in flow.forward] + [(line, True) for line in flow.back]
        return [_command(line, back) for line, back in lines]
    return _events(flow)


def _command(line: Line, back: bool) -> Arrow:
    reply = f"{line.yes} / {line.no}" if line.no else line.yes
    return Arrow("orchestrator", line.service, line.operation, reply=reply, back=back)


def _events(flow: Flow) -> list[Arrow]:
    """An arrow per event heard, from who announces it; the last announcement of a way is heard by nobody."""
    lines = [*flow.forward, *flow.back]
    source = {event: line.service for line in lines for event in (line.yes, line.no) if event}
    back = set(flow.back)
    return [
        Arrow(source.get(event, ""), line.service, event, line.operation + _end(line, lines), back=line in back)
        for line in lines
        for event in line.on
    ]


def _end(line: Line, lines: list[Line]) -> str:
    heard = {event for other in lines for event in other.on}
    return "" if line.yes in heard else f" ▸ {line.yes}"


def _panel(pattern: str, lanes: tuple[str, ...], arrows: list[Arrow]) -> str:
    place = {lane: LEFT + LANE * (number + 0.5) for number, lane in enumerate(SERVICES)}
    place |= {"orchestrator": LEFT / 2, "": LEFT / 2}
    bottom = HEAD + ROW * len(arrows)
    title = f"<text x='28' y='38' font-size='21' font-weight='700' fill='{COLOURS[pattern]}'>{TITLES[pattern]}</text>"
    heads = "".join(_head(lane, place[lane], bottom, COLOURS[pattern]) for lane in lanes)
    rows = "".join(_row(arrow, place, HEAD + ROW * (n + 0.6), COLOURS[pattern]) for n, arrow in enumerate(arrows))
    return title + heads + rows


def _head(lane: str, x: float, bottom: float, colour: str) -> str:
    filled = lane == "orchestrator"
    fill, ink = (colour, "#ffffff") if filled else ("#f3f5f8", INK)
    return (
        f"<line x1='{x}' y1='86' x2='{x}' y2='{bottom}' stroke='{colour if filled else FAINT}' stroke-width='2'/>"
        f"<rect x='{x - 56}' y='58' width='112' height='30' rx='8' fill='{fill}' stroke='{FAINT}'/>"
        f"<text x='{x}' y='78' font-size='14' font-weight='600' text-anchor='middle' fill='{ink}'>{lane}</text>"
    )


def _row(arrow: Arrow, place: dict[str, float], y: float, forward: str) -> str:
    colour = BACK if arrow.back else forward
    start, end = place[arrow.sender], place[arrow.receiver]
    parts = [_line(start, end, y, colour, arrow.back), _label((start + end) / 2, y - 8, arrow.label, colour)]
    if arrow.reply:
        parts += [_line(end, start, y + 17, colour, True), _label((start + end) / 2, y + 21, arrow.reply, INK, "400")]
    if arrow.then:
        parts.append(_pill(end, y + 13, arrow.then, colour))
    return "".join(parts)


def _line(start: float, end: float, y: float, colour: str, dashed: bool) -> str:
    way = 1 if end > start else -1
    dash = " stroke-dasharray='5 4'" if dashed else ""
    tip = end - way * 3
    return (
        f"<line x1='{start}' y1='{y}' x2='{tip - way * 6}' y2='{y}' stroke='{colour}' stroke-width='2'{dash}/>"
        f"<path d='M{tip} {y}l{-way * 9} -5v10z' fill='{colour}'/>"
    )


def _label(x: float, y: float, text: str, colour: str, weight: str = "600") -> str:
    style = "paint-order='stroke' stroke='#ffffff' stroke-width='5' stroke-linejoin='round'"
    return (
        f"<text x='{x}' y='{y}' font-size='12.5' font-weight='{weight}' text-anchor='middle' fill='{colour}' {style}>"
        f"{escape(text)}</text>"
    )


def _pill(x: float, y: float, text: str, colour: str) -> str:
    width = 7.6 * len(text) + 18
    return (
        f"<rect x='{x - width / 2}' y='{y - 9}' width='{width}' height='20' rx='10' fill='{colour}'/>"
        f"<text x='{x}' y='{y + 5}' font-size='12.5' font-weight='600' text-anchor='middle' fill='#ffffff'>"
        f"{escape(text)}</text>"
    )
