"""Where the lab is watched: dashboards as code, Prometheus rules with their tests, and the live page for a stage.

Whoever lives here reads metrics and the lab's own files from outside, like `benchmarks`, and is imported by nobody.
"""
