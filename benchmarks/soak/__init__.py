"""Does anything grow under a steady load that goes on and on? Plan, load, samples and their records; then judged and
told from the folder alone.

The arms run side by side, each under a load of its own with the same orders at the same moments. A soak compares an arm
with its own earlier self and not with another arm, so they need not take turns; side by side each has the whole time,
and whatever happens to the machine happens to all. So that they do not stand in each other's way, their rates together
leave the machine at ease (`plan`). No speed is judged here.
"""
