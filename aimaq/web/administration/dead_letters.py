"""The dead letters of a service over HTTP: what could not be handled, why, and what an operator can do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Query, Request

from aimaq.access.administration import Principal
from aimaq.bus.control import MOST_REASON
from aimaq.language.bounds import NAME, Characters
from aimaq.web.callers import Administrator, note
from aimaq.web.schemas import DeadLetter, WholeDeadLetter

if TYPE_CHECKING:
    from aimaq.service import Service

Reason = Annotated[str, Characters(MOST_REASON, lines=True), Query()]
"""Why somebody drops a message, or returns it: the sender reads it then."""
MessageId = Annotated[str, Path(max_length=NAME)]


def dead_letters(service: Service) -> APIRouter:
    """The endpoints of a service's dead letters."""
    router = APIRouter(prefix="/dead", tags=["dead letters"])
    administration = service.administration
    reading = Depends(Administrator(administration, "dead-letters.read"))
    whole = Depends(Administrator(administration, "messages.read"))
    requeuing = Depends(Administrator(administration, "dead-letters.requeue"))
    returning = Depends(Administrator(administration, "dead-letters.return"))
    dropping = Depends(Administrator(administration, "dead-letters.drop"))

    @router.get("", dependencies=[reading])
    async def dead(
        after: Annotated[str, Query(pattern="^[0-9a-f-]{0,36}$")] = "", limit: Annotated[int, Query(ge=1, le=500)] = 500
    ) -> list[DeadLetter]:
        """The dead letters in the order of their ids: id, origin, type, case, reason, attempts.

        `after` is the last id of the page before.
        """
        return [DeadLetter.of(row) for row in await service.dead_letters.listed(after, limit)]

    @router.get("/parked", dependencies=[reading])
    async def parked(limit: Annotated[int, Query(ge=1, le=500)] = 100) -> list[DeadLetter]:
        """Not dead yet: the messages that wait for an earlier one of their case, oldest first, in the same form."""
        return [DeadLetter.of(row) for row in await service.dead_letters.parked(limit)]

    @router.get("/{message_id}", dependencies=[whole])
    async def dead_letter(message_id: MessageId) -> WholeDeadLetter:
        """One dead letter, with its bytes in base64 (`body`) and its signature as they came.

        One that was dropped or returned is still here, with who did that, when and why.
        """
        return WholeDeadLetter.of(await service.dead_letters.whole(message_id))

    @router.post("/{message_id}/requeue", status_code=204)
    async def requeue(message_id: MessageId, principal: Principal = requeuing) -> None:
        """Handle a dead letter again; it keeps its place among the messages of its case."""
        await service.dead_letters.act("requeue", message_id, principal.name)

    @router.post("/{message_id}/return", status_code=204)
    async def send_back(
        message_id: MessageId, request: Request, principal: Principal = returning, reason: Reason = ""
    ) -> None:
        """Tell whoever sent a dead letter that it was not accepted, and why; what waited behind it goes on."""
        note(request, reason=reason)
        await service.dead_letters.act("return", message_id, principal.name, reason)

    @router.delete("/{message_id}", status_code=204)
    async def drop(
        message_id: MessageId, request: Request, principal: Principal = dropping, reason: Reason = ""
    ) -> None:
        """Give a dead letter up; the messages that waited behind it go on. Its bytes stay readable."""
        note(request, reason=reason)
        await service.dead_letters.act("drop", message_id, principal.name, reason)

    return router
