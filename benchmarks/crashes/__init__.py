"""Every single crash point of every arm: a process dies there, starts again, and the order must end as if nothing had
happened. `python -m benchmarks.crashes` takes all of them; the arm suite takes a part each day."""
