"""Many askers, one round trip: whatever is asked while a call is under way goes into the next call.

This gives a process that is asked one by one (over HTTP) the same batches as one that reads a stream, so that no arm is
favoured by its batch size.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Got = TypeVar("Got")


class Coalescer(Generic[Asked, Got]):
    """Collects single questions into calls of at most `batch_max`; one call is under way at a time, in order."""

    def __init__(self, call: Callable[[Sequence[Asked]], Awaitable[Sequence[Got | Exception]]], batch_max: int) -> None:
        self._call = call
        self._batch_max = batch_max
        self._waiting: deque[tuple[Asked, asyncio.Future[Got]]] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def ask(self, question: Asked) -> Got:
        """The answer to one question. Raises what the call of its batch raised, or gave in the answer's place."""
        future: asyncio.Future[Got] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        await asyncio.sleep(0)  # whoever is ready in this turn of the loop comes along
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(self._batch_max, len(self._waiting)))]
                await self._answer(batch)
        finally:
            self._runner = None

    async def _answer(self, batch: Sequence[tuple[Asked, asyncio.Future[Got]]]) -> None:
        try:
            answers = await self._call([question for question, _ in batch])
        except Exception as error:
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
