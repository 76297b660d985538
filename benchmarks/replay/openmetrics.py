"""A stream of samples as OpenMetrics text, every series told again and again as a scrape would have found it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TextIO

from benchmarks.replay.metrics import Sample
from benchmarks.replay.series import Labels, Metric

LINES_MAX = 3_000_000  # some 500 MB of text for a while: a longer run is told less often where nothing changes

Points = list[tuple[int, float]]
Series = dict[tuple[str, Labels], Points]


def write(samples: Iterable[Sample], file: TextIO) -> int:
    """Write it all; returns how many series there are. Times are seconds."""
    families: dict[Metric, Series] = defaultdict(lambda: defaultdict(list))
    for sample in samples:
        families[sample.metric][sample.suffix, sample.labels].append((sample.at_s, sample.value))
    every = [points for series in families.values() for points in series.values()]
    whole = sum(points[-1][0] - points[0][0] for points in every)
    again_s = 1 + whole // LINES_MAX
    for metric, series in families.items():
        family = metric.name.removesuffix("_total")
        file.write(f"# HELP {family} {metric.help}\n# TYPE {family} {metric.kind}\n")
        for (suffix, labels), points in series.items():
            name = f"{metric.name}{suffix}{{{_text(labels)}}}"
            file.writelines(f"{name} {value!r} {at_s}\n" for at_s, value in _filled(points, again_s))
    file.write("# EOF\n")
    return len(every)


def _filled(points: Points, again_s: int) -> Iterator[tuple[int, float]]:
    """A value holds until the next: it is told again every `again_s`, and just before it changes."""
    for (at_s, value), (next_s, _) in zip(points, [*points[1:], points[-1]], strict=True):
        yield at_s, value
        told = range(at_s + again_s, next_s, again_s)
        yield from ((again, value) for again in told)
        if next_s - 1 > at_s and next_s - 1 not in told:
            yield next_s - 1, value


def _text(labels: Labels) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
