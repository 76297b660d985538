"""A picture, read: its elements with their words. What is not well-formed does not get through."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.parsers.expat import ParserCreate


@dataclass
class Element:
    """One element; `words` are those inside it, of its children too."""

    name: str
    attributes: dict[str, str]
    words: str = ""


@dataclass
class Drawing:
    """All elements, in the order in which they begin."""

    elements: list[Element] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        _, _, wide, high = self.elements[0].attributes["viewBox"].split()
        return float(wide), float(high)

    def named(self, name: str) -> list[Element]:
        """Those of one name."""
        return [each for each in self.elements if each.name == name]

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.elements.append(Element(name, attributes))
        self._open.append(self.elements[-1])

    def end(self, name: str) -> None:
        """An element ends."""
        self._open.pop()

    def hear(self, words: str) -> None:
        """Words, for all that are open."""
        for each in self._open:
            each.words += words


def read(svg: str) -> Drawing:
    """The picture. Raises ExpatError when it is not well-formed."""
    drawing, parser = Drawing(), ParserCreate()
    parser.StartElementHandler = drawing.begin
    parser.EndElementHandler = drawing.end
    parser.CharacterDataHandler = drawing.hear
    parser.Parse(svg, True)
    return drawing
