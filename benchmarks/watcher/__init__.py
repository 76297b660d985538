"""The watcher: a program beside a lab that looks at what no process can say of itself, and serves it to Prometheus.

What waits in streams, journals and queues, who is up, what the processes use, and whether the invariants hold. It only
reads, as the auditor, at a bounded pace; no order passes through it.
"""
