"""The systems that the lab is compared with, each doing the same five effects with the lab's own commit.

These modules run in .bench-venv. They are written as their libraries' documentation shows, without tricks, and without
what the lab's arms do besides (claims, dead letters, deadlines): where that makes a difference, it is in their favour.
"""
