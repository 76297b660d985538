"""Where the lab is watched: dashboards as code, and the live page for a stage.

Nobody lives here yet. Whoever moves in reads metrics and the lab's own files from outside, like `benchmarks`, and is
imported by nobody.
"""
