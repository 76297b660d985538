"""What a service does when it is asked one by one: decides, and commits with whatever else is asked meanwhile."""

from __future__ import annotations

import asyncio

from common.messages import Answer, Request
from common.service import Service
from common.store.coalesce import Coalescer
from common.store.commit import Wish


class Joining:
    """Who asks for what is being decided already joins in: a slow decision is begun once, however often it is asked
    for, and whoever asks last gets its answer."""

    def __init__(self, service: Service, batch_max: int) -> None:
        self._service = service
        self._wishes: Coalescer[Wish, Answer] = Coalescer(service.commit_each, batch_max)
        self._slow: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._asking = 0

    async def answer(self, request: Request) -> Answer:
        """Raises Unreachable, Undecided, or Malformed when this service has no such operation."""
        self._asking += 1
        try:
            return await self._answered(request)
        finally:
            self._asking -= 1

    def held(self) -> int:
        """Requests in hand: asked, and not answered."""
        return self._asking

    async def _answered(self, request: Request) -> Answer:
        name = (request.order.order_id, request.operation)
        if name not in self._slow:
            if not self._service.held(request):
                return await self._wishes.ask(self._service.decide(request))
            self._slow[name] = task = asyncio.create_task(self._decided(request))
            task.add_done_callback(lambda _: self._slow.pop(name))
        return await asyncio.shield(self._slow[name])

    async def _decided(self, request: Request) -> Answer:
        return await self._wishes.ask(await self._service.decided(request))
