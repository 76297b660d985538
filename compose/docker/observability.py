"""The containers that look on: the watcher, Prometheus, Tempo and Grafana with everything that it shows."""

from __future__ import annotations

from compose.arms import OWN
from compose.docker.container import CORE_ARMS, OBSERVABILITY, PROBE, Entry, Form, health, limits, on_loopback
from compose.docker.emitter import Ref
from compose.docker.names import AUDITOR, SCRATCH, TARGETS, secret
from compose.docker.passwords import GRAFANA

PROMETHEUS, TEMPO, GRAFANA_IMAGE = "prom/prometheus:v3.5.0", "grafana/tempo:2.9.0", "grafana/grafana:12.4.0"
"""Pinned by tag. Where a registry is reachable, pin them by digest, too: IMAGE@sha256:..."""

BOARDS = "../../dashboards"
HEALTHY = {"condition": "service_healthy"}


def containers(form: Form) -> dict[str, Entry]:
    """All four. Only the watcher knows anything of the lab that is secret."""
    return {
        "watcher": _watcher(form),
        "prometheus": _prometheus(form),
        "tempo": _tempo(),
        "grafana": _grafana(form),
    }


def volumes() -> Entry:
    """What they keep, and the list of whom to ask that the watcher hands to Prometheus."""
    return {"targets": None, "prometheus": None, "tempo": None, "grafana": None}


def _watcher(form: Form) -> Entry:
    auditors = [{"source": secret(arm, AUDITOR), "target": secret(arm, AUDITOR)} for arm in OWN]
    return {
        "<<": Ref("ours"),
        "profiles": [OBSERVABILITY],
        "command": ["python", "-m", "compose.docker", "watcher"],
        "environment": {"<<": Ref("settings"), "HARMONY_ARMS": f"${{HARMONY_ARMS:-{','.join(CORE_ARMS)}}}"},
        "deploy": limits(0.5, "512m", 64),
        "healthcheck": health(form, *PROBE, "http"),
        "secrets": auditors,
        "volumes": [f"targets:{TARGETS}"],
    }


def _prometheus(form: Form) -> Entry:
    return {
        **_theirs(PROMETHEUS),
        "command": [
            "--config.file=/etc/prometheus/prometheus.yml",
            "--storage.tsdb.path=/prometheus",
            "--storage.tsdb.retention.time=7d",
            "--enable-feature=exemplar-storage",
        ],
        "deploy": limits(1, "1g", 128),
        "healthcheck": health(form, "CMD", "wget", "-q", "--spider", "http://127.0.0.1:9090/-/ready"),
        "depends_on": {"watcher": HEALTHY},
        "volumes": [
            f"{BOARDS}/prometheus/prometheus.yml:/etc/prometheus/prometheus.yml:ro",
            f"{BOARDS}/prometheus/rules:/etc/prometheus/rules:ro",
            "targets:/etc/prometheus/targets:ro",  # made by the watcher, on whom it depends, and so belongs to its user
            "prometheus:/prometheus",
        ],
        "ports": on_loopback(9090, 9090),
    }


def _tempo() -> Entry:
    """Without a health check: there is no shell in this image, nor a program that could ask."""
    return {
        **_theirs(TEMPO),
        "command": ["-config.file=/etc/tempo.yaml"],
        "deploy": limits(1, "1g", 128),
        "volumes": ["./tempo.yaml:/etc/tempo.yaml:ro", "tempo:/var/tempo"],
    }


def _grafana(form: Form) -> Entry:
    return {
        **_theirs(GRAFANA_IMAGE),
        "environment": {
            "GF_SECURITY_ADMIN_PASSWORD__FILE": f"/run/secrets/{GRAFANA}",
            "GF_AUTH_ANONYMOUS_ENABLED": "true",
            "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": "/var/lib/grafana/dashboards/harmony-overview.json",
            "GF_LOG_MODE": "console",
            "TMPDIR": str(SCRATCH),
            "GF_ANALYTICS_REPORTING_ENABLED": "false",
            "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
            "GF_PLUGINS_PREINSTALL_DISABLED": "true",
        },
        "deploy": limits(1, "512m", 128),
        "healthcheck": health(form, "CMD", "wget", "-q", "--spider", "http://127.0.0.1:3000/api/health"),
        "depends_on": {"prometheus": HEALTHY, "tempo": {"condition": "service_started"}},
        "secrets": [{"source": GRAFANA, "target": GRAFANA}],
        "volumes": [
            "grafana:/var/lib/grafana",
            f"{BOARDS}/grafana/provisioning:/etc/grafana/provisioning:ro",
            f"{BOARDS}/grafana/dashboards:/var/lib/grafana/dashboards:ro",
        ],
        "ports": on_loopback(3000, 3000),
    }


def _theirs(image: str) -> Entry:
    """An image of others. Each has a user of its own that is not root."""
    return {"<<": Ref("confined"), "profiles": [OBSERVABILITY], "image": image}
