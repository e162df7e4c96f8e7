"""The REST API of the parties, as the gateway knows them; one whose messages are to pass no more is suspended."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from aimaq.access.administration import Principal
from aimaq.language.bounds import Characters
from aimaq.service import Service
from aimaq.web.callers import Administrator, note
from gateway_svc.attention.reports import Reports
from gateway_svc.parties import listing, views
from gateway_svc.parties.suspension import Suspensions

OtherParty = Literal["portal", "con", "lea", "registry"]
"""Those that the gateway can suspend: every party but itself."""

Reason = Annotated[str, Characters(300), Field(min_length=3)]


class Suspended(BaseModel):
    """Why a party is suspended, as its own operators are told."""

    model_config = ConfigDict(strict=True, extra="forbid")
    reason: Reason


def router(service: Service, suspensions: Suspensions, reports: Reports) -> APIRouter:
    """The endpoints of the parties."""
    api = APIRouter(tags=["parties"])
    reading = Depends(Administrator(service.administration, "systems.read"))
    writing = Depends(Administrator(service.administration, "systems.write"))

    @api.get("/parties", dependencies=[reading])
    async def parties() -> list[views.PartyState]:
        """The parties: certificates and how they stand, the last message, readiness where it is known, rights."""
        return await listing.parties(service, suspensions, reports)

    @api.put("/parties/{party}/suspension")
    async def suspend(
        party: OtherParty, body: Suspended, request: Request, principal: Principal = writing
    ) -> views.Suspension:
        """Refuse the messages of a party from now on: each is journalled as rejected, and its sender is told why.

        What is sent to the party goes on.
        """
        note(request, reason=body.reason)
        return await suspensions.suspend(service, party, principal.name, body.reason)

    @api.delete("/parties/{party}/suspension", status_code=204, dependencies=[writing])
    async def resume(party: OtherParty) -> None:
        """Let the messages of a party pass again. Those that were refused are with their sender, to be put back."""
        await suspensions.resume(service, party)

    return api
