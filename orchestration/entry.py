"""The orchestrator's door, over any transport."""

from __future__ import annotations

from fastapi import FastAPI

from common.domain.catalogue import catalogue
from common.process import ProcessSpec
from common.store.connect import connect
from common.store.orders import OrdersView
from common.telemetry.meters import Meters
from common.unsafe_door import door_of
from orchestration.orchestrator import Orchestrator


def entry_app(spec: ProcessSpec, orchestrator: Orchestrator, meters: Meters) -> FastAPI:
    """The app of the process that takes orders in."""
    if spec.door is None:
        raise ValueError(f"{spec.name} has a door and needs a user for it")
    view = OrdersView(connect(spec.door), connect(spec.door))
    shop = catalogue(spec.settings.seed, spec.settings.skus)
    return door_of(spec.arm, orchestrator, view, shop, spec.settings, meters)
