"""`make bench`: ratios between systems, each measured in interleaved blocks of one run, with the goals beside them.

A batch of orders is put in, and what it cost is read from the operating system: CPU time of every process and of the
Redis servers, children included. Whoever puts the orders in is never counted. Absolute figures are not promised.
"""
