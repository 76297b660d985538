"""Which two arms say something of the pattern, and which of the wire. Nothing is measured here."""

from __future__ import annotations

from benchmarks.findings.words import Summary


def couples(summary: Summary) -> list[tuple[str, str]]:
    """The arms that were compared two by two, in the judge's order; none where comparing is refused."""
    if summary["refusals"]:
        return []
    return list(dict.fromkeys((row["a"], row["b"]) for row in summary["comparisons"]))


def differ(summary: Summary, a: str, b: str) -> list[str]:
    """In what two arms differ: `pattern`, `transport`, both or neither."""
    left, right = (summary["arms"][arm] for arm in (a, b))
    return [what for what in ("pattern", "transport") if left[what] != right[what]]


def couples_on_a_wire(summary: Summary) -> list[tuple[str, str, str]]:
    """(wire, a, b): pattern with pattern on each wire; of two arms in all, these two, and no wire if theirs differ."""
    every = couples(summary)
    same = [(summary["arms"][a]["transport"], a, b) for a, b in every if differ(summary, a, b) == ["pattern"]]
    if same or len(summary["arms"]) > 2:
        return same
    return [("", a, b) for a, b in every]
