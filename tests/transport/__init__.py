"""Tests of what carries requests, events and jobs."""
