"""The business, written once: it decides and never does. No clock, no dice, no JSON, no I/O, standard library only."""
