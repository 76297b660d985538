"""The containers, tried for real: image built, core started, orders of every kind placed, containers killed under
load, the invariants audited, everything taken down again.

`python -m benchmarks.composetest`, with Docker or Podman. Images of others (Grafana, Tempo, Prometheus) are not tried.
"""
