"""Grafana dashboards as code: a small builder, six boards of data, and what Grafana is told when it starts."""
