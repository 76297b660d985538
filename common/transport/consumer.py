"""The loop of whoever hears streams: reads a batch, does what is to be done with it at once, acks with the next read.

What cannot be read goes to the dead letters at once. What fails, or is held up, is handled alone beside the loop, so
that it never blocks what is behind it; after its last failed attempt it goes to the dead letters too. What is to be
done with an entry, this does not know: a `Work` does.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from common.messages import Malformed, Undecided, Unreachable
from common.patience import pauses
from common.settings import Settings
from common.store.connect import BLOCK_MS
from common.store.dead_letters import DeadLetters, Letter
from common.telemetry.meters import Meters
from common.telemetry.tracing import NOTHING_TRACED, Tracing
from common.transport.heard import Heard, Hearing
from common.transport.streams import Entry, Inbox

Item = TypeVar("Item")
Ready = TypeVar("Ready")


class Work(Protocol[Item, Ready]):
    """What is done with entries. Doing it again must do no harm."""

    kind: str
    """What an entry is to the meters: an event, a command, a reply."""

    def read(self, entry: Entry) -> Item:
        """What the entry says. Raises Malformed."""

    def about(self, item: Item) -> str:
        """The operation that it is about."""

    def ready(self, item: Item) -> Ready | None:
        """What can be done together with others, at once; None when it must be handled alone.

        Raises anything: then it is handled alone too, and that was a failed attempt.
        """

    async def together(self, batch: Sequence[Ready]) -> None:
        """Do it, all in one. Raises Unreachable (tried again) or Undecided (then each is handled alone)."""

    async def alone(self, item: Item) -> None:
        """Do one. Raises Unreachable (no attempt), or anything else: an attempt that failed."""


class Consumer(Generic[Item, Ready]):
    """One consumer of one group."""

    def __init__(
        self,
        work: Work[Item, Ready],
        inbox: Inbox,
        dead_letters: DeadLetters,
        settings: Settings,
        meters: Meters,
        counts: bool = True,
        tracing: Tracing = NOTHING_TRACED,
    ) -> None:
        """`counts`: whether an entry is a message that has arrived, here and now."""
        self._counts = counts
        self._work = work
        self._hearing = Hearing(work, inbox, tracing, counts)
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

    def held(self) -> int:
        """Entries in hand: read, and not dealt with."""
        return self._inbox.held()

    async def replay(self, letter: Letter) -> None:
        """Do what a letter's entry asks for. Raises Unreachable, Malformed, or Undecided when it fails again."""
        try:
            await self._work.alone(self._work.read(Entry(letter.stream, letter.entry_id, letter.original, again=True)))
        except (Unreachable, Malformed, Undecided):
            raise
        except Exception as error:
            raise Undecided(f"{type(error).__name__}: {error}") from error

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
        together: list[tuple[Heard[Item], Ready]] = []
        for entry in entries:
            try:
                heard = self._hearing.heard(entry)
            except Malformed as error:
                self._start(self._bury(entry, str(error), attempts=1))
                continue
            if self._counts:
                self._count(entry)
            if entry.again:
                self._meters.redeliveries.inc()
                self._start(self._insist(heard))
            elif ready := self._ready(heard):
                together.append((heard, ready))
        for start in range(0, len(together), self._settings.batch_max):
            await self._do(together[start : start + self._settings.batch_max])

    def _count(self, entry: Entry) -> None:
        source = entry.fields["source"].decode()
        self._meters.message(self._work.kind, source, self._meters.service, len(entry.fields["data"]))

    def _ready(self, heard: Heard[Item]) -> Ready | None:
        entry = heard.entry
        try:
            if ready := self._work.ready(heard.item):
                return ready
            self._start(self._insist(heard, free=True))
        except Malformed as error:
            self._start(self._bury(entry, str(error), attempts=1))
        except Exception as error:
            logging.warning("%s of %s: %s", entry.entry_id.decode(), entry.stream, error)
            heard.end("failed", f"{type(error).__name__}: {error}")
            self._start(self._insist(self._hearing.again(heard, 2), failed=True))
        return None

    async def _do(self, together: Sequence[tuple[Heard[Item], Ready]]) -> None:
        for pause in pauses():
            try:
                await self._work.together([ready for _, ready in together])
            except Unreachable:
                self._meters.retries.inc(len(together))
                await asyncio.sleep(pause)
                continue
            except Undecided as error:
                for heard, _ in together:
                    heard.end("failed", f"{type(error).__name__}: {error}")
                    self._start(self._insist(self._hearing.again(heard, heard.attempt + 1)))
                return
            for heard, _ in together:
                heard.end("done")
            self._inbox.done(heard.entry for heard, _ in together)
            return

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._alone.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._alone.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logging.error("an entry is left as it is: a bug of ours", exc_info=error)

    async def _insist(self, heard: Heard[Item], failed: bool = False, free: bool = False) -> None:
        """One entry, alone, until it is done or has failed for the last time. Unreachable is not an attempt.

        An attempt is counted before it is made, so that one which ends the process counts too; `failed` tells of one
        that was made before. The first attempt at an entry that was never handed out before is `free` of that: it is
        counted when it has failed.
        """
        attempts, counted, why, entry = 0, free, "", heard.entry
        await self._hearing.count_deliveries(heard)
        for pause in pauses():
            try:
                if failed:
                    await self._dead_letters.count_attempt(entry.stream, entry.entry_id)
                    failed = False
                if not counted:
                    attempts, counted = await self._dead_letters.count_attempt(entry.stream, entry.entry_id), True
                if attempts > self._settings.attempts_max:
                    await self._bury(entry, why or "the last attempt ended the process", attempts - 1, heard.operation)
                    return
                why = await self._attempt(heard, forget=attempts > 0)
                if not why:
                    return
                heard = self._hearing.again(heard, max(attempts, heard.attempt) + 1)
                failed, free, counted = free, False, False
            except Malformed as error:
                heard.end("failed", f"Malformed: {error}")
                await self._bury(entry, str(error), attempts, heard.operation)
                return
            except Unreachable:
                self._meters.retries.inc()
                if counted and not free:
                    free = await self._uncounted(entry)
            await asyncio.sleep(pause)

    async def _uncounted(self, entry: Entry) -> bool:
        """Take back the count of an attempt that was none; the next one is free again. False when that failed."""
        with suppress(Unreachable):
            await self._dead_letters.count_attempt(entry.stream, entry.entry_id, -1)
            return True
        return False

    async def _attempt(self, heard: Heard[Item], forget: bool) -> str:
        """Why it failed; nothing when it is done. Raises Unreachable, Malformed."""
        entry = heard.entry
        if heard.attempt > 1:
            self._meters.retries.inc()
        try:
            await self._work.alone(heard.item)
        except (Unreachable, Malformed):
            raise
        except Exception as error:
            logging.warning("%s of %s: %s", entry.entry_id.decode(), entry.stream, error)
            heard.end("failed", f"{type(error).__name__}: {error}")
            return str(error) or type(error).__name__
        heard.end("done")
        if forget:
            with suppress(Unreachable):  # it is done all the same
                await self._dead_letters.forget(entry.stream, entry.entry_id)
        self._inbox.done([entry])
        return ""

    async def _bury(self, entry: Entry, reason: str, attempts: int, operation: str = "") -> None:
        logging.warning("to the dead letters: %s of %s: %s", entry.entry_id.decode(), entry.stream, reason)
        for pause in pauses():
            with suppress(Unreachable):
                if await self._dead_letters.bury(entry.stream, entry.entry_id, entry.fields, reason, attempts):
                    self._meters.dead_letters.inc()
                    self._hearing.set_aside(entry, reason, operation or entry.about)
                self._inbox.done([entry])
                return
            await asyncio.sleep(pause)
