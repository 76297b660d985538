"""Makes effects true in Redis: at once, only once, with their events in the same commit."""
