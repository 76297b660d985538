"""Traces on disk, read line by line: a folder of files, one per process, or a run's one file.

Of a file of any size only the spans asked for are kept. A last line that its process was killed in is passed over;
a line elsewhere that cannot be read is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.traces.journey import Journey, Key, place_of
from benchmarks.traces.spans import Span, Unreadable, spans_of

LINE_MAX = 32 * 2**20  # bytes; a batch of 512 spans has well under one MiB
SPANS_MAX = 4_000  # of one order: an order asked again for minutes has some hundred
MATCHES_MAX = 6  # orders that a shortened id may fit before the search ends: nobody means so many


class NoTraces(Exception):
    """Nothing was traced there. The text says where it was looked for."""


class Damaged(Exception):
    """Something is there, and not one line of it can be read."""


class Ambiguous(Exception):
    """A shortened id fits several orders: they are in `ids`."""

    def __init__(self, part: str, ids: Collection[str]) -> None:
        self.ids = sorted(ids)
        super().__init__(f"{part} fits {', '.join(self.ids)}")


@dataclass(slots=True)
class Traces:
    """A folder with traces, or a file. `damaged`: lines of the last look that could not be read."""

    path: Path
    damaged: int = 0
    _read: int = field(default=0)

    def files(self) -> list[Path]:
        """What there is to read, in a fixed order."""
        if self.path.is_dir():
            return sorted(each for each in self.path.rglob("*.jsonl") if each.is_file())
        return [self.path] if self.path.is_file() else []

    def spans(self, *mentioning: str) -> Iterator[Span]:
        """Every span; with words, only of lines in which one of them stands. Raises NoTraces, Damaged."""
        files = self.files()
        if not files:
            raise NoTraces(str(self.path))
        wanted, self.damaged, self._read = [word.encode() for word in mentioning], 0, 0
        for file in files:
            yield from self._of(file, wanted)
        if self.damaged and not self._read:
            raise Damaged(str(self.path))

    def _of(self, file: Path, wanted: list[bytes]) -> Iterator[Span]:
        for line in _lines(file):
            if wanted and not any(word in line for word in wanted):
                begins_well = line.lstrip()[:1] == b"{"  # it is not looked into any further
                self._read += begins_well
                self.damaged += not begins_well
                continue
            try:
                yield from spans_of(line)
                self._read += 1
            except Unreadable:
                self.damaged += line.endswith(b"\n")

    def orders(self, part: str) -> list[Journey]:
        """The order with this id in each arm that has it; the beginning or the end of an id will do, if it is clear.

        None when it is not among the traced ones. Raises Ambiguous, NoTraces, Damaged.
        """
        found: dict[Key, list[Span]] = {}
        for span in self.spans(part):
            if _fits(part, span.order_id):
                _keep(found.setdefault((span.arm, span.order_id), []), span)
                if len({order_id for _, order_id in found}) > MATCHES_MAX:
                    break
        whole = {key: spans for key, spans in found.items() if key[1] == part} or found
        if len(ids := {order_id for _, order_id in whole}) > 1:
            raise Ambiguous(part, ids)
        return self._completed({key: whole[key] for key in sorted(whole, key=lambda key: place_of(key[0]))})

    def journeys(self, keys: Collection[Key]) -> list[Journey]:
        """Each of these orders that was traced, in this order. Raises NoTraces, Damaged."""
        found: dict[Key, list[Span]] = {key: [] for key in keys}
        for span in self.spans(*{order_id for _, order_id in keys}):
            if (span.arm, span.order_id) in found:
                _keep(found[span.arm, span.order_id], span)
        return self._completed({key: spans for key, spans in found.items() if spans})

    def _completed(self, found: dict[Key, list[Span]]) -> list[Journey]:
        """With the spans of the same traces that do not name an order themselves."""
        owner = {(key[0], span.trace_id): key for key, spans in found.items() for span in spans}
        for span in self.spans(*{trace_id for _, trace_id in owner}) if owner else ():
            if not span.order_id and (key := owner.get((span.arm, span.trace_id))):
                _keep(found[key], span)
        return [Journey.of(key, spans) for key, spans in found.items()]


def _keep(spans: list[Span], span: Span) -> None:
    if len(spans) < SPANS_MAX:
        spans.append(span)


def _fits(part: str, order_id: str) -> bool:
    return bool(order_id) and (order_id.startswith(part) or order_id.endswith(part))


def _lines(file: Path) -> Iterator[bytes]:
    """Line by line; of one that is longer than any of ours the first piece, which cannot be read and is counted."""
    with file.open("rb") as stream:
        while line := stream.readline(LINE_MAX):
            if len(line) == LINE_MAX and not line.endswith(b"\n"):
                while (rest := stream.readline(LINE_MAX)) and not rest.endswith(b"\n"):
                    pass
                line = b"?\n"
            yield line
