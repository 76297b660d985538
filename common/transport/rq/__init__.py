"""Jobs over RQ: one queue, what puts jobs into it, and the workers that take one at a time.

RQ reads the prefix of its keys once, from the environment, when it is imported: so a process has one owner of all of
them, whose user may touch no other keys, and it is named here, before any room of this house imports RQ.
"""

import os

os.environ["RQ_KEY_PREFIX"] = "{orchestrator}:rq"
