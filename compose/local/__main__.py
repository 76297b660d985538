"""`python -m compose.local`: the supervisor of a lab. It reads its plan from standard input (see `launching`)."""

from __future__ import annotations

from compose.local.supervisor import main

if __name__ == "__main__":
    main()
