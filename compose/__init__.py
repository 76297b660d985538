"""How parts become a running lab. The arms are a table (`arms`); `local` runs them on this machine."""
