"""The laboratory, which sees the arms from outside only: load, faults, history, checks, figures, report."""
