"""How things look on every board: a colour per pattern, a kind of line per transport, good and bad."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

COLOURS = {"orchestration": "#56b4e9", "choreography": "#ff8f3f"}  # told apart by colour-blind eyes, too
SECOND_COLOURS = {"orchestration": "#2b7bd1", "choreography": "#c4561a"}  # deeper; read on dark and on white
LINES: dict[str, Json] = {
    "http": {"fill": "solid"},
    "streams": {"fill": "dash", "dash": [10, 6]},
    "rq": {"fill": "dot", "dash": [2, 6]},
}
GOOD, BAD, NEUTRAL = "green", "red", "text"
SECOND = "(?:p99|asked|redeliveries|undecided|journal)"  # in a deeper colour than what they stand beside
AXIS = "axis"  # a line that nobody sees: it holds the axis of one column as high as the other's


def matching(pattern: str, **properties: Any) -> Json:
    """An override for all series whose names match."""
    told = [{"id": name.replace("__", "."), "value": value} for name, value in properties.items()]
    return {"matcher": {"id": "byRegexp", "options": f"/{pattern}/"}, "properties": told}


def fixed(colour: str) -> Json:
    """A colour that does not depend on what else is shown."""
    return {"mode": "fixed", "fixedColor": colour}


def arms() -> list[Json]:
    """Colour by pattern, whatever is shown besides."""
    return [matching(f"^{pattern}", color=fixed(colour)) for pattern, colour in COLOURS.items()]


def lines() -> list[Json]:
    """Colour by pattern, kind of line by transport, and the axis' own line unseen."""
    seconds = [matching(f"^{pattern}-.* {SECOND}$", color=fixed(colour)) for pattern, colour in SECOND_COLOURS.items()]
    return [*arms(), *seconds, *by_transport(), unseen()]


def by_transport() -> list[Json]:
    """The kind of line, whether a name begins with the arm or with the transport alone."""
    return [matching(f"^(?:[a-z]+-)?{each}\\b", custom__lineStyle=style) for each, style in LINES.items()]


def unseen() -> Json:
    """The line that only holds the axis."""
    hidden = {"legend": True, "tooltip": True, "viz": False}
    return matching(f"^{AXIS}$", custom__lineWidth=0, custom__fillOpacity=0, custom__hideFrom=hidden)


def steps(*colours: tuple[float | None, str]) -> Json:
    """Thresholds: from this value on, this colour."""
    return {"mode": "absolute", "steps": [{"color": colour, "value": value} for value, colour in colours]}


def words(**of_value: tuple[str, str]) -> list[Json]:
    """Values told in words, as in `v0=("down", BAD)`."""
    options = {
        name.removeprefix("v"): {"text": text, "color": colour, "index": index}
        for index, (name, (text, colour)) in enumerate(of_value.items())
    }
    return [{"type": "value", "options": options}]
