"""What a process tells of itself, under the same names in every arm: what it counts, and the traces of orders."""
