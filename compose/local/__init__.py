"""The lab on this machine: one supervisor process that starts, watches, restarts and stops all others."""
