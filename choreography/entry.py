"""What stands behind the door of the order service: placing an order is its own commit, and that is all."""

from __future__ import annotations

from dataclasses import replace

from fastapi import FastAPI

from choreography.deadlines import Clock
from common import process
from common.admission import OpenOrders
from common.domain import order
from common.domain.catalogue import catalogue
from common.domain.effect import name_of
from common.domain.model import Order
from common.door import Conflict
from common.messages import Answer, Request, Undecided, Unreachable
from common.process import ProcessSpec
from common.service import Service
from common.settings import Settings
from common.store.coalesce import Coalescer
from common.store.commit import Wish
from common.store.connect import connect
from common.store.orders import OrdersView
from common.store.overdue import Overdue
from common.telemetry.meters import Meters
from common.unsafe_door import door_of


def entry_app(spec: ProcessSpec, service: Service, meters: Meters) -> tuple[FastAPI, list[process.Loop]]:
    """What the order service has besides, over any transport: the door, and the clock."""
    if spec.door is None:
        raise ValueError(f"{spec.name} has a door and needs a user for it")
    view = OrdersView(connect(spec.door), connect(spec.door))
    entry = PlacingEntry(service, view, spec.settings)
    shop = catalogue(spec.settings.seed, spec.settings.skus)
    clock = Clock(Overdue(connect(spec.redis)), service, spec.settings)
    return door_of(spec.arm, entry, view, shop, spec.settings, meters), [entry.open_orders.watch, clock.watch]


class PlacingEntry:
    """Takes orders in by placing them."""

    def __init__(self, service: Service, view: OrdersView, settings: Settings) -> None:
        self._service = service
        self._view = view
        self._wishes: Coalescer[Wish, Answer] = Coalescer(service.commit_each, settings.batch_max)
        self.open_orders = OpenOrders(view.open_count, settings.open_max)

    async def accept(self, order_: Order, digest: str, traceparent: str) -> None:
        """Place the order. Raises Conflict, Unreachable."""
        try:
            wish = await self._service.decided(Request(name_of(order.place), order_, "", traceparent))
            answer = await self._wishes.ask(replace(wish, put=(("digest", digest),)))
        except Undecided as error:
            raise Unreachable(str(error)) from error
        if not answer.first and await self._view.digest(order_.order_id) != digest:
            raise Conflict(order_.order_id)

    async def accepted(self, order_id: str) -> Order | None:
        """None: what is taken in is placed."""
        return None
