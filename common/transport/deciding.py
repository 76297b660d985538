"""What a service does with the entries that it hears: decides what they ask of it, and commits a batch in one go."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from common.messages import Answer, Request, Undecided
from common.service import Service
from common.store.coalesce import Coalescer
from common.store.commit import Wish
from common.transport.streams import Entry


class Deciding:
    """Work for a Consumer. What an entry asks, says whoever wires it: an event by a list, a command by its type."""

    def __init__(self, kind: str, service: Service, read: Callable[[Entry], Request], batch_max: int) -> None:
        self.kind = kind
        self.read = read
        self._service = service
        self._alone: Coalescer[Wish, Answer] = Coalescer(self._commit_each, batch_max)

    def about(self, item: Request) -> str:
        """The operation that is asked for."""
        return item.operation

    def ready(self, item: Request) -> Wish | None:
        """The decision; None while decisions are held up. Raises Undecided when it fails."""
        return None if self._service.held(item) else self._service.decide(item)

    async def together(self, batch: Sequence[Wish]) -> None:
        """Commit them. Raises Unreachable or Undecided."""
        await self.decided(batch, await self._service.commit(batch))

    async def alone(self, item: Request) -> None:
        """Decide one, and commit it with others that are alone, too. Raises Unreachable or Undecided."""
        await self._alone.ask(await self._service.decided(item))

    async def _commit_each(self, wishes: Sequence[Wish]) -> Sequence[Answer | Undecided]:
        answers = await self._service.commit_each(wishes)
        await self.decided(wishes, answers)
        return answers

    async def decided(self, wishes: Sequence[Wish], answers: Sequence[Answer | Undecided]) -> None:
        """What is left to do: nothing, where whoever asked hears the event."""
