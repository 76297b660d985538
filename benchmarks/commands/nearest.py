"""What to say to a name that does not exist: the nearest ones that do, and which there are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

NEAREST_MAX = 2  # a third guess helps nobody
ALIKE = 0.5  # of 1, as difflib counts: `paymnt` finds `payment`, and `x` finds nothing
LISTED_MAX = 24  # names; a longer list is not read


def no_such(what: str, given: str, known: Iterable[str], where: str = "", longer: Iterable[str] = ()) -> str:
    """`There is no arm X: did you mean Y? Arms are A, B.`

    `where`, such as `in this lab`, follows the first name; `longer` names may be meant, too, and are not listed.
    """
    names = list(dict.fromkeys(known))
    sentence = " ".join(filter(None, (f"There is no {what} {given!r}", where)))
    near = nearest(given, [*names, *longer])
    guess = f": did you mean {' or '.join(near)}?" if near else "."
    return f"{sentence}{guess} {_listed(what, names)}"


def nearest(given: str, names: Sequence[str]) -> list[str]:
    """The names that were probably meant, likeliest first: those spelled alike, else those with the text in them."""
    by_folded = {name.casefold(): name for name in names}
    wanted = given.casefold()
    alike = difflib.get_close_matches(wanted, by_folded, n=NEAREST_MAX, cutoff=ALIKE)
    inside = [folded for folded in by_folded if wanted and wanted in folded]
    return [by_folded[folded] for folded in alike or inside[:NEAREST_MAX]]


def _listed(what: str, names: Sequence[str]) -> str:
    many = f"{what[0].upper()}{what[1:]}{'es' if what.endswith('s') else 's'}"
    if not names:
        return f"{many}: none."
    more = f" and {len(names) - LISTED_MAX} more" if len(names) > LISTED_MAX else ""
    return f"{many} are {', '.join(names[:LISTED_MAX])}{more}."
