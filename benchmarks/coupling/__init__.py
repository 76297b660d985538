"""Who depends on whom: in the code (static), while orders run (runtime), and when somebody is away (temporal).

A run is recorded by the lab's own runner: a block of traced orders, then a block for each component in which that
component is killed and held. What is special to it are the code as it was then (`records`), the messages counted edge
by edge around the traced block (`counting`), and how all that is judged, drawn and told. What changing the flow costs
is another experiment's.
"""
