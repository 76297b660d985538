"""A plain page of all boards, drawn from the answers of a real Prometheus: to look at where there is no Grafana.

It shows what the queries give and whether it can be read, not how Grafana would paint it.
"""
