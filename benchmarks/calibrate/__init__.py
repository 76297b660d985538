"""Can this instrument be trusted on this machine? A checker for the checkers.

Four questions whose answers are known beforehand: a thing against itself (nothing), a known delay (as much), a known
loss (as many), a door that does nothing (what measuring itself costs). From the first comes the machine's noise floor,
which every later verdict heeds. Plan, records, judging and telling are apart: the last two need the folder alone.
"""
