"""The loop that acts: hears events, looks up reactions, decides and commits a whole batch, acks with the next read.

What cannot be read goes to the dead letters at once. What fails to be decided, or is held up, is handled alone beside
the loop, so that it never blocks what is behind it; after its last failed attempt it goes to the dead letters too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from common.domain.effect import Operation, name_of
from common.domain.events import Event
from common.messages import TRACEPARENT, Malformed, Request, Undecided, Unreachable, decode_event
from common.patience import pauses
from common.service import Service
from common.settings import Settings
from common.store.commit import Wish
from common.store.connect import BLOCK_MS
from common.store.dead_letters import DeadLetters
from common.telemetry import Meters
from common.transport.streams import Entry, Inbox

Reactions = Mapping[type[Event], Operation]


@dataclass(frozen=True, slots=True)
class Heard:
    """An entry, and what this service does on it."""

    entry: Entry
    request: Request


class Participant:
    """One consumer of one service."""

    def __init__(
        self,
        reactions: Reactions,
        service: Service,
        inbox: Inbox,
        dead_letters: DeadLetters,
        settings: Settings,
        meters: Meters,
    ) -> None:
        self._reactions = {event.__name__: name_of(operation) for event, operation in reactions.items()}
        self._service = service
        self._inbox = inbox
        self._dead_letters = dead_letters
        self._settings = settings
        self._meters = meters
        self._alone: set[asyncio.Task[None]] = set()
        self._claim_at = time.monotonic() + settings.claim_idle_s / 2
        self._block_ms = int(min(BLOCK_MS, settings.claim_idle_s * 500))  # what is held is renewed twice in that time
        self.ready = False

    async def listen(self) -> None:
        """Until cancelled."""
        waits = pauses()
        while True:
            try:
                entries = await self._hear()
            except Unreachable as error:
                self._meters.unreachable.inc()
                logging.warning("cannot hear: %s", error)
                await asyncio.sleep(next(waits))
                continue
            waits = pauses()
            self.ready = True
            await self._handle(entries)

    async def _hear(self) -> list[Entry]:
        room = max(0, self._settings.batch_max - len(self._alone))
        claimed: list[Entry] = []
        if time.monotonic() >= self._claim_at:
            claimed = await self._inbox.claim(room)
            self._claim_at = time.monotonic() + self._settings.claim_idle_s / 2
        if room == 0:
            left_s = max(0.0, self._claim_at - time.monotonic())
            await asyncio.wait(self._alone, timeout=left_s, return_when=asyncio.FIRST_COMPLETED)
            await self._inbox.flush()
            return claimed
        return claimed or await self._inbox.read(room, self._block_ms)

    async def _handle(self, entries: Sequence[Entry]) -> None:
        together: list[tuple[Heard, Wish]] = []
        self._meters.messages.inc(len(entries))
        self._meters.message_bytes.inc(sum(len(entry.fields.get("data", b"")) for entry in entries))
        for entry in entries:
            try:
                heard = Heard(entry, self._request(entry))
            except Malformed as error:
                self._start(self._bury(entry, str(error), attempts=1))
                continue
            if entry.again:
                self._start(self._insist(heard))
            elif wish := self._decided(heard):
                together.append((heard, wish))
        for start in range(0, len(together), self._settings.batch_max):
            await self._commit(together[start : start + self._settings.batch_max])

    def _request(self, entry: Entry) -> Request:
        kind = entry.stream.rpartition(":")[2]
        if "data" not in entry.fields:
            raise Malformed(f"an entry of {entry.stream} has no data")
        event = decode_event(kind, entry.fields["data"])
        traceparent = entry.fields.get(TRACEPARENT, b"").decode("ascii", "replace")
        return Request(self._reactions[kind], event.order, event.reason, traceparent)

    def _decided(self, heard: Heard) -> Wish | None:
        """The decision, or None when it is held up or fails: then it is handled alone."""
        try:
            if not self._service.held(heard.request.operation):
                return self._service.decide(heard.request)
            failed = False
        except Exception as error:
            logging.warning("%s of %s: %s", heard.request.operation, heard.request.order.order_id, error)
            failed = True
        self._start(self._insist(heard, failed))
        return None

    async def _commit(self, together: Sequence[tuple[Heard, Wish]]) -> None:
        for pause in pauses():
            try:
                await self._service.commit([wish for _, wish in together])
            except Unreachable:
                await asyncio.sleep(pause)
                continue
            except Undecided:
                for heard, _ in together:
                    self._start(self._insist(heard))
                return
            self._inbox.done(heard.entry for heard, _ in together)
            return

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._alone.add(task)
        task.add_done_callback(self._alone.discard)

    async def _insist(self, heard: Heard, failed: bool = False) -> None:
        """One entry, alone, until it is done or has failed for the last time. Unreachable is not an attempt.

        An attempt is counted before it is made, so that one which ends the process counts too; `failed` tells of one
        that was made before.
        """
        entry, attempts, counted = heard.entry, 0, False
        for pause in pauses():
            with suppress(Unreachable):
                if failed:
                    await self._dead_letters.count_attempt(entry.stream, entry.entry_id)
                    failed = False
                if not counted:
                    attempts, counted = await self._dead_letters.count_attempt(entry.stream, entry.entry_id), True
                if attempts > self._settings.attempts_max:
                    await self._bury(entry, "the last attempt failed or ended the process", attempts - 1)
                    return
                if await self._attempt(heard):
                    return
                counted = False
            await asyncio.sleep(pause)

    async def _attempt(self, heard: Heard) -> bool:
        """True when it is done. Raises Unreachable."""
        try:
            await self._service.perform([heard.request])
        except Unreachable:
            raise
        except Exception as error:
            logging.warning("%s of %s: %s", heard.request.operation, heard.request.order.order_id, error)
            return False
        self._inbox.done([heard.entry])
        await self._dead_letters.forget(heard.entry.stream, heard.entry.entry_id)
        return True

    async def _bury(self, entry: Entry, reason: str, attempts: int) -> None:
        logging.warning("to the dead letters: %s of %s: %s", entry.entry_id.decode(), entry.stream, reason)
        for pause in pauses():
            with suppress(Unreachable):
                if await self._dead_letters.bury(entry.stream, entry.entry_id, entry.fields, reason, attempts):
                    self._meters.dead_letters.inc()
                self._inbox.done([entry])
                return
            await asyncio.sleep(pause)
