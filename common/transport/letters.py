"""What the lab may do with a dead letter, asked of the process whose service set it aside: try again, or drop it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path

from common.guard import token_guard
from common.messages import Malformed, Undecided, Unreachable
from common.store.dead_letters import DeadLetters, Letter

LETTER_ID = r"^\d{1,15}-\d{1,10}$"
Replay = Callable[[Letter], Awaitable[None]]
"""Does again what the letter is about. Raises Unreachable, Undecided (it failed again) or Malformed (it never can)."""


async def always(letter: Letter) -> None:
    """Any letter may be dropped."""


def letter_routes(letters: DeadLetters, replay: Replay, token: str, droppable: Replay = always) -> APIRouter:
    """`/dead-letters/{id}` for whoever holds the lab's token. A letter that was tried again with success is gone."""
    router = APIRouter(prefix="/dead-letters", dependencies=[Depends(token_guard(token))], include_in_schema=False)

    @router.post("/{letter_id}/replay", status_code=204)
    async def again(letter_id: Annotated[str, Path(pattern=LETTER_ID)]) -> None:
        try:
            letter = await letters.letter(letter_id)
            if letter is None:
                raise HTTPException(404, f"there is no letter {letter_id}")
            await replay(letter)
            await letters.drop(letter)
        except Unreachable as error:
            raise HTTPException(503, f"not now: {error}", {"Retry-After": "1"}) from error
        except (Undecided, Malformed) as error:
            raise HTTPException(409, str(error)) from error

    @router.delete("/{letter_id}", status_code=204)
    async def drop(letter_id: Annotated[str, Path(pattern=LETTER_ID)]) -> None:
        try:
            letter = await letters.letter(letter_id)
            if letter is None:
                raise HTTPException(404, f"there is no letter {letter_id}")
            await droppable(letter)
            await letters.drop(letter)
        except Unreachable as error:
            raise HTTPException(503, f"not now: {error}", {"Retry-After": "1"}) from error
        except Undecided as error:
            raise HTTPException(409, str(error)) from error

    return router
