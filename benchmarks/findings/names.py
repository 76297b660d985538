"""What the names of a summary mean, in the words of a page: checks, measures, parts of a difference."""

from __future__ import annotations

CHECKS = {
    "never_below_zero": "No counter of stock, money or parcels fell below zero",
    "single_charge": "Nobody was charged twice, nobody refunded without a charge",
    "all_or_nothing": "Completed orders have all their parts, cancelled ones none left",
    "given_back_fits": "What was undone gave back exactly what had been done",
    "no_ghosts": "Every event has its state change",
    "no_zombies": "Every state change has its event",
    "legal_history": "Every order's events came in a legal order",
    "one_order": "No order changed on its way",
    "closed_in_time": "No order was given up before its deadline, or left open long after it",
    "stock": "Stock taken is the stock of completed orders, item by item",
    "money": "Money taken is the price of completed orders",
    "parcels": "Parcels out are those of completed orders",
    "told_once": "Customers were told once",
    "every_order_closed": "Every accepted order was closed",
    "one_history": "Every journal tells an operation once, and as its store does",
    "dead_letters": "No parked message belongs to an open order",
    "honest_refusals": "Who was refused had to be, for the reason given",
    "as_asked": "Every customer holds an order of their own, at the price they were told",
    "asked_again": "Who asked again with the same key was told the same order",
    "same_answer": "Every arm answered the same orders alike",
    "load_kept_up": "No arrival of the load was skipped",
    "came_to_rest": "The arm was at rest when its records were read",
    "clocks_agree": "The clocks agree: no order ended before it was sent",
    "told_alike": "The door tells the closing times that the figures are made of",
    "equal_conditions": "The arms ran under equal conditions",
    "rates_carried": "Every arm carried every rate that was asked of it",
    "conforms": "The arm is what its name says",
}
"""What a check means, in a line; one that is not here goes by its id."""

CLOCKS = {
    "closed_ms": "closed",
    "decided_ms": "decided",
    "accepted_ms": "accepted",
    "coordination_closed_ms": "closed, less the work",
    "coordination_decided_ms": "decided, less the work",
}
SHARES = {"p50": "median", "p90": "90 of 100", "p99": "99 of 100"}
COST = "cpu_ms_per_order"
FACTORS = {"pattern": "the pattern", "transport": "the wire", "interaction": "both together: the pattern's part"}

RECORDS = {
    "manifest.json": "what was asked: experiment, plan, seed, settings, versions, machine, fairness ledger",
    "orders.ndjson": "every order: due, sent, accepted, decided, closed, how it ended; arm and block",
    "events.ndjson": "every event of every arm, with the time of its commit",
    "state.ndjson": "what the stores held at rest",
    "blocks.ndjson": "every block: load, processor time by process, memory",
    "load.ndjson": "the load's own side of every order",
    "faults.ndjson": "what was broken, when, and when it was back",
    "conformance.ndjson": "who told whom what, before anything was measured",
    "traces.ndjson": "spans of the orders that were traced, as OTLP JSON lines",
    "order.json": "one order in each arm",
    "summary.json": "all figures, differences, verdicts and sentences of this page",
}
"""Files of a run's folder, and what is in them."""


def measure(name: str) -> str:
    """`closed_ms_p50` as `closed, median`; what is not known here goes by its name."""
    if name == COST:
        return "processor time per order"
    clock, _, share = name.rpartition("_")
    return f"{CLOCKS.get(clock, clock)}, {SHARES.get(share, share)}"
