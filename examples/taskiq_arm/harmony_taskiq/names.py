"""Names and bounds that the description, the wiring and the queue share."""

STREAM = "{orchestrator}:jobs"  # taskiq's stream; the braces keep it with the orchestrator's other keys
GROUP = "orchestrator"  # the lab's administrator makes it, as it does for all that a role hears
LOCK = f"autoclaim:{GROUP}:{STREAM}"  # what taskiq-redis calls its lock when it claims what dead workers left
TASK = "drive"
LIBRARY = "taskiq"
AT_ONCE = 100  # tasks of one worker under way, taskiq's own default
READ_AT_ONCE = 1  # job: what is read beyond the places waits, and its order would be put in a second time
CLAIM_IDLE_MS = 3_000  # a job is driven for 2 s at most, so what is older was left by a dead worker
