"""The dead letters of a service: what could not be handled, why, and what an operator can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Query

from aimaq.web.callers import Administrator
from aimaq.web.schemas import DeadLetter, WholeDeadLetter

if TYPE_CHECKING:
    from aimaq.service import Service


def dead_letters(service: Service) -> APIRouter:
    """The dead letters of a service: what could not be handled, why, and what an operator can do about it."""
    router = APIRouter(prefix="/dead", tags=["dead letters"])

    reading = Depends(Administrator(service.administration, "dead-letters.read"))
    whole = Depends(Administrator(service.administration, "messages.read"))
    requeuing = Depends(Administrator(service.administration, "dead-letters.requeue"))
    dropping = Depends(Administrator(service.administration, "dead-letters.drop"))

    @router.get("", dependencies=[reading])
    async def dead() -> list[DeadLetter]:
        """The dead letters, oldest first: id, origin, type, case, reason, attempts."""
        return [DeadLetter.of(row) for row in await service.dead_letters.listed()]

    @router.get("/parked", dependencies=[reading])
    async def parked(limit: Annotated[int, Query(ge=1, le=500)] = 100) -> list[DeadLetter]:
        """Not dead yet: the messages that wait for an earlier one of their case, oldest first, in the same form."""
        return [DeadLetter.of(row) for row in await service.dead_letters.parked(limit)]

    @router.get("/{message_id}", dependencies=[whole])
    async def dead_letter(message_id: str) -> WholeDeadLetter:
        """One dead letter, with its bytes in base64 (`body`) and its signature as they came."""
        return WholeDeadLetter.of(await service.dead_letters.whole(message_id))

    @router.post("/{message_id}/requeue", status_code=204, dependencies=[requeuing])
    async def requeue(message_id: str) -> None:
        """Handle a dead letter again; it keeps its place among the messages of its case."""
        await service.dead_letters.requeue(message_id)

    @router.delete("/{message_id}", status_code=204, dependencies=[dropping])
    async def drop(message_id: str) -> None:
        """Give a dead letter up for good; the messages that waited behind it go on."""
        await service.dead_letters.drop(message_id)

    return router
