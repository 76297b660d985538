"""The six boards, each a page of data, in the order in which they are told."""

from dashboards.grafana.boards import blast_radius, clocks, cost, coupling, internals, overview

BOARDS = (overview.BOARD, clocks.BOARD, blast_radius.BOARD, coupling.BOARD, internals.BOARD, cost.BOARD)
