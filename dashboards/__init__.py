"""Where the lab is watched: dashboards as code, and Prometheus rules with their tests.

Whoever lives here reads metrics and the lab's own files from outside, like `benchmarks`, and is imported by nobody.
"""
