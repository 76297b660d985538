"""Seeded bugs: each unsafe switch is put on, provoked and judged, to see that the checker catches what it must catch.

A line "0 violations" is worth as much as the list of violations that would have been found. Which bug is provoked how,
and which invariant must fire, says the table in `bugs`; `trial` does it, with the switch and, as a control, without.
"""
