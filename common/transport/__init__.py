"""Carries requests, answers and events between processes. Knows no service by name."""
